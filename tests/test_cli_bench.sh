#!/bin/sh
# The bench command as a user meets it: both formats, every tier, mistakes.
# Usage: test_cli_bench.sh PROGRAM
program=$1
failed=0

# expect CODE TEXT COMMAND...: the exit code, and TEXT in what it says.
expect() {
    code=$1 text=$2
    shift 2
    said=$("$@" 2>&1)
    got=$?
    if [ "$got" -ne "$code" ] || ! printf '%s\n' "$said" | grep -qF -- "$text"; then
        echo "FAILED: $*: exit code $got, not $code, or \"$text\" is not in: $said"
        failed=1
    fi
}

expect 0 'batch 2, threads 1, kernels' "$program" bench --runs 1 --threads 1 --batch 2
said=$("$program" bench --runs 2 --threads 2 --format json) || failed=1
for key in xception inception_resnet_v2 densenet121 densenet169 densenet201 ensemble median_ms \
    min_ms peak_gflops '"threads": 2'; do
    printf '%s\n' "$said" | grep -qF -- "$key" || { echo "FAILED: no $key in: $said"; failed=1; }
done
expect 0 'kernels portable' env PERXEPTRON_CPU=portable "$program" bench --runs 1
expect 1 'runs' "$program" bench --runs 0
expect 4 '/nowhere' "$program" bench -e /nowhere/ensemble.json
exit "$failed"
