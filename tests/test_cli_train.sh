#!/bin/sh
# perxeptron train: what it says about a configuration, its data and its network before it trains, and
# how it ends when they are wrong. Usage: test_cli_train.sh PROGRAM
program=$(realpath "$1")
. "$(dirname "$0")/expect.sh"
cd "$scratch" || exit 1

check 'radiographs' "$program" phantom -n 60 --size 96 -o site/images -t 2
cat >site/dn121.json <<'END'
{
  "data": {
    "labels": "images/labels.csv",
    "findings": ["Cardiomegaly", "Edema", "Effusion"],
    "auxiliary": ["Consolidation"]
  },
  "model": { "architecture": "densenet121" },
  "input": { "size": 96 },
  "training": { "epochs": 3, "batch": 8, "sizes": [{ "size": 80, "epochs": 2 }] }
}
END
train() { "$program" train --config site/dn121.json "$@"; }
# with OLD NEW: the configuration with one thing changed, as site/other.json.
with() {
    sed "s|$1|$2|" site/dn121.json >site/other.json
    cmp -s site/dn121.json site/other.json && report "$1 is changed" 1 ''
}
other() { "$program" train --config site/other.json "$@"; }

# ---- What would be trained ----
expect 'the network is told' 0 'densenet121, 7.0 million weights, random' train --check
expect 'its images' 0 'train     54 images' train --check
expect 'the rest of them' 0 'validate  6 images' train --check
expect 'steps' 0 'steps     7 of 8 images an epoch, 21 in 3 epochs' train --check
expect 'sizes' 0 'input     80 pixels for 2 epochs, then 96' train --check
expect 'findings by their names' 0 'Pleural Effusion' train --check
expect 'auxiliary ones are marked' 0 'Consolidation *' train --check
expect 'patients that are not told' 0 'patients are not told' train --check
expect 'the folder' 0 'site/dn121-training, which has no checkpoint' train --check
expect 'another folder' 0 'output    elsewhere, ' train --check -o elsewhere
check 'nothing was written' test ! -e site/dn121-training -a ! -e elsewhere

check 'a model to begin with' "$program" model init --arch densenet121 --size 96 --seed 3 \
    --labels 'Edema' -o site/start.safetensors
with '"densenet121"' '"densenet121", "start": "start.safetensors", "freeze": ["conv1*"]'
expect 'the start model' 0 'begun with site/start.safetensors' other --check
expect 'frozen layers' 0 'frozen    ' other --check
with '"densenet121"' '"densenet121", "freeze": ["no_such_layer"]'
expect 'a layer that is not there' 2 'no_such_layer' other --check
with '"densenet121"' '"densenet121", "start": "nothing.safetensors"'
expect 'a start model that is not there' 4 'site/nothing.safetensors' other --check
with '"architecture": "densenet121"' '"start": "start.safetensors"'
expect 'its own network and input' 0 "the start model's, 7.0 million weights" other --check
sed -i '/"input"/d; s/, "sizes": .*\]//' site/other.json
expect 'its own size' 0 'input     96 pixels' other --check

# ---- Configurations that are wrong ----
expect 'no configuration' 1 '--config' "$program" train
expect 'a file that is not there' 4 'nothing.json: cannot open' "$program" train --config nothing.json
expect 'no JSON' 2 'line 1' "$program" train --config site/images/labels.csv
with '"batch"' '"bach"'
expect 'a misspelt key' 2 '"training.bach" is no key; did you mean "training.batch"?' other
with '"batch": 8' '"batch": 0'
expect 'a number out of its range' 2 '"training.batch" is not a whole number from 1 to 4096' other
with '"densenet121"' '"densenet"'
expect 'a word that is none' 2 '"model.architecture" is not xception, ' other
with '"input": { "size": 96 }' '"input": 96'
expect 'a section that is none' 2 '"input" is not an object' other
expect 'the same with --check' 2 '"input" is not an object' other --check
with '"size": 96' '"size": 60'
expect 'a size that the network cannot take' 2 'needs 75 pixels' other

# ---- Data that is wrong ----
with 'images/labels.csv' 'images/nothing.csv'
expect 'a table that is not there' 4 'images/nothing.csv' other --check
with '"Consolidation"' '"Mass"'
expect 'a finding that is not labelled' 2 'does not label mass' other --check
with '"auxiliary"' '"validation": { "labels": "images/labels.csv" }, "auxiliary"'
expect 'the same images to train and to validate with' 2 'nobody may be both trained and validated with' other --check

with '"auxiliary"' '"uncertain": { "Edemaa": "ones" }, "auxiliary"'
expect 'a policy for a finding that there is not' 2 'other.json: "data.uncertain" does not suit ' other --check
with '"auxiliary"' '"columns": { "pat_id": "patient" }, "auxiliary"'
expect 'a column that there is not' 2 'other.json: "data.columns" does not suit ' other --check

# ---- Training, stopping, going on ----
cat >small.json <<'END'
{
  "output": "small",
  "data": { "labels": "site/images/labels.csv", "findings": ["Edema"], "validation": { "fraction": 0.3 } },
  "model": { "architecture": "densenet121" },
  "input": { "size": 75 },
  "training": { "epochs": 40, "batch": 6 },
  "run": { "checkpoint_minutes": 0, "threads": 2 }
}
END
small() { "$program" train -c small.json "$@"; }
# begin FOLDER [ARGUMENT]...: a training of which there is a checkpoint; its process is $pid.
begin() {
    folder=$1
    shift
    "$program" train -c small.json -o "$folder" "$@" >out.txt 2>err.txt &
    pid=$!
    tries=0
    while [ ! -e "$folder/checkpoint.safetensors" ] && [ $tries -lt 600 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
}
begin small
expect 'another training into the folder' 4 'small' small
kill -TERM $pid
wait $pid
same 'stopped by SIGTERM' 3 $?
expect 'it says so' 0 'the same command goes on' cat err.txt
expect 'the checkpoint is seen' 0 'small, which has a checkpoint' small --check
sed 's/"epochs": 40/"epochs": 1/' small.json >short.json
expect 'a checkpoint of another configuration' 2 '(--output DIR, --restart)' "$program" train -c short.json
expect 'begun anew' 0 'small/model.safetensors: mean AUC ' "$program" train -c short.json --restart
expect 'on with nothing left to do' 0 'this training has ended, after' "$program" train -c short.json
begin anew --restart
kill -TERM $pid
wait $pid
expect 'stopped, but --restart would not go on' 0 'the same command without --restart goes on' cat err.txt
"$program" train -c short.json 2>/dev/null | sed -n 's/^  perxeptron ensemble/ensemble/p' >command.txt
# shellcheck disable=SC2046
check 'what it says to do with the model' "$program" $(cat command.txt)
expect 'the model reads radiographs' 0 'Edema' "$program" predict -e small/ensemble.json site/images/phantom_00001.png

# ---- On a terminal, into a folder whose name a shell would take apart ----
if script -qec true /dev/null >/dev/null 2>&1; then
    TERM=xterm script -qec "'$program' train -c short.json -o 'a b'" /dev/null >bar.txt 2>&1
    expect 'a bar' 0 'Epoch 1/1 [' cat bar.txt
    expect 'its figures' 0 ' images/s' cat bar.txt
    expect 'validation is told' 0 'Epoch 1/1, validating' cat bar.txt
    expect 'a line an epoch' 0 'perxeptron: epoch 1/1  loss ' cat bar.txt
    expect 'names in quotes' 0 "--member 'a b/model.safetensors'" cat bar.txt
else
    echo 'not tested: the progress bar, for no terminal can be made here (/dev/pts)'
fi

finish
