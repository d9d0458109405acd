#!/bin/sh
# What is compiled for more than the baseline must be reached through the kernel tables alone: any
# other function of those libraries could run on a machine without the instructions.
# Usage: test_isa.sh LIBRARY...
set -eu

for library; do
    symbols=$(nm --defined-only "$library")
    kernels=$(echo "$symbols" | awk '$2 == "T" && $3 ~ /^px_k_[a-z_]+_f32__/' | wc -l)
    others=$(echo "$symbols" | awk '$2 ~ /^[TWVi]$/ && $3 ~ /^px_/ && $3 !~ /_f32__/ { print $3 }')
    if [ "$kernels" -eq 0 ] || [ -n "$others" ]; then
        echo "$library has $kernels kernels and lets others call: $others" >&2
        exit 1
    fi
done
