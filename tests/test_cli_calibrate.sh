#!/bin/sh
# perxeptron calibrate: from a table of scores and from images, what it writes, what it refuses, and
# going on after it was killed. Usage: test_cli_calibrate.sh PROGRAM
program=$(realpath "$1")
. "$(dirname "$0")/expect.sh"
unset PERXEPTRON_ENSEMBLE
cd "$scratch" || exit 1
e=b/e.json

mkdir b elsewhere
"$program" model init --arch densenet121 --size 75 --seed 1 \
    --labels 'Edema,Pleural Effusion,Mass' -o b/one.safetensors
"$program" model init --arch densenet121 --size 75 --seed 2 \
    --labels 'Pleural Effusion,Edema' -o b/two.safetensors
printf 'Edema,0.9\n' >thresholds.csv
check 'the ensemble is made' "$program" ensemble create -o $e --name Ours \
    --member b/one.safetensors --member b/two.safetensors --thresholds thresholds.csv
before=$(cat $e)

# 240 images of 120 patients. Edema: member one is good, two is noise. Mass: three positives.
awk 'function noise() { seed = (seed * 16807) % 2147483647; return seed / 2147483647 }
BEGIN {
    seed = 7
    print "path,patient,Edema,Pleural Effusion,Mass" >"labels.csv"
    print "path,member,finding,score" >"scores.csv"
    for (i = 1; i <= 240; i++) {
        edema = noise() < 0.4; effusion = noise() < 0.3; mass = i % 80 == 0
        printf "set/x%d.png,p%d,%d,%s,%d\n", i, (i + 1) / 2, edema, i % 7 ? effusion : "-1", mass >"labels.csv"
        one = 0.25 * edema + 0.5 * noise() + 0.1; two = noise()
        printf "x%d.png,densenet121,edema,%.6f\nx%d.png,two,edema,%.6f\n", i, one, i, two >"scores.csv"
        one = 0.2 * effusion + 0.6 * noise(); two = 0.2 * effusion + 0.6 * noise()
        printf "x%d.png,densenet121,effusion,%.6f\nx%d.png,two,effusion,%.6f\n", i, one, i, two >"scores.csv"
        printf "x%d.png,densenet121,mass,%.6f\n", i, noise() >"scores.csv"
    }
}'
calibrate() { "$program" calibrate -e $e --labels labels.csv "$@"; }
from_scores() { calibrate --predictions scores.csv "$@"; }
# number JSON PATH...: a number of the JSON, by its keys.
number() {
    python3 -c 'import json, sys
value = json.load(open(sys.argv[1]))
for key in sys.argv[2:]:
    value = value[int(key)] if isinstance(value, list) else value[key]
print(value)' "$@"
}
# holds NAME EXPRESSION: a comparison of numbers.
holds() {
    awk "BEGIN { exit !($2) }"
    report "$1: $2" $? ''
}

# ---- From scores ----
expect 'too few stay as they are' 3 'stays as it was: 3 positive patients, at least 10 are needed' \
    from_scores -o b/e2.json
expect 'how many are new' 3 'b/e2.json: 2 of 3 findings are new' from_scores -o b/e2.json
expect 'the new file is whole' 0 'Ours' "$program" ensemble show b/e2.json
expect 'and shows its calibration' 0 'Calibration: platt, 2 of 3 findings.' "$program" ensemble show b/e2.json
same 'the old file stays' "$before" "$(cat $e)"
expect 'platt is written' 0 '"method": "platt"' cat b/e2.json
expect 'hashes are written' 0 '"members": {' cat b/e2.json
expect 'where from' 0 'labels.csv (2 of 3 findings; the others as before)' cat b/e2.json
expect 'the card tells' 0 '"site_calibration"' cat b/e2.json
grep -v '^x\(19\|[2-9][0-9]\|[0-9]*[0-9][0-9][0-9]\|20\)\.png' scores.csv >some.csv
expect 'patients are those of the images' 3 '18 images of 9 patients' calibrate --predictions some.csv --least 2 -o b/e3.json
expect 'fewer may be enough' 0 '3 of 3 findings are new' from_scores -o b/e3.json --least 2
expect 'uncertain labels' 0 '"images": 240' \
    sh -c '"$@" | tail -n +1' - "$program" calibrate -e $e --labels labels.csv --predictions scores.csv \
    --labels-policy ones --format json -o b/e3.json
from_scores -o b/a.json >first.txt 2>&1
from_scores -o b/a.json >second.txt 2>&1
same 'the same again' "$(cat first.txt)" "$(cat second.txt)"
cmp -s b/a.json b/e2.json
report 'the same file again' $? ''

