#!/bin/sh
# perxeptron evaluate: from scores alone and from images, what is written, resuming after a kill, and
# what is refused. Usage: test_cli_evaluate.sh PROGRAM
program=$1
. "$(dirname "$0")/expect.sh"
unset PERXEPTRON_ENSEMBLE

# ---- From scores alone ----
# Edema: 3 of the 4 x 2 pairs are in the wrong order, so that the AUC is 5/8. Mass has one class.
cat >"$scratch/labels.csv" <<'END'
path,edema,mass,sex,site,patient
a/1.png,1,0,F,north,p1
a/2.png,0,0,M,north,p2
a/3.png,1,0,F,south,p3
b/4.png,0,0,M,south,p4
b/5.png,0,0,F,south,p5
c/6.png,0,0,M,south,p6
END
cat >"$scratch/scores.csv" <<'END'
path,Edema,mass
a/1.png,0.9,0.1
a/2.png,0.8,0.2
a/3.png,0.2,0.3
b/4.png,0.3,0.4
b/5.png,0.25,0.5
c/6.png,0.1,0.6
END
scored() {
    out=$1
    shift
    "$program" evaluate --labels "$scratch/labels.csv" --predictions "$scratch/scores.csv" \
        -o "$scratch/$out" "$@"
}
expect 'table' 0 'Edema' scored from_scores
expect 'AUC in the table' 0 '0.625' scored from_scores
expect 'one class' 0 'all labels are negative: 6' scored from_scores
expect 'few positives' 0 'only 2 positives' scored from_scores
expect 'said where' 0 'from_scores/report.html' scored from_scores
expect 'JSON' 0 '"value": 0.625' scored from_scores --format json
expect 'no operating points' 0 '"operating_point": null' scored from_scores --format json
for file in report.html metrics.json predictions.csv curves.csv left_out.txt plots/edema_roc.svg \
    plots/edema_roc.png; do
    [ -s "$scratch/from_scores/$file" ] || [ "$file" = left_out.txt ]
    report "$file is written" $? ''
done
same 'JSON is what the file holds' "$(cat "$scratch/from_scores/metrics.json")" \
    "$(scored from_scores --format json 2>"$scratch/err")"
same 'nothing else on stderr' '' "$(cat "$scratch/err")"
same 'scores are as they were' 'a/1.png,ensemble,edema,0.9' \
    "$(sed -n 2p "$scratch/from_scores/predictions.csv")"
expect 'predictive values elsewhere' 0 '"prevalence": 0.1' scored from_scores --format json \
    --prevalence edema=0.1
expect 'a column of groups' 0 'Groups by sex, site' scored from_scores --subgroup site
expect 'level in the keys' 0 '"ci90"' scored from_scores --format json --level 0.9

# The same again, with other columns, in the other form and order: the same figures.
awk -F, 'NR > 1 { print "images/" $1 ",ensemble,edema," $2; print "images/" $1 ",one,edema," 1 - $2 }' \
    "$scratch/scores.csv" | sort -r >"$scratch/lines.csv"
sed -i '1i path,member,finding,score' "$scratch/lines.csv"
expect 'long form, paths of another root' 0 '0.625' "$program" evaluate --labels "$scratch/labels.csv" \
    --predictions "$scratch/lines.csv" -o "$scratch/long"
expect 'a member beside it' 0 '"one": {' cat "$scratch/long/metrics.json"
grep -v 'a/3.png' "$scratch/scores.csv" >"$scratch/fewer.csv"
expect 'missing scores are counted' 0 '1 rows without predictions' "$program" evaluate \
    --labels "$scratch/labels.csv" --predictions "$scratch/fewer.csv" -o "$scratch/fewer"
expect 'patients are those of scored images' 0 '5 images of 5 patients' "$program" evaluate \
    --labels "$scratch/labels.csv" --predictions "$scratch/fewer.csv" -o "$scratch/fewer"

# A file name of another encoding, with what a terminal would obey; a column that tells nothing.
odd=$(printf '%s/s\351te\033[31m.csv' "$scratch")
sed 's/,[FM],/,,/' "$scratch/labels.csv" >"$odd"
expect 'odd names are made plain' 0 's?te?[31m.csv: 6 images' "$program" evaluate --labels "$odd" \
    --predictions "$scratch/scores.csv" -o "$scratch/odd"
expect 'also in JSON' 0 '"labels": "s?te?[31m.csv"' cat "$scratch/odd/metrics.json"
expect 'a column without values says so' 0 'There are no groups: no image has a value' \
    cat "$scratch/odd/report.html"

