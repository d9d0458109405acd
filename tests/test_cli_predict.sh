#!/bin/sh
# Ensembles made and shown, radiographs read in every format, and what is refused. Usage:
# test_cli_predict.sh PROGRAM
program=$1
. "$(dirname "$0")/expect.sh"
ensemble=$scratch/b/ensemble.json
unset PERXEPTRON_ENSEMBLE

predict() { "$program" predict -e "$ensemble" "$@"; }
scores() { predict --format csv "$@" 2>/dev/null | cut -d, -f2-; }

# ---- Ensembles ----
mkdir "$scratch/b" "$scratch/b/below"
"$program" model init --arch densenet121 --size 75 --head 2020 --seed 1 \
    --labels 'Edema,Pleural Effusion' -o "$scratch/b/one.safetensors"
"$program" model init --arch xception --size 75 --head plain --seed 2 --scale tf \
    --labels 'Pleural Effusion,Edema,Mass' -o "$scratch/b/below/two.safetensors"
printf 'finding,weight\r\nEdema,1.5\r\n"Pleural Effusion",0.5\r\n' >"$scratch/one.csv"
printf '# nothing for masses\npleural_effusion,1\n' >"$scratch/two.csv"
printf 'finding,threshold\nEdema,0\nPleural Effusion,1\n' >"$scratch/thresholds.csv"
create() { "$program" ensemble create -o "$ensemble" "$@"; }
one=$scratch/b/one.safetensors two=$scratch/b/below/two.safetensors

expect 'equal weights' 0 '2 members, 3 findings; no thresholds' create --member "$one" --member "$two"
expect 'no decisions' 0 'scores without decisions' "$program" ensemble show "$ensemble"
expect 'half each' 0 '50.0%' "$program" ensemble show "$ensemble"
expect 'weights' 0 '2 members, 2 findings' create --name 'A "test"' --member "$one=$scratch/one.csv" \
    --member "$two=$scratch/two.csv" --thresholds "$scratch/thresholds.csv"
expect 'normalised' 0 '33.3%' "$program" ensemble show "$ensemble"
expect 'announced' 0 'untrained weights: demonstration only' "$program" ensemble show "$ensemble"
expect 'shown as JSON' 0 '"file": "below/two.safetensors"' "$program" ensemble show --format json "$ensemble"
expect 'JSON says untrained' 0 '"notice": "untrained weights' "$program" ensemble show --format json "$ensemble"

printf 'Mass,1\n' >"$scratch/mass.csv"
printf 'Edema,-1\n' >"$scratch/negative.csv"
printf 'Edema,1\nEDEMA,2\n' >"$scratch/twice.csv"
printf 'Edema;1\n' >"$scratch/semicolon.csv"
printf 'Edema,0\n' >"$scratch/zero.csv"
printf 'Edema,1.5\n' >"$scratch/high.csv"
: >"$scratch/empty.csv"
expect 'label the model lacks' 2 'no trained output for mass' create --member "$one=$scratch/mass.csv"
expect 'negative weight' 2 'weight of edema' create --member "$one=$scratch/negative.csv"
expect 'finding twice' 2 'line 2' create --member "$one=$scratch/twice.csv"
expect 'not CSV' 2 'line 1' create --member "$one=$scratch/semicolon.csv"
expect 'empty CSV' 2 'empty.csv' create --member "$one=$scratch/empty.csv"
expect 'no weight at all' 2 'no member has a weight' create --member "$one=$scratch/zero.csv"
expect 'threshold above 1' 2 'threshold of edema' create --member "$one" --thresholds "$scratch/high.csv"
expect 'threshold of nothing' 2 'no finding mass' create --member "$one" --thresholds "$scratch/mass.csv"
expect 'member elsewhere' 1 'or below it' "$program" ensemble create -o "$scratch/b/below/e.json" --member "$one"
expect 'no model' 4 'none.safetensors' create --member "$scratch/b/none.safetensors"
expect 'not a model' 2 'not a safetensors' create --member "$ensemble"
expect 'name with a control character' 2 'control character' create --name "$(printf 'a\001')" --member "$one"
expect 'name that is not UTF-8' 1 'not UTF-8' create --name "$(printf 'a\377')" --member "$one"
expect 'empty name' 2 'the file.name' create --name '' --member "$one"
expect 'no member' 1 '--member' create
expect 'file full' 4 'File too large' sh -c 'ulimit -f 0; exec "$@"' - "$program" ensemble create \
    -o "$scratch/b/full.json" --member "$one"
