#!/bin/sh
# Measures the five networks, and ONNX Runtime on the same networks in the same run where the
# tests' packages are installed. Usage: bench/run.sh [OPTION]... as compare.mjs has them.
# The networks, their ONNX files and results.json stay in build/bench.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
program=$root/build/perxeptron
folder=$root/build/bench

if [ ! -d "$root/tests/node_modules/onnxruntime-node" ]; then
    echo "ONNX Runtime is not installed (make test does that): measuring perxeptron alone" >&2
    exec "$program" bench
fi

mkdir -p "$folder"
"$root/tools/make_untrained_bundle.sh" "$program" "$folder/bundle" >&2
for model in "$folder"/bundle/*.safetensors; do
    onnx=${model%.safetensors}.onnx
    [ ! -f "$onnx" ] || continue
    "$program" export onnx "$model" -o "$onnx.part" >&2
    mv "$onnx.part" "$onnx"
done
exec node "$root/bench/compare.mjs" "$@"
