#!/bin/sh
# The commands import keras, import onnx and export onnx: files, exit codes, words, nothing left
# behind. Usage: test_cli_import.sh PROGRAM KERAS_FILES_TOOL ARCHITECTURE.json
program=$(realpath "$1") tool=$(realpath "$2") architecture=$(realpath "$3")
. "$(dirname "$0")/expect.sh"
cd "$scratch" || exit 1

keras() {
    "$program" import keras --labels A,B,C,D,E --scale unit "$@"
}

onnx() {
    "$program" import onnx --scale unit "$@"
}

expect 'make' 0 '' "$program" model init --arch densenet121 --head 2020 --labels A,B,C,D,E -o m.safetensors
expect 'lay out' 0 '' "$tool" m.safetensors "$architecture" nested w.h5
expect 'lay out whole' 0 '' "$tool" m.safetensors "$architecture" full full.h5
expect 'import keras' 0 '' keras --architecture "$architecture" --weights w.h5 -o k.safetensors
expect 'parameters' 0 'parameters   8,096,325 in' "$program" model show k.safetensors
expect 'trained' 0 'trained      yes' "$program" model show k.safetensors
expect 'provenance' 0 "$(sha256sum <w.h5 | cut -d' ' -f1)" "$program" model show k.safetensors
expect 'a whole .h5' 0 '' keras --weights full.h5 --name whole -o f.safetensors
expect 'its name' 0 'whole' "$program" model show f.safetensors
expect 'export' 0 '' "$program" export onnx k.safetensors -o k.onnx
expect 'import onnx' 0 '' onnx --labels A,B,C,D,E k.onnx -o o.safetensors
expect 'the same work' 0 'work         2,834,191,360' "$program" model show o.safetensors

ls >before
expect 'no labels' 1 'labels' "$program" import onnx --scale unit k.onnx -o x.safetensors
expect 'unknown scale' 1 'scale' "$program" import onnx --labels A --scale half k.onnx -o x.safetensors
expect 'label count' 2 '5 outputs for 3 labels' onnx --labels A,B,C k.onnx -o x.safetensors
expect 'labels twice' 1 'is there twice' onnx --labels A,a,B,C,D k.onnx -o x.safetensors
expect 'no architecture' 2 'w.h5: no architecture inside' keras --weights w.h5 -o x.safetensors
expect 'not HDF5' 2 'k.onnx: not an HDF5 file' keras --weights k.onnx -o x.safetensors
expect 'not ONNX' 2 'w.h5: not an ONNX file' onnx --labels A w.h5 -o x.safetensors
expect 'not a model' 2 'k.onnx' "$program" export onnx k.onnx -o x.onnx
expect 'no such file' 4 'absent.h5: cannot open' keras --weights absent.h5 -o x.safetensors
expect 'no such folder' 4 'no/x.onnx: cannot write' "$program" export onnx k.safetensors -o no/x.onnx
expect 'a full disk' 4 'cannot write' \
    sh -c "trap '' XFSZ; ulimit -f 100; exec '$program' export onnx k.safetensors -o x.onnx"
same 'nothing is left behind' "$(ls)" "$(cat before)"

finish
