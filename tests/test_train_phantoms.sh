#!/bin/sh
# Phantoms' findings are learned by the program as a user runs it: drawn, learned from, and read by what
# was learned. Chance has a mean AUC of 0.5; this training was seen to reach 0.92, and is asked for 0.85.
# Usage: test_train_phantoms.sh PROGRAM LITTLE_NETWORK_TOOL
program=$(realpath "$1")
tool=$(realpath "$2")
. "$(dirname "$0")/expect.sh"
cd "$scratch" || exit 1
unset PERXEPTRON_THREADS

check 'phantoms to learn from' "$program" phantom -n 800 --size 64 --seed 1 -o train
check 'phantoms to validate with' "$program" phantom -n 300 --size 64 --seed 2 -o valid
check 'a network' "$tool" 64 start.safetensors
cat >phantoms.json <<'END'
{
  "model": { "start": "start.safetensors" },
  "data": {
    "labels": "train/labels.csv",
    "findings": ["Atelectasis", "Cardiomegaly", "Consolidation", "Edema", "Pleural Effusion"],
    "validation": { "labels": "valid/labels.csv" }
  },
  "augmentation": { "rotation": 2, "shift_x": 0.03, "shift_y": 0.03, "zoom": 0.03 },
  "schedule": { "rate": 0.01 },
  "training": { "epochs": 8, "batch": 8 }
}
END

# weights MODEL: writes MODEL.weights, without the header, which tells how long the training took.
weights() {
    header=$(od -An -tu8 -N8 "$1") && tail -c "+$((header + 9))" "$1" >"$1.weights"
}

check 'training by two threads' "$program" train --config phantoms.json --threads 2
check 'training by one thread' "$program" train --config phantoms.json --threads 1 --output one
check 'weights by one thread' weights one/model.safetensors
check 'weights by two' weights phantoms-training/model.safetensors
check 'the same weights' cmp one/model.safetensors.weights phantoms-training/model.safetensors.weights

# column NAME: of history.csv.
column() {
    awk -F, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i }
        NR > 1 { print $c }' phantoms-training/history.csv
}

# holds NAME CONDITION: one of awk's.
holds() {
    check "$1: $2" awk "BEGIN { exit !($2) }"
}

auc=$(column mean_auc | tail -n 1)
holds 'what was learned' "$auc >= 0.85"
holds 'the loss fell' "$(column train_loss | tail -n 1) < 0.7 * $(column train_loss | head -n 1)"

# What reads radiographs afterwards finds the same.
check 'an ensemble' "$program" ensemble create -o ensemble.json --member phantoms-training/model.safetensors
check 'evaluation' "$program" evaluate -e ensemble.json --labels valid/labels.csv -o measured
measured=$(sed -n 's/^  "mean_auc": \([0-9.]*\),$/\1/p' measured/metrics.json)
holds 'evaluation and validation agree' "($measured - $auc) ^ 2 < 0.001 ^ 2"

finish
