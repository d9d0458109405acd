#!/bin/sh
# Measures the five networks, and ONNX Runtime on the same networks in the same run where the
# tests' packages are installed. Usage: bench/run.sh [--threads N] [--rounds N] [--runs N]
# The exported networks stay in build/bench.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
program=$root/build/perxeptron
folder=$root/build/bench

if [ ! -d "$root/tests/node_modules/onnxruntime-node" ]; then
    echo "ONNX Runtime is not installed (make test does that): measuring perxeptron alone" >&2
    exec "$program" bench
fi

mkdir -p "$folder"
for arch in xception inception_resnet_v2 densenet121 densenet169 densenet201; do
    [ ! -f "$folder/$arch.onnx" ] || continue
    "$program" model init --arch "$arch" --labels a,b,c,d,e --head 2020 -o "$folder/$arch.safetensors"
    "$program" export onnx "$folder/$arch.safetensors" -o "$folder/$arch.part"
    rm "$folder/$arch.safetensors"
    mv "$folder/$arch.part" "$folder/$arch.onnx"
done
exec node "$root/bench/compare.mjs" "$program" "$folder" "$@"