[ ! -e "$scratch/b/full.json" ]
report 'nothing is left of a failed ensemble' $? ''
expect 'kept through failures' 0 'A "test"' "$program" ensemble show "$ensemble"

# ---- Reading ----
"$program" phantom -n 3 --seed 5 --size 160 -o "$scratch/phantoms"
x=$(find "$scratch/phantoms" -name '*.png' | sort | head -1)
expect 'table' 0 'Pleural effusion' predict "$x"
expect 'decision in words' 0 'positive' predict "$x"
expect 'notice in table' 0 'untrained weights: demonstration only' predict "$x"
expect 'JSON' 0 '"findings":[{"id":"edema","name":"Edema","score":0.' predict --format json "$x"
expect 'notice in JSON' 0 '"notice":"untrained weights: demonstration only"' predict --format json "$x"
expect 'box in JSON' 0 '"box":[' predict --format json "$x"
expect 'members in JSON' 0 '"members":{"densenet121":0.' predict --format json "$x"
expect 'JSON lines' 0 '"ensemble":{"name":"A \"test\""' predict --format ndjson "$x"
expect 'CSV' 0 'file,finding,score,threshold,decision' predict --format csv "$x"
expect 'CSV decision' 0 ',0.0,true' predict --format csv "$x"
expect 'notice beside CSV' 0 'untrained weights: demonstration only' predict --format csv "$x"
expect 'help' 0 'LIST.txt' "$program" predict --help

wanted=$(scores "$x")
same 'stdin' "$wanted" "$(scores - <"$x")"
printf '# a list\n\n%s\r\n' "$x" >"$scratch/list.txt"
same 'list' "$wanted" "$(scores "$scratch/list.txt")"
same 'one thread' "$wanted" "$(scores --threads 1 "$x")"
same 'three threads' "$wanted" "$(scores --threads 3 "$x")"

# ---- The cache ----
unused() { predict -v --cache none "$x" && [ ! -e "$XDG_CACHE_HOME/perxeptron" ]; }
rm -r "$XDG_CACHE_HOME"
expect 'no cache' 0 'packed weights are not kept' unused
expect 'an empty cache' 0 'packed weights of 0 of 2 networks were in' predict -v --cache "$scratch/new/c" "$x"
expect 'a full cache' 0 "of 2 of 2 networks were in $scratch/new/c" predict -v --cache "$scratch/new/c" "$x"
same 'the same from the cache' "$wanted" "$(scores --cache "$scratch/new/c" "$x")"
for entry in "$scratch"/new/c/*.packed; do
    truncate -s -1 "$entry"
    break
done
expect 'a damaged entry' 0 'of 1 of 2 networks were in' predict -v --cache "$scratch/new/c" "$x"
expect 'is made anew' 0 'of 2 of 2 networks were in' predict -v --cache "$scratch/new/c" "$x"
expect 'no folder for a cache' 0 'Not a directory' predict -v --cache "$x/c" "$x"
expect 'none needed' 0 'not kept: cache: neither' env -u HOME -u XDG_CACHE_HOME "$program" predict \
    -v -e "$ensemble" "$x"
expect 'mismatches are not kept' 0 'are not kept' predict -v --accept-mismatch "$x"

PERXEPTRON_ENSEMBLE=$ensemble "$program" predict --format csv "$x" 2>/dev/null | cut -d, -f2- >"$scratch/default"
same 'default ensemble' "$wanted" "$(cat "$scratch/default")"
predict --format csv -o "$scratch/out.csv" "$x" 2>/dev/null
same 'output file' "$wanted" "$(cut -d, -f2- "$scratch/out.csv")"

mkdir -p "$scratch/in/deeper" "$scratch/in/empty"
cp "$x" "$scratch/in/a b.png"
cp "$x" "$scratch/in/deeper/a,b.jpeg" # known by content
cp "$x" "$scratch/in/a_b.png"
echo 'not an image' >"$scratch/in/notes.txt"
truncate -s 300M "$scratch/in/large"
expect 'folder' 0 'skipped 2 files: no PNG' predict --format csv "$scratch/in"
same 'sorted' "a b.png a_b.png a,b.jpeg\"" \
    "$(predict --format csv "$scratch/in" 2>/dev/null | grep edema | sed 's/,edema.*//; s/.*\///' | tr '\n' ' ' | sed 's/ $//')"
