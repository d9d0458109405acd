#!/bin/sh
# Making a model and showing it, and what is refused. Usage: test_cli_model.sh PROGRAM
program=$1
. "$(dirname "$0")/expect.sh"
model=$scratch/m.safetensors

init() {
    "$program" model init --arch densenet121 --size 75 --labels 'Edema,Pleural Effusion' "$@"
}

expect 'make' 0 '' init --head 2020 --seed 3 -o "$model"
expect 'labels' 0 'labels       edema, pleural_effusion' "$program" model show "$model"
expect 'parameters' 0 'parameters   8,093,250 in' "$program" model show "$model"
expect 'untrained' 0 'no: scores mean nothing' "$program" model show "$model"
expect 'input' 0 '75 x 75 x 3, resize bilinear, crop none, equalise none, scale unit' \
    "$program" model show "$model"
expect 'layers' 0 'dense_2/sigmoid' "$program" model show --layers "$model"
expect 'JSON' 0 '"parameters": 8093250' "$program" model show --format json "$model"
expect 'JSON of layers' 0 '"name": "conv5_block16_concat"' \
    "$program" model show --layers --format json "$model"
expect 'plan' 0 'does zero_padding2d_1 conv1/conv conv1/bn conv1/relu; reads input_1' \
    "$program" model show --plan "$model"
expect 'JSON of the plan' 0 '"arena_bytes": ' "$program" model show --plan --format json "$model"
expect 'a tier has its plan' 0 'kernels          portable, tiles of 4 x 8' \
    env PERXEPTRON_CPU=portable "$program" model show --plan "$model"
expect 'hash' 0 "$(sha256sum <"$model" | cut -d' ' -f1)" "$program" model show "$model"

init --head 2020 --seed 3 -o "$scratch/same.safetensors"
check 'one seed gives one model' cmp "$model" "$scratch/same.safetensors"
expect 'scaling' 0 '' init --scale imagenet -o "$scratch/other.safetensors"
expect 'scaling shown' 0 'scale imagenet' "$program" model show "$scratch/other.safetensors"

# ---- Weights in fewer bits ----
convert() { "$program" model convert "$@"; }
bytes() { wc -c <"$scratch/$1"; }
expect 'float16' 0 '' convert -w f16 "$model" -o "$scratch/f16.safetensors"
expect 'int8' 0 '' convert -w i8 "$model" -o "$scratch/i8.safetensors"
expect 'back to float32' 0 '' convert -w f32 "$scratch/f16.safetensors" -o "$scratch/f32.safetensors"
check 'a half' test $((100 * $(bytes f16.safetensors) / $(bytes m.safetensors))) -le 53
check 'a quarter' test $((100 * $(bytes i8.safetensors) / $(bytes m.safetensors))) -le 29
for type in f16 i8 f32; do
    expect "labels of $type" 0 'labels       edema, pleural_effusion' \
        "$program" model show "$scratch/$type.safetensors"
    expect "parameters of $type" 0 '8,093,250 in' "$program" model show "$scratch/$type.safetensors"
    expect "untrained as $type" 0 'no: scores mean nothing' \
        "$program" model show "$scratch/$type.safetensors"
done
expect 'source' 0 "$(sha256sum <"$model" | cut -d' ' -f1)" \
    "$program" model show --format json "$scratch/i8.safetensors"
expect 'no type' 1 '--weights' convert "$model" -o "$scratch/x"
expect 'not a type' 1 'f32, f16' convert -w f8 "$model" -o "$scratch/x"
expect 'nothing to convert' 4 'No such file' convert -w f16 "$scratch/none" -o "$scratch/x"

expect 'too small' 1 '74' "$program" model init --arch xception --size 74 --labels a -o "$scratch/x"
expect 'same label twice' 1 '"a" is there twice' \
    "$program" model init --arch xception --size 75 --labels a,A -o "$scratch/x"
expect 'no folder' 4 'No such file' init -o "$scratch/none/x"
expect 'disk full' 4 'File too large' sh -c 'ulimit -f 1000; exec "$@"' - \
    "$program" model init --arch densenet121 --size 75 --labels a -o "$scratch/full"
head -c 100000 "$model" >"$scratch/cut"
expect 'cut short' 2 'cut short' "$program" model show "$scratch/cut"
expect 'missing' 4 'No such file' "$program" model show "$scratch/none"
expect 'not a model' 2 'not a safetensors model' "$program" model show "$0"

same 'nothing is left behind' "$(ls "$scratch" | tr '\n' ' ')" \
    'cut f16.safetensors f32.safetensors i8.safetensors m.safetensors other.safetensors same.safetensors '
finish
