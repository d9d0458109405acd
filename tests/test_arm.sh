#!/bin/sh
# The program for Arm reads radiographs as this machine's own does: the same scores within rounding in
# every tier, and the same bytes for every number of threads. Usage:
# test_arm.sh PROGRAM ARM_PROGRAM...   the second with its emulator and that one's options before it
set -eu
program=$1
shift
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# read_with NAME THREADS COMMAND...: scores into NAME.csv.
read_with() {
    name=$1 threads=$2
    shift 2
    "$@" predict -e "$scratch/ensemble.json" --format csv --threads "$threads" \
        -o "$scratch/$name.csv" "$scratch/radiographs"/*.png 2>/dev/null
}

# The largest difference of two answers' scores, which may be rounding and no more.
compare() {
    paste -d, "$scratch/$1.csv" "$scratch/$2.csv" | awk -F, -v what="$1 and $2" '
        NR > 1 && ($1 != $6 || $2 != $7 || $3 !~ /^0\.[0-9]/) { exit }
        NR > 1 { d = $3 > $8 ? $3 - $8 : $8 - $3; most = d > most ? d : most; scores++ }
        END {
            printf "%s: %d scores, at most %.1e apart\n", what, scores, most
            exit !(scores == 3 && most < 2e-5)
        }'
}

"$program" phantom -n 1 --seed 5 -o "$scratch/radiographs"
members=
for arch in densenet121 xception; do
    "$program" model init --arch $arch --size 75 --seed 3 --labels Edema,Mass,Hernia \
        -o "$scratch/$arch.safetensors"
    members="$members --member $scratch/$arch.safetensors"
done
# shellcheck disable=SC2086
"$program" ensemble create -o "$scratch/ensemble.json" $members

read_with native 1 "$program"
read_with neon 1 env -u PERXEPTRON_CPU "$@"
read_with neon_threads 3 env -u PERXEPTRON_CPU "$@"
read_with portable 1 env PERXEPTRON_CPU=portable "$@"
read_with portable_threads 3 env PERXEPTRON_CPU=portable "$@"
compare native neon
compare native portable
cmp "$scratch/neon.csv" "$scratch/neon_threads.csv"
cmp "$scratch/portable.csv" "$scratch/portable_threads.csv"
if cmp -s "$scratch/neon.csv" "$scratch/portable.csv"; then
    echo "test_arm: the tiers do not differ in a single bit: is there one?" >&2
    exit 1
fi
