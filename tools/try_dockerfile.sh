#!/bin/sh
# Tries deploy/Dockerfile without Docker: does its steps in two bare Debian 12 systems, then starts
# what they made as the user it names, and asks it by its health check. Needs root and debootstrap.
# Usage: try_dockerfile.sh FOLDER     (FOLDER/base, made the first time, is used again)
# What is committed is tried.
set -eu

[ $# -eq 1 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 1; }
folder=$1
source=$(cd "$(dirname "$0")/.." && pwd)
. "$source/tools/bare_debian.sh"

stage=0
workdir=/
environment=
user=0
health=

# Docker's slim image has no more than debootstrap's smallest.
start_stage() {
    [ "$stage" -eq 0 ] || unmount_system
    stage=$((stage + 1))
    place=$folder/stage$stage
    rm -rf "$place"
    cp -a "$folder/base" "$place"
    mount_system
    workdir=/
}

# copy [--from=build] FROM... TO
copy() {
    case $1 in
    --from=*) cp -a "$folder/stage1$2." "$place$3" ;;
    .) git -C "$source" archive HEAD | tar -x -C "$place$workdir" ;;
    *)
        mkdir -p "$place$workdir/$(dirname "$2")"
        cp -a "$source/$1" "$place$workdir/$2"
        ;;
    esac
}

run_step() {
    case $1 in
    FROM) start_stage ;;
    WORKDIR)
        workdir=$2
        mkdir -p "$place$workdir"
        ;;
    # shellcheck disable=SC2086
    COPY) copy $2 ;;
    RUN) in_place sh -c "cd $workdir && $2" </dev/null ;;
    ENV) environment="$environment $2" ;;
    USER) user=$2 ;;
    HEALTHCHECK) health=${2#*CMD } ;;
    EXPOSE | VOLUME | ENTRYPOINT | CMD) ;;
    *)
        echo "try_dockerfile: unknown step: $1" >&2
        exit 1
        ;;
    esac
}

as_user() {
    # shellcheck disable=SC2086
    in_place setpriv --reuid "$user" --regid "$user" --clear-groups --no-new-privs --bounding-set=-all \
        env $environment "$@"
}

# What `docker run` would do, but for its network: other machines are kept out.
try_image() {
    environment="$environment PERXEPTRON_LISTEN=127.0.0.1:8000"
    as_user perxeptron serve &
    server=$!
    tries=0
    until as_user sh -c "$health"; do
        tries=$((tries + 1))
        if [ "$tries" -ge 300 ] || ! kill -0 "$server"; then
            echo "try_dockerfile: FAILED: not healthy" >&2
            exit 1
        fi
        sleep 0.2
    done
    echo "try_dockerfile: healthy; $(du -sh "$place" | cut -f1) in all"
    pid=$(as_user sh -c 'for p in /proc/[0-9]*; do
        [ "$(readlink "$p/exe")" = /usr/local/bin/perxeptron ] && echo "${p#/proc/}"; done' || true)
    kill -TERM $pid
    wait "$server" || { echo "try_dockerfile: FAILED: it ended with $?" >&2; exit 1; }
}

mkdir -p "$folder"
if [ ! -d "$folder/base/root" ]; then
    place=$folder/base
    make_system
fi
sed -e '/^#/d' -e ':more' -e '/\\$/{N;s/\\\n *//;b more' -e '}' "$source/deploy/Dockerfile" |
    grep . >"$folder/steps"
while read -r word rest <&9; do
    echo "== $word $rest"
    run_step "$word" "$rest"
done 9<"$folder/steps"
try_image
