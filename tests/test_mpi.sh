#!/bin/sh
# Training by several processes: sums, the same losses as one process has, a killed process.
# Usage: test_mpi.sh PROGRAM MPI_SUMS
program=$1
sums=$2
. "$(dirname "$0")/expect.sh"

# One machine stands for several: more processes than processors, each free to use any, run by root
# in containers, where processes may not read each other's memory.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_btl_vader_single_copy_mechanism=none
# A busy machine needs more than a second for a checkpoint.
export OMPI_MCA_odls_base_sigkill_timeout=5 PERXEPTRON_THREADS=1

for n in 1 2 3 4; do
    expect "sums of $n" 0 "$n processes" mpirun -n $n "$sums"
done

# ---- The same losses ----
"$program" phantom -n 40 --size 96 -o "$scratch/images" >/dev/null || exit 1

# config NAME EPOCHS SYNC: no checkpoints but those of an epoch's end, or of a stop.
config() {
    cat >"$scratch/$1.json" <<END
{"data": {"labels": "images/labels.csv", "findings": ["edema", "cardiomegaly"],
          "validation": {"fraction": 0.2}},
 "model": {"architecture": "densenet121", "dropout": 0.2},
 "input": {"size": 75},
 "optimiser": {"kind": "sgd"}, "schedule": {"kind": "constant", "rate": 0.001},
 "training": {"epochs": $2, "batch": 16, "seed": 3},
 "run": {"sync_norm": $3, "checkpoint_minutes": 1440}}
END
}

# train PROCESSES NAME OUTPUT
train() {
    if [ "$1" -eq 1 ]; then
        "$program" train -c "$scratch/$2.json" -o "$scratch/$3"
    else
        mpirun -n "$1" "$program" train -c "$scratch/$2.json" -o "$scratch/$3"
    fi
}

# losses OUTPUT: training's and validation's, of each epoch.
losses() {
    awk -F, 'NR > 1 { print $5; print $7 }' "$scratch/$1/history.csv"
}

# near A B SHARE: whether all losses are that near to each other.
near() {
    losses "$1" >"$scratch/a"
    losses "$2" >"$scratch/b"
    paste "$scratch/a" "$scratch/b" |
        awk -v share="$3" '{ d = ($1 - $2) / $1; if (d < 0) d = -d; if (d > share) far = 1; print }
            END { exit NR != 6 || far }'
}

config together 3 true
config apart 3 false
for n in 1 2 4; do
    check "$n processes train" train $n together "by_$n"
done
check 'two have the losses of one' near by_1 by_2 1e-3
check 'four have the losses of one' near by_1 by_4 1e-3
check 'statistics of their own' train 2 apart apart
[ -s "$scratch/apart/history.csv" ] && ! near by_1 apart 1e-2 >/dev/null
report 'without sync_norm they differ' $? "$(losses apart)"
expect 'batch that cannot be shared' 1 'cannot be shared evenly by 3 processes' mpirun -n 3 \
    "$program" train -c "$scratch/together.json" -o "$scratch/by_3"
expect 'processors differ' 2 'set PERXEPTRON_CPU=portable on all' \
    mpirun -n 1 -x PERXEPTRON_CPU=portable "$program" train -c "$scratch/together.json" : \
    -n 1 "$program" train -c "$scratch/together.json"

# ---- A killed process ----
# weights FILE: a model's, without its heading, which tells the time.
weights() {
    heading=$(od -An -t u8 -N 8 "$1" | tr -d ' ')
    tail -c +$((heading + 9)) "$1" | sha256sum
}

# kill_one LAUNCHER: by SIGKILL, the second of the processes that it has started.
kill_one() {
    for process in $(pgrep -P "$1"); do
        if tr '\0' '\n' <"/proc/$process/environ" | grep -qx OMPI_COMM_WORLD_RANK=1; then
            kill -9 "$process"
        fi
    done
}

config killed 6 true
check 'undisturbed' train 2 killed whole
mpirun -n 2 "$program" train -c "$scratch/killed.json" -o "$scratch/broken" >"$scratch/said" 2>&1 &
launcher=$!
waited=0
until [ -s "$scratch/broken/checkpoint.safetensors" ] || [ $waited -ge 600 ]; do
    sleep 0.1
    waited=$((waited + 1))
done
rm "$scratch/broken/checkpoint.safetensors" # what is there afterwards was written after the kill
kill_one $launcher
wait $launcher
[ $? -eq 137 ] && grep -q 'a process of the training is gone' "$scratch/said"
report 'a killed process stops the others' $? "$(cat "$scratch/said")"
[ -s "$scratch/broken/checkpoint.safetensors" ]
report 'with a checkpoint' $? "$(ls -l "$scratch/broken")"
expect 'it is resumed' 0 'resumed at step' train 2 killed broken
same 'as if nothing had happened' "$(weights "$scratch/whole/model.safetensors")" \
    "$(weights "$scratch/broken/model.safetensors")"

finish