# ---- Submission ----
expect 'submission' 0 '' scored from_scores --submission "$scratch/submission.csv"
same 'a line a study, the maximum of its views' 'Study,Edema,Mass
a,0.9,0.3
b,0.3,0.5
c,0.1,0.6' "$(cat "$scratch/submission.csv")"
cat >"$scratch/chexpert.csv" <<'END'
Path,Sex,Age,Frontal/Lateral,AP/PA,Edema
CheXpert-v1.0/valid/patient1/study1/view1_frontal.jpg,Male,71,Frontal,AP,1.0
CheXpert-v1.0/valid/patient1/study1/view2_lateral.jpg,Male,71,Lateral,,1.0
CheXpert-v1.0/valid/patient1/study2/view1_frontal.jpg,Male,72,Frontal,PA,-1.0
CheXpert-v1.0/valid/patient2/study1/view1_frontal.jpg,Female,30,Frontal,PA,
END
cat >"$scratch/chexpert_scores.csv" <<'END'
path,edema
valid/patient1/study1/view1_frontal.jpg,0.5
valid/patient1/study1/view2_lateral.jpg,0.75
valid/patient1/study2/view1_frontal.jpg,0.25
valid/patient2/study1/view1_frontal.jpg,0.125
END
chexpert() {
    "$program" evaluate --labels "$scratch/chexpert.csv" --predictions "$scratch/chexpert_scores.csv" \
        -o "$scratch/chexpert" "$@"
}
expect 'uncertain labels are ignored' 0 '"policy": "ignore"' chexpert --format json
expect 'three count' 0 '"n": 3' chexpert --format json
expect 'or are zeros' 0 '"n": 4' chexpert --format json --labels-policy zeros
expect 'or ones for a finding' 0 '"positives": 3' chexpert --format json --labels-policy edema=ones
expect 'frontal alone' 0 '3 images of 2 patients' chexpert --views frontal --labels-policy zeros \
    --submission "$scratch/frontal.csv"
same 'studies of CheXpert' 'Study,Edema
CheXpert-v1.0/valid/patient1/study1,0.5
CheXpert-v1.0/valid/patient1/study2,0.25
CheXpert-v1.0/valid/patient2/study1,0.125' "$(cat "$scratch/frontal.csv")"

# ---- What is refused ----
expect 'another evaluation in the folder' 2 'another folder' "$program" evaluate --labels \
    "$scratch/chexpert.csv" --predictions "$scratch/chexpert_scores.csv" -o "$scratch/from_scores"
mkdir "$scratch/full"
echo mine >"$scratch/full/notes.txt"
expect 'a folder of other things' 2 'holds files' scored full
same 'which stay' mine "$(cat "$scratch/full/notes.txt")"
expect 'no labels' 1 '--labels' "$program" evaluate --predictions "$scratch/scores.csv" -o "$scratch/x"
expect 'no folder' 1 '--output' "$program" evaluate --labels "$scratch/labels.csv"
expect 'labels that are not there' 4 'nothing.csv' "$program" evaluate --labels "$scratch/nothing.csv" \
    --predictions "$scratch/scores.csv" -o "$scratch/x"
expect 'predictions that are not there' 4 'nothing.csv' "$program" evaluate \
    --labels "$scratch/labels.csv" --predictions "$scratch/nothing.csv" -o "$scratch/x"
expect 'a table without labels' 2 'none of the findings' "$program" evaluate --labels "$scratch/lines.csv" \
    --predictions "$scratch/scores.csv" -o "$scratch/x"
sed 's/0\.25/1.25/' "$scratch/scores.csv" >"$scratch/bad.csv"
expect 'a score above 1' 2 'bad.csv' "$program" evaluate --labels "$scratch/labels.csv" \
    --predictions "$scratch/bad.csv" -o "$scratch/x"
printf 'path,pneumonia\na/1.png,0.5\n' >"$scratch/other.csv"
expect 'no finding in common' 2 'finding' "$program" evaluate --labels "$scratch/labels.csv" \
    --predictions "$scratch/other.csv" -o "$scratch/x"
expect 'a column that is not there' 1 'it has: ' scored from_scores --subgroup ward
expect 'not a prevalence' 1 'between 0 and 1' scored from_scores --prevalence edema=2
expect 'prevalence of nothing' 2 'nodule' scored from_scores --prevalence nodule=0.1
expect 'not a policy' 1 'ignore, zeros or ones' scored from_scores --labels-policy maybe
expect 'not a meaning' 1 'NAME=MEANING' scored from_scores --column site
expect 'boxes without images' 1 '--boxes' scored from_scores --boxes "$scratch/labels.csv"
expect 'a level' 1 '--level' scored from_scores --level 2
[ ! -e "$scratch/x/metrics.json" ]
report 'nothing is written by what failed' $? ''
expect 'disk full' 4 '' sh -c 'ulimit -f 1; exec "$@"' - "$program" evaluate --labels \
    "$scratch/labels.csv" --predictions "$scratch/scores.csv" -o "$scratch/small"
[ ! -e "$scratch/small/metrics.json" ]
report 'no metrics without the rest' $? ''

# ---- From images ----
mkdir "$scratch/b"
ensemble=$scratch/b/ensemble.json
"$program" model init --arch densenet121 --size 75 --head plain --seed 1 \
    --labels 'Edema,Pleural Effusion' -o "$scratch/b/one.safetensors"
"$program" model init --arch xception --size 75 --head plain --seed 2 --scale tf \
    --labels 'Pleural Effusion,Edema' -o "$scratch/b/two.safetensors"
