#!/bin/sh
# Runs every test of a build folder and adds up what the runners say. Usage: run_tests.sh BUILD
# Ends with a line "N passed, N failed, N skipped" and exits with 1 when anything failed.
set -u
cd "$(dirname "$0")/.."

build=$1
log=$(mktemp) || exit 4
trap 'rm -f "$log" "$log.status"' EXIT
passed=0 failed=0 skipped=0

# Number that follows a word at the start of a line of the log ("Ok:   12"); 0 without one.
number_after() {
    sed -n "s/^[^0-9A-Za-z]*$1[: ]*\([0-9][0-9]*\).*/\1/p" "$log" | tail -n 1 | grep . || echo 0
}

add() {
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}

# Run a command, showing and logging what it says; its exit status goes to a file.
run() {
    { "$@" 2>&1; echo $? >"$log.status"; } | tee "$log"
}

# A runner that failed without counting a failure still failed. Usage: settle COUNTED
settle() {
    if [ "$(cat "$log.status")" != 0 ] && [ "$1" -eq 0 ]; then
        add 0 1 0
    fi
}

meson_tests() {
    run meson test -C "$build" --no-rebuild --print-errorlogs
    bad=$(($(number_after Fail) + $(number_after Timeout) + $(number_after 'Unexpected Pass')))
    add "$(($(number_after Ok) + $(number_after 'Expected Fail')))" "$bad" "$(number_after Skipped)"
    settle "$bad"
}

node_tests() {
    set -- tests/*.test.mjs
    [ -e "$1" ] || return 0
    if ! command -v node >/dev/null 2>&1; then
        echo "run_tests: node is missing: run tools/setup.sh test" >&2
        add 0 1 0
        return
    fi
    PERXEPTRON=$PWD/$build/perxeptron
    export PERXEPTRON
    run node --test "$@"
    bad=$(($(number_after fail) + $(number_after cancelled)))
    add "$(number_after pass)" "$bad" "$(($(number_after skipped) + $(number_after todo)))"
    settle "$bad"
}

# The web app's own units. Vitest counts them in a line "Tests  1 failed | 11 passed (12)".
web_tests() {
    run env NO_COLOR=1 npm run --silent --prefix web test
    bad=$(vitest_count failed)
    add "$(vitest_count passed)" "$bad" "$(vitest_count skipped)"
    settle "$bad"
}

vitest_count() {
    sed -n "s/^ *Tests .*[^0-9]\([0-9][0-9]*\) $1.*/\1/p" "$log" | tail -n 1 | grep . || echo 0
}

meson_tests
node_tests
web_tests
echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
