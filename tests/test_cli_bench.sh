#!/bin/sh
# The bench command as a user meets it: both formats, every tier, mistakes.
# Usage: test_cli_bench.sh PROGRAM
program=$1
. "$(dirname "$0")/expect.sh"

expect 'table' 0 'batch 2, threads 1, kernels' "$program" bench --runs 1 --threads 1 --batch 2
"$program" bench --runs 2 --threads 2 --format json >"$scratch/said"
for key in xception inception_resnet_v2 densenet121 densenet169 densenet201 ensemble median_ms \
    min_ms peak_gflops direct_at_peak_ms share_of_peak memory_read_gb_s memory_copy_gb_s '"threads": 2'; do
    check "$key is in the JSON" grep -F -- "$key" "$scratch/said"
done
expect 'layers' 0 'block1_conv2                           conv            winograd 4x4    109x109x64   3x3/1' \
    "$program" bench --runs 1 --layers
"$program" bench --runs 1 --layers --format json >"$scratch/said"
for key in layers kinds '"name": "block1_conv2"' '"how": "in place"' mmac median_us gflops \
    share_of_peak; do
    check "$key is in the JSON of layers" grep -F -- "$key" "$scratch/said"
done
expect 'portable' 0 'kernels portable' env PERXEPTRON_CPU=portable "$program" bench --runs 1
expect 'no runs' 1 'runs' "$program" bench --runs 0
expect 'no ensemble' 4 '/nowhere' "$program" bench -e /nowhere/ensemble.json
finish
