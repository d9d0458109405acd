#!/bin/sh
# Tries the two commands of the README in a bare Debian 12 made by debootstrap: nothing but make and
# git is in it. Prints how long each took. Needs root and debootstrap.
# Usage: try_fresh_debian.sh FOLDER [test|run]...     (default: test run; FOLDER must not exist,
#        or hold a system that this script made: then only the commands are run again)
# The host's way to packages is used: its Debian mirror, apt settings, certificates, proxies, npm
# settings. What is committed is tried: the clone is made of HEAD.
set -eu

[ $# -ge 1 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 1; }
place=$1
shift
[ $# -gt 0 ] || set -- test run
source=$(cd "$(dirname "$0")/.." && pwd)
. "$source/tools/bare_debian.sh"

seconds_since() {
    echo "$(($(date +%s) - $1)) s"
}

try_test() {
    start=$(date +%s)
    in_place make -C /root/perxeptron test && result=ok || result=FAILED
    report="$report
make test: $result after $(seconds_since "$start")"
}

# Starts `make run`, waits for its page, then asks it to stop.
try_run() {
    start=$(date +%s)
    in_place make -C /root/perxeptron run &
    server=$!
    result=FAILED
    while kill -0 "$server" 2>/dev/null && [ $(($(date +%s) - start)) -lt 3000 ]; do
        if curl -fsS --noproxy '*' http://127.0.0.1:8000/ >"$place.page" 2>/dev/null; then
            result="ok, $(wc -c <"$place.page") bytes of page,"
            break
        fi
        sleep 1
    done
    report="$report
make run: $result after $(seconds_since "$start")"
    # The program itself: make passes a signal on only when a terminal sends it.
    pid=$(in_place sh -c 'for p in /proc/[0-9]*; do
        [ "$(readlink "$p/exe")" = /root/perxeptron/build/perxeptron ] && echo "${p#/proc/}"; done' || true)
    [ -z "$pid" ] || kill -TERM $pid
    wait "$server" || true
}

report=
start=$(date +%s)
if [ ! -d "$place/root" ]; then
    make_system
    report="debootstrap: $(seconds_since "$start")"
fi
rm -rf "$place/root/perxeptron"
git clone -q --no-hardlinks "$source" "$place/root/perxeptron"
mount_system
for command in "$@"; do
    case $command in
    test) try_test ;;
    run) try_run ;;
    *) echo "unknown: $command" >&2; exit 1 ;;
    esac
done
echo "$report"
case $report in *FAILED*) exit 1 ;; esac
