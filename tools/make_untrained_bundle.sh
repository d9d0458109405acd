#!/bin/sh
# Makes an ensemble of the five networks of 2020 with untrained weights in float32, which bench/ measures
# with, when there is none. Usage: make_untrained_bundle.sh PROGRAM FOLDER
# The folder appears whole or not at all.
set -eu

program=$(realpath "$1")
folder=$2
[ ! -f "$folder/ensemble.json" ] || exit 0
if [ -d "$folder" ] && ! rmdir "$folder" 2>/dev/null; then
    echo "$folder holds files, but no ensemble.json: make one with 'perxeptron ensemble create', or move them away" >&2
    exit 2
fi

labels=atelectasis,cardiomegaly,consolidation,edema,pleural_effusion
echo "Making five untrained networks in $folder"
mkdir -p "$(dirname "$folder")"
fresh=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$fresh"' EXIT
trap 'exit 3' INT TERM

seed=2020
set --
for arch in xception inception_resnet_v2 densenet121 densenet169 densenet201; do
    "$program" model init --arch "$arch" --labels "$labels" --seed "$seed" -o "$fresh/$arch.safetensors"
    set -- "$@" --member "$arch.safetensors"
    seed=$((seed + 1))
done
(cd "$fresh" && "$program" ensemble create --name untrained -o ensemble.json "$@")
chmod 755 "$fresh"
mv "$fresh" "$folder"