printf 'finding,threshold\nEdema,0.5\n' >"$scratch/thresholds.csv"
check 'an ensemble' "$program" ensemble create -o "$ensemble" --member "$scratch/b/one.safetensors" \
    --member "$scratch/b/two.safetensors" --thresholds "$scratch/thresholds.csv"
check 'phantoms' "$program" phantom -n 24 --seed 5 --size 96 -o "$scratch/phantoms"
from_images() {
    out=$1
    shift
    "$program" evaluate -e "$ensemble" --labels "$scratch/phantoms/labels.csv" --rounds 100 \
        -o "$scratch/$out" "$@"
}
expect 'images' 0 '24 images' from_images whole --boxes "$scratch/phantoms/boxes.csv"
expect 'untrained' 0 'untrained weights: demonstration only' from_images whole
expect 'members' 0 'densenet121' from_images whole
expect 'heat maps' 0 'Heat maps of Edema' from_images whole --boxes "$scratch/phantoms/boxes.csv"
expect 'operating point' 0 '"threshold": 0.5,' from_images whole --format json
expect 'what the labels have beside' 0 'cardiomegaly' cat "$scratch/whole/left_out.txt"
# Boxes beyond the image are counted; a threshold decides as the reader does, in single precision.
{
    cat "$scratch/phantoms/boxes.csv"
    echo 'phantom_00001.png,edema,5000,5000,10,10'
} >"$scratch/beyond.csv"
expect 'boxes outside are counted' 0 '1 boxes' from_images whole --boxes "$scratch/beyond.csv"
score=$(awk -F, '$2 == "ensemble" && $3 == "edema" { print $4; exit }' "$scratch/whole/predictions.csv")
awk "BEGIN { printf \"Edema,%.17g\\n\", $score * (1 + 1e-9) }" >"$scratch/thresholds.csv"
check 'a threshold of more digits' "$program" ensemble create -o "$scratch/b/fine.json" \
    --member "$scratch/b/one.safetensors" --member "$scratch/b/two.safetensors" \
    --thresholds "$scratch/thresholds.csv"
check 'is used' "$program" evaluate -e "$scratch/b/fine.json" --labels "$scratch/phantoms/labels.csv" \
    --rounds 10 -o "$scratch/fine"
same 'and is the score next to it' "        \"threshold\": $score," \
    "$(grep -A 1 '"operating_point": {' "$scratch/fine/metrics.json" | tail -1)"
expect 'scores of other models are not kept' 0 '' from_images mismatch --accept-mismatch
[ ! -e "$scratch/mismatch/predictions.journal" ]
report 'there is no journal' $? ''
sed 's/"densenet121"/"ensemble"/' "$ensemble" >"$scratch/b/same.json"
expect 'a member called as the ensemble' 2 'a member is called' "$program" evaluate \
    -e "$scratch/b/same.json" --labels "$scratch/phantoms/labels.csv" -o "$scratch/same"
check 'the plain result' from_images whole

# Killed twice on the way, then run to its end: the same bytes.
for images in 2 9; do
    "$program" evaluate -e "$ensemble" --labels "$scratch/phantoms/labels.csv" --rounds 100 \
        -o "$scratch/resumed" >"$scratch/said" 2>&1 &
    running=$!
    for _ in $(seq 600); do
        lines=$(cat "$scratch/resumed/predictions.journal" 2>/dev/null | wc -l)
        if [ "$lines" -gt "$images" ] || ! kill -0 "$running" 2>/dev/null; then break; fi
        sleep 0.02
    done
    kill -KILL "$running" 2>/dev/null
    wait "$running" 2>/dev/null
done
check 'goes on' from_images resumed
for file in metrics.json predictions.csv curves.csv report.html; do
    cmp "$scratch/whole/$file" "$scratch/resumed/$file" >/dev/null 2>&1
    report "$file is the same after two kills" $? ''
done

# An image that is damaged, and one that is missing.
cp -r "$scratch/phantoms" "$scratch/damaged"
head -c 200 "$scratch/phantoms/phantom_00003.png" >"$scratch/damaged/phantom_00003.png"
rm "$scratch/damaged/phantom_00004.png"
damaged() {
    "$program" evaluate -e "$ensemble" --labels "$scratch/damaged/labels.csv" --rounds 100 \
        -o "$scratch/partial" "$@"
}
expect 'a damaged image' 3 '22 images' damaged
expect 'is named' 3 'phantom_00003.png' damaged
expect 'and counted' 3 '1 images that cannot be read' damaged
expect 'a missing one, too' 0 'phantom_00004.png' cat "$scratch/partial/left_out.txt"
expect 'images of another folder' 0 '24 images' "$program" evaluate -e "$ensemble" --labels \
    "$scratch/damaged/labels.csv" --images "$scratch/phantoms" --rounds 100 -o "$scratch/elsewhere"
expect 'no images at all' 2 '' "$program" evaluate -e "$ensemble" --labels "$scratch/labels.csv" \
    --images "$scratch/phantoms" -o "$scratch/x"
expect 'help' 0 'evaluating.md' "$program" evaluate --help
finish