expect 'names are quoted' 0 "\"$scratch/in/deeper/a,b.jpeg\",edema" predict --format csv "$scratch/in"
cp "$x" "$scratch/in/empty/$(printf 'a\033[2J').png"
expect 'control characters are not shown' 0 'a?[2J.png' predict "$scratch/in/empty"
rm "$scratch/in/empty/"*
expect 'empty folder' 2 'no files' predict "$scratch/in/empty"
bound() { "$@"; }
# Root reads every folder, unless it gives up the right to.
[ "$(id -u)" -ne 0 ] || bound() { setpriv --bounding-set=-dac_override,-dac_read_search "$@"; }
chmod 000 "$scratch/in/empty"
expect 'a folder below that cannot be read' 3 'in/empty: cannot open: Permission denied' \
    bound "$program" predict -e "$ensemble" --format csv "$scratch/in"
chmod 700 "$scratch/in/empty"

# ---- Tensors ----
header="{'descr': '<f4', 'fortran_order': False, 'shape': (75, 75, 3), }"
{
    printf '\223NUMPY\001\000\166\000%-117s\n' "$header"
    head -c 67500 /dev/zero
} >"$scratch/zero.npy"
expect 'tensor' 0 '(75 x 75)' predict "$scratch/zero.npy"
expect 'tensor with heat maps' 0 '(75 x 75)' predict --heatmaps "$scratch/tensor" "$scratch/zero.npy"
head -c 67000 "$scratch/zero.npy" >"$scratch/cut.npy"
expect 'tensor cut short' 2 'bytes of values' predict "$scratch/cut.npy"
sed 's/75, 75, 3), }/76, 76, 3), }/' "$scratch/zero.npy" | cat - /dev/zero | head -c 69440 >"$scratch/large.npy"
expect 'tensor of another size' 2 'a member wants 75 x 75 x 3' predict "$scratch/large.npy"

# ---- Heat maps ----
predict --heatmaps "$scratch/heat" --format json "$scratch/in" >"$scratch/heat.json" 2>/dev/null
same 'overlays' 'a_b_2_edema.jpg a_b_2_pleural_effusion.jpg a_b_3_edema.jpg a_b_3_pleural_effusion.jpg a_b_edema.jpg a_b_pleural_effusion.jpg ' \
    "$(ls "$scratch/heat" | tr '\n' ' ')"
expect 'overlay is a JPEG' 0 '(160 x 160)' predict "$scratch/heat/a_b_edema.jpg"
expect 'map in JSON' 0 '"map":{"width":3,"height":3,"values":[' cat "$scratch/heat.json"
expect 'overlay in JSON' 0 "\"heatmap\":\"$scratch/heat/a_b_edema.jpg\"" cat "$scratch/heat.json"
expect 'region in table' 0 'Hottest region' predict --heatmaps "$scratch/heat" "$x"
expect 'overlay folder that cannot be' 4 'zero.npy' predict --heatmaps "$scratch/zero.npy/x" "$x"
expect 'overlays on a full disk' 4 'File too large' sh -c 'ulimit -f 1; exec "$@"' - "$program" \
    predict -e "$ensemble" --heatmaps "$scratch/full" "$x"
same 'nothing is left of them' '' "$(ls "$scratch/full")"
expect 'opacity' 1 'opacity' predict --heatmaps "$scratch/heat" --opacity 2 "$x"

# ---- Reports ----
predict --report "$scratch/reports" "$scratch/in" >/dev/null 2>&1
same 'a report a radiograph' 'a_b.pdf a_b_2.pdf a_b_3.pdf ' "$(ls "$scratch/reports" | tr '\n' ' ')"
pdf_text() { pdftotext "$scratch/reports/$1.pdf" -; }
expect 'report has the scores' 0 'Members differ' pdf_text a_b
expect 'report has the heat map' 0 'Heat map: ' pdf_text a_b
expect 'report says untrained' 0 'untrained weights: demonstration only' pdf_text a_b
expect 'report says what it is not' 0 'Not a medical device' pdf_text a_b
expect 'report of a tensor' 0 '(75 x 75)' predict --report "$scratch/reports" "$scratch/zero.npy"
expect 'report of a tensor is there' 0 '75 × 75 pixels' pdf_text zero
expect 'report folder that cannot be' 4 'zero.npy' predict --report "$scratch/zero.npy/x" "$x"
expect 'reports on a full disk' 4 'File too large' sh -c 'ulimit -f 1; exec "$@"' - "$program" \
    predict -e "$ensemble" --report "$scratch/full" "$x"
