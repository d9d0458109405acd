#!/bin/sh
# The phantom command as a user meets it: files and tables, mistakes, full disk, Ctrl-C.
# Usage: test_cli_phantom.sh PROGRAM
program=$1
. "$(dirname "$0")/expect.sh"

# Every image has its row and every row its image; nothing half-written is left.
check_tables() {
    images=$(find "$1" -name 'phantom_*.png' | wc -l)
    rows=$(grep -c '^phantom_' "$1/labels.csv")
    same "$1: a row of labels an image" "$images" "$rows"
    same "$1: nothing else" "$(find "$1" -type f ! -name 'phantom_*.png' ! -name labels.csv ! -name boxes.csv)" ''
}

expect 'five' 0 '' "$program" phantom -n 5 --seed 3 --size 64 -o "$scratch/five"
check_tables "$scratch/five"
same 'a heading and five rows' "$(grep -c '' "$scratch/five/labels.csv")" 6

expect 'two' 0 '' "$program" phantom -n 2 --seed 3 --size 64 --threads 1 -o "$scratch/two"
check 'an image does not depend on how many are drawn' \
    cmp "$scratch/five/phantom_00002.png" "$scratch/two/phantom_00002.png"

expect 'ill' 0 '' "$program" phantom -n 2 --size 64 --findings edema,cardiomegaly -o "$scratch/ill"
check 'labels of --findings' grep '^phantom_00001.png,0,1,0,1,0$' "$scratch/ill/labels.csv"
check 'boxes of --findings' grep '^phantom_00002.png,cardiomegaly,' "$scratch/ill/boxes.csv"

expect 'no output' 1 '--output' "$program" phantom -n 2
expect 'no finding' 1 'is no finding' "$program" phantom --findings flu -o "$scratch/no"
expect 'two ways of choosing' 1 'cannot go with' "$program" phantom --findings edema --prevalence 0.1 -o "$scratch/no"
expect 'deep JPEG' 1 'JPEG holds 8 bits' "$program" phantom --format jpeg --depth 16 -o "$scratch/no"
expect 'too small' 1 'size' "$program" phantom --size 63 -o "$scratch/no"
check 'a mistake in the options leaves no folder' test ! -e "$scratch/no"
expect 'unwritable' 4 '/proc/phantoms' "$program" phantom -n 1 -o /proc/phantoms

# A disk that fills up: files may not grow past 4 KiB.
expect 'full disk' 4 'phantom_00001.png' sh -c 'ulimit -f 8; "$1" phantom -n 3 --size 256 -o "$2"' - \
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
same 'exit code when stopped' $? 3
check 'it says that it stopped' grep 'stopped after' "$scratch/said"
check_tables "$scratch/stopped"

finish