if command -v python3 >/dev/null 2>&1; then
    from_scores -o b/w.json --weights auc --format json >w.txt 2>/dev/null
    holds 'the good member gets the vote' "$(number b/w.json members 0 weights edema) > 0.7"
    holds 'both share it where they are alike' "$(number b/w.json members 0 weights pleural_effusion) < 0.8"
    holds 'mass is as before' "$(number b/w.json members 0 weights mass) == 1"
    holds 'the AUC rises' \
        "$(number w.txt findings 0 after auc value) > $(number w.txt findings 0 before auc value)"
    holds 'and its gain is told' "$(number w.txt findings 0 cross_validation auc_gain ci95 0) > 0"
    holds 'the best member is beside it' "$(number w.txt findings 0 cross_validation single auc) > 0.7"
    holds 'no image is in it that has no label' "$(number w.txt findings 1 images) < 240"
    from_scores -o b/s.json --operating-point sensitivity=0.95 --method isotonic --format json >s.txt 2>/dev/null
    holds 'sensitivity is about what was asked for' "$(number s.txt findings 0 after sensitivity value) > 0.88"
    holds 'it costs specificity' \
        "$(number s.txt findings 0 after specificity value) < $(number w.txt findings 0 after specificity value)"
    holds 'isotonic has knots' "$(number b/s.json calibration parameters edema 0 1) >= 0"
    holds 'probabilities are better than scores' \
        "$(number s.txt findings 0 after brier) < $(number s.txt findings 0 before brier)"
    from_scores -o b/t.json --method temperature --operating-point cost=3 >/dev/null 2>&1
    holds 'temperature is a number' "$(number b/t.json calibration parameters edema) > 0"
    "$program" calibrate -e b/t.json --labels labels.csv --predictions scores.csv --weights logloss \
        --method none -o b/n.json >/dev/null 2>&1
    expect 'no calibration of other scores is kept' 1 '' grep -q '"calibration": {' b/n.json
    "$program" calibrate -e b/t.json --labels labels.csv --predictions scores.csv \
        --method platt --least 70 -o b/k.json >/dev/null 2>&1
    "$program" calibrate -e b/t.json --labels labels.csv --predictions scores.csv \
        --method none -o b/k.json >/dev/null 2>&1
    holds 'a calibration of the same scores is kept' "$(number b/k.json calibration parameters edema) > 0"
fi

# ---- What is refused ----
expect 'over itself' 1 'that is the ensemble itself' from_scores -o $e
ln b/e.json b/link.json
expect 'over itself by another name' 1 'that is the ensemble itself' from_scores -o b/link.json
rm b/link.json
expect 'over a model' 1 'that is a table or a model' from_scores -o b/one.safetensors
expect 'over the labels' 1 'that is a table or a model' from_scores -o labels.csv
expect 'over the scores' 1 'that is a table or a model' from_scores -o scores.csv
expect 'members elsewhere' 1 '--copy-members' from_scores -o elsewhere/e.json
expect 'members copied' 3 '2 of 3' from_scores -o elsewhere/e.json --copy-members
expect 'and they are the models' 0 'Ours' "$program" ensemble show elsewhere/e.json
expect 'above the models' 3 '2 of 3' from_scores -o above.json
expect 'named from there' 0 '"file": "b/one.safetensors"' cat above.json
expect 'nothing to fit' 2 'no finding could be fitted' from_scores -o b/no.json --least 1000
[ ! -e b/no.json ]
report 'nothing is written then' $? ''
expect 'an unknown rule' 1 'youden, f1' from_scores -o b/no.json --operating-point best
expect 'a rule without its number' 1 'youden, f1' from_scores -o b/no.json --operating-point sensitivity
expect 'a rule with too much' 1 'youden, f1' from_scores -o b/no.json --operating-point youden=1
expect 'scores and images' 1 'cannot go with --images' from_scores -o b/no.json --images .
expect 'no such labels' 4 'none.csv' "$program" calibrate -e $e --labels none.csv --predictions scores.csv -o b/no.json
{ cat scores.csv; echo 'x1.png,ensemble,edema,0.999'; } >other.csv
expect 'scores of another ensemble' 2 'scores of another ensemble' calibrate --predictions other.csv -o b/no.json
printf 'path,edema,pleural_effusion\nx1.png,0.2,0.3\n' >few.csv
expect 'rows without scores are counted' 2 '239 rows of the label table have no scores' \
    calibrate --predictions few.csv -o b/no.json
awk -F, 'BEGIN { print "path,edema" } $2 == "densenet121" && $3 == "edema" { print $1 "," $4 }' scores.csv >wide.csv
expect 'a column a finding will do' 3 '1 of 3 findings are new' calibrate --predictions wide.csv -o b/wide.json
expect 'but not for weights' 2 'no scores of the member densenet121' \
    calibrate --predictions wide.csv --weights auc -o b/no.json

# ---- From images ----
"$program" phantom -n 40 --seed 5 --size 160 -o set >/dev/null 2>&1
image_options="-e $e --labels set/labels.csv --least 3 --method temperature --threads 1"
images() { "$program" calibrate $image_options "$@"; }
expect 'from images' 3 '1 of 3 findings are new' images --column consolidation=ignore \
    --column edema=ignore -o b/one.json
images -o b/whole.json >whole.txt 2>whole.err
same 'a finding that is not labelled is told' 1 "$(grep -c 'the label table does not have it' whole.txt)"
[ ! -e b/whole.json.journal ]
report 'the journal goes with success' $? ''

# Killed in the middle, it goes on where it was, and the file is the same to the last byte.
"$program" calibrate $image_options -o b/killed.json >/dev/null 2>&1 &
pid=$!
tries=0
while [ ! -e b/killed.json ] && [ $tries -lt 3000 ] &&
    { [ ! -e b/killed.json.journal ] || [ "$(wc -l <b/killed.json.journal)" -lt 8 ]; }; do
    sleep 0.02
    tries=$((tries + 1))
done
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
if [ -e b/killed.json.journal ]; then
    kept=$(wc -l <b/killed.json.journal)
    holds 'the journal has what was done' "$kept >= 8"
    [ ! -e b/killed.json ]
    report 'and no file is written' $? ''
fi
images -o b/killed.json >killed.txt 2>/dev/null
cmp -s b/whole.json b/killed.json
report 'after a kill the file is the same' $? ''
same 'and so is the table' "$(cat whole.txt)" "$(cat killed.txt)"

# An image that cannot be read is named; the others count.
printf 'broken' >set/phantom_00001.png
expect 'a broken image' 3 'phantom_00001.png: ' images -o b/broken.json
finish