same 'nothing is left of them' '' "$(ls "$scratch/full")"

# ---- Progress: on a terminal only ----
said=$(predict --format csv -o "$scratch/quiet.csv" "$x" "$x" 2>&1)
same 'no bar without a terminal' 'perxeptron: untrained weights: demonstration only' "$said"
if script -qec true /dev/null >/dev/null 2>&1; then
    TERM=xterm script -qec "'$program' predict -e '$ensemble' -o '$scratch/bar.txt' '$x' '$x'" \
        /dev/null >"$scratch/bar" 2>&1
    expect 'bar' 0 '] 0/2 images' cat "$scratch/bar"
else
    echo 'not tested: the progress bar, for no terminal can be made here (/dev/pts)'
fi

# ---- What fails ----
head -c 2000 "$x" >"$scratch/cut.png"
: >"$scratch/empty.png"
printf 'GIF89a' >"$scratch/a.gif"
expect 'only a damaged one' 2 'cut.png' predict "$scratch/cut.png"
expect 'empty' 2 'empty.png' predict "$scratch/empty.png"
expect 'GIF' 2 'a.gif' predict "$scratch/a.gif"
expect 'missing' 2 'No such file' predict "$scratch/none.png"
expect 'some failed' 3 'cut.png' predict "$scratch/cut.png" "$x"
predict --format json "$scratch/cut.png" "$x" "$scratch/a.gif" >"$scratch/some.json" 2>/dev/null
expect 'failure in its place' 0 '"error":{"code":"input","message":' cat "$scratch/some.json"
expect 'code of the failure' 0 '"error":{"code":"unsupported","message":' cat "$scratch/some.json"
expect 'the others are done' 0 '"decision":true' cat "$scratch/some.json"
expect 'full disk' 4 'No space left' sh -c '"$@" >/dev/full' - "$program" predict -e "$ensemble" "$x"
expect 'output on a full disk' 4 'File too large' sh -c 'ulimit -f 0; exec "$@"' - "$program" \
    predict -e "$ensemble" -o "$scratch/full.json" "$x"
expect 'no such ensemble' 4 'none.json' "$program" predict -e "$scratch/none.json" "$x"
expect 'no file' 1 'predict' predict
mkdir "$scratch/away" "$scratch/elsewhere"
cp "$program" "$scratch/elsewhere/perxeptron"
expect 'no default' 4 'no ensemble' sh -c 'cd "$1" && exec ../elsewhere/perxeptron predict "$2"' - "$scratch/away" "$x"

size=$(wc -c <"$ensemble")
i=0
while [ $i -lt 16 ]; do
    head -c $((size * i / 16)) "$ensemble" >"$scratch/b/cut.json"
    expect "ensemble cut at $i/16" 2 'cut.json: line' "$program" predict -e "$scratch/b/cut.json" "$x"
    i=$((i + 1))
done
cp "$one" "$scratch/kept"
"$program" model init --arch densenet121 --size 75 --head 2020 --seed 9 \
    --labels 'Edema,Pleural Effusion' -o "$one"
expect 'another model' 2 'not the model it was made with' predict "$x"
expect 'another model is shown' 2 'changed' "$program" ensemble show "$ensemble"
expect 'another model is accepted' 0 'Edema' predict --accept-mismatch "$x"
rm "$one"
expect 'model missing' 4 'one.safetensors' predict "$x"
expect 'missing model is shown' 2 'missing' "$program" ensemble show "$ensemble"
cp "$scratch/kept" "$one"

# ---- Stopping: what is finished stays, the JSON is whole ----
i=0
while [ $i -lt 3000 ]; do
    echo "$x"
    i=$((i + 1))
done >"$scratch/many.txt"
"$program" predict -e "$ensemble" --format ndjson "$scratch/many.txt" >"$scratch/stopped" 2>"$scratch/said" &
child=$!
i=0
while [ ! -s "$scratch/stopped" ] && [ $i -lt 300 ]; do
    sleep 0.1
    i=$((i + 1))
done
kill -TERM "$child"
wait "$child"
same 'stopped' 3 $?
expect 'stopped said' 0 'stopped after' cat "$scratch/said"
same 'whole lines' 0 "$(grep -cv '^{.*}$' "$scratch/stopped")"

finish
