#!/bin/sh
# The phantom command as a user meets it: files and tables, mistakes, full disk, Ctrl-C.
# Usage: test_cli_phantom.sh PROGRAM
program=$1
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
failed=0

fail() {
    echo "FAILED: $*"
    failed=1
}

# expect CODE TEXT COMMAND...: the exit code, and TEXT in what it says.
expect() {
    code=$1 text=$2
    shift 2
    said=$("$@" 2>&1)
    got=$?
    [ "$got" -eq "$code" ] || fail "$*: exit code $got, not $code: $said"
    printf '%s\n' "$said" | grep -qF -- "$text" || fail "$*: \"$text\" is not in: $said"
}

# Every image has its row and every row its image; nothing half-written is left.
check_tables() {
    images=$(find "$1" -name 'phantom_*.png' | wc -l)
    rows=$(grep -c '^phantom_' "$1/labels.csv")
    [ "$images" -eq "$rows" ] || fail "$1: $images images, $rows rows of labels"
    others=$(find "$1" -type f ! -name 'phantom_*.png' ! -name labels.csv ! -name boxes.csv)
    [ -z "$others" ] || fail "$1: left behind: $others"
}

expect 0 '' "$program" phantom -n 5 --seed 3 --size 64 -o "$scratch/five"
check_tables "$scratch/five"
[ "$(grep -c '' "$scratch/five/labels.csv")" -eq 6 ] || fail 'five images need five rows'

expect 0 '' "$program" phantom -n 2 --seed 3 --size 64 --threads 1 -o "$scratch/two"
cmp "$scratch/five/phantom_00002.png" "$scratch/two/phantom_00002.png" ||
    fail 'an image depends on how many are drawn'

expect 0 '' "$program" phantom -n 2 --size 64 --findings edema,cardiomegaly -o "$scratch/ill"
grep -q '^phantom_00001.png,0,1,0,1,0$' "$scratch/ill/labels.csv" || fail 'labels of --findings'
grep -q '^phantom_00002.png,cardiomegaly,' "$scratch/ill/boxes.csv" || fail 'boxes of --findings'

expect 1 '--output' "$program" phantom -n 2
expect 1 'is no finding' "$program" phantom --findings flu -o "$scratch/no"
expect 1 'cannot go with' "$program" phantom --findings edema --prevalence 0.1 -o "$scratch/no"
expect 1 'JPEG holds 8 bits' "$program" phantom --format jpeg --depth 16 -o "$scratch/no"
expect 1 'size' "$program" phantom --size 63 -o "$scratch/no"
[ ! -e "$scratch/no" ] || fail 'a mistake in the options left a folder'
expect 4 '/proc/phantoms' "$program" phantom -n 1 -o /proc/phantoms

# A disk that fills up: files may not grow past 4 KiB.
expect 4 'phantom_00001.png' sh -c 'ulimit -f 8; "$1" phantom -n 3 --size 256 -o "$2"' - \
    "$program" "$scratch/full"
check_tables "$scratch/full"

# Ctrl-C, once the first images are there.
"$program" phantom -n 100000 --size 64 -o "$scratch/stopped" 2>"$scratch/said" &
drawing=$!
while [ ! -e "$scratch/stopped/phantom_00001.png" ] && kill -0 "$drawing" 2>/dev/null; do
    sleep 0.1
done
kill -TERM "$drawing"
wait "$drawing"
got=$?
[ "$got" -eq 3 ] || fail "stopped: exit code $got: $(cat "$scratch/said")"
grep -q 'stopped after' "$scratch/said" || fail "stopped: said $(cat "$scratch/said")"
check_tables "$scratch/stopped"

exit "$failed"
