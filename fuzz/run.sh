#!/bin/sh
# Builds the fuzz targets and their corpora with Clang, and runs each for FUZZ_SECONDS (60).
# Usage: run.sh BUILD [TARGET...]
# Inputs found are kept in BUILD/found/TARGET and used again by the next run. A crash, a leak, too
# much memory or time ends with 1, and says where the input is.
set -eu
cd "$(dirname "$0")/.."

build=$1
shift
seconds=${FUZZ_SECONDS:-60}

[ -f "$build/build.ninja" ] || CC=clang meson setup "$build" -Dfuzz=true -Dbuildtype=debugoptimized \
    -Db_sanitize=address,undefined -Db_lundef=false >/dev/null
# The programs of this folder and what they need; not the tests.
ninja -C "$build" build.ninja
# shellcheck disable=SC2046
ninja -C "$build" $(ninja -C "$build" -t targets all | sed -n 's|^\(fuzz/[a-z_0-9]*\): c_LINKER$|\1|p')
if [ -x "$build/fuzz/make_corpus" ]; then
    rm -rf "$build/corpus"
    "$build/fuzz/make_corpus" "$build/corpus"
fi

if [ $# -eq 0 ]; then
    for program in "$build"/fuzz/fuzz_*; do
        if [ -f "$program" ] && [ -x "$program" ]; then
            name=${program##*/fuzz_}
            set -- "$@" "$name"
        fi
    done
fi

passed=0 failed=0
for name in "$@"; do
    found=$build/found/$name seeds=$build/corpus/$name
    mkdir -p "$found" "$seeds" "$build/crashes"
    log=$build/crashes/$name.log
    echo "fuzz $name: $seconds s, $(find "$seeds" "$found" -type f | wc -l) first inputs"
    if ASAN_OPTIONS=allocator_may_return_null=1 UBSAN_OPTIONS=halt_on_error=1 \
        "$build/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=25 -rss_limit_mb=3072 \
        -print_final_stats=1 -artifact_prefix="$build/crashes/$name-" "$found" "$seeds" >"$log" 2>&1; then
        passed=$((passed + 1))
        grep -E 'number_of_executed_units|peak_rss_mb' "$log" || true
    else
        failed=$((failed + 1))
        tail -n 40 "$log"
        echo "fuzz $name: FAILED; the input is the file named above in $build/crashes/, the log is $log"
    fi
done

echo
echo "fuzz: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
