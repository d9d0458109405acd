#!/bin/sh
# The server under load, built with a sanitizer: no error, no report, and memory that stays bounded.
# More than 1,000 requests. Usage: sanitize.sh BUILD-FOLDER [SECONDS]
# The folder is one of `meson setup -Db_sanitize=thread` (or address,undefined).
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$1" && pwd)
export TSAN_OPTIONS="${TSAN_OPTIONS:-}:exitcode=66:suppressions=$root/tests/races.supp"
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=1:exitcode=66"
export LSAN_OPTIONS="${LSAN_OPTIONS:-}:print_suppressions=0:suppressions=$root/tests/leaks.supp"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-}:halt_on_error=1:print_stacktrace=1"
exec node "$root/bench/server_load.mjs" --small --program "$build/perxeptron" \
    --client "$build/bench/load_client" --seconds "${2:-10}" --rate 100
