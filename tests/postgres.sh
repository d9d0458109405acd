#!/bin/sh
# Runs a command with a PostgreSQL server of its own, which is gone afterwards.
# Usage: postgres.sh COMMAND [ARGUMENT]...
# The command finds a superuser's URL in PERXEPTRON_TEST_POSTGRES, and in
# PERXEPTRON_TEST_POSTGRES_CONTROL a program to stop and start the server: CONTROL stop|start|kill.
# Exits with 77 (skipped) where PostgreSQL is not installed, else as the command does.
set -eu

fail() {
    echo "postgres.sh: $*" >&2
    exit 99
}

[ $# -gt 0 ] || fail "usage: postgres.sh COMMAND [ARGUMENT]..."
bin=
for folder in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/pgsql/bin; do
    [ -x "$folder/initdb" ] && bin=$folder
done
if [ -z "$bin" ]; then
    echo "postgres.sh: PostgreSQL is not installed: skipped"
    exit 77
fi

# PostgreSQL refuses to run as root.
user=
if [ "$(id -u)" -eq 0 ]; then
    user=postgres
    id "$user" >/dev/null 2>&1 || user=nobody
fi
as_user() {
    if [ -n "$user" ]; then
        setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups -- "$@"
    else
        "$@"
    fi
}

folder=$(mktemp -d /tmp/perxeptron-postgres.XXXXXX)
clean_up() {
    [ ! -f "$folder/data/postmaster.pid" ] || "$folder/control" stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 99' HUP INT TERM
chmod 711 "$folder"
[ -z "$user" ] || chown "$user" "$folder"

# The server listens on a socket in its folder only: no port is taken, none can be guessed.
cd "$folder"
as_user "$bin/initdb" --pgdata="$folder/data" --username=perxeptron --auth=trust --encoding=UTF8 \
    --locale=C.UTF-8 --no-sync >"$folder/initdb.log" 2>&1 || {
    cat "$folder/initdb.log" >&2
    fail "initdb failed"
}
cat >>"$folder/data/postgresql.conf" <<END
listen_addresses = ''
unix_socket_directories = '$folder'
fsync = off
shared_buffers = 16MB
max_connections = 40
END

cat >"$folder/control" <<END
#!/bin/sh
# Stops and starts the test's server.
cd "$folder"
as_user() {
    ${user:+setpriv --reuid $user --regid $(id -g "$user") --clear-groups --} "\$@"
}
case \$1 in
start) as_user "$bin/pg_ctl" start --wait --silent --pgdata="$folder/data" --log="$folder/log" ;;
stop) as_user "$bin/pg_ctl" stop --wait --silent --mode=fast --pgdata="$folder/data" ;;
kill) as_user "$bin/pg_ctl" stop --wait --silent --mode=immediate --pgdata="$folder/data" ;;
esac
END
chmod 755 "$folder/control"
"$folder/control" start </dev/null >/dev/null 2>&1 || {
    cat "$folder/log" >&2
    fail "the server does not start"
}
cd - >/dev/null

export PERXEPTRON_TEST_POSTGRES="postgresql:///postgres?host=$folder&user=perxeptron"
export PERXEPTRON_TEST_POSTGRES_CONTROL="$folder/control"
status=0
"$@" || status=$?
if [ "$status" -gt 1 ] && [ "$status" -ne 77 ]; then
    tail -n 20 "$folder/log" >&2
fi
exit "$status"
