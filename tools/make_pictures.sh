#!/bin/sh
# Makes pictures of the documentation: docs/phantoms.png, a sheet of phantoms with the boxes of their
# findings, docs/report.png, the report on one, and docs/evaluation-report.png, a finding in the report
# on made-up scores, by tests/report_tool beside the program.
# Usage: make_pictures.sh PROGRAM ENSEMBLE.json
# Needs what `tools/setup.sh test` installs (variables CHROMIUM, NODE name others).
set -eu
cd "$(dirname "$0")/.."

program=$1
ensemble=$2
node=${NODE:-node}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 3' INT TERM

# tile CAPTION FINDING NUMBER: phantom NUMBER of the seed with that finding, as HTML.
tile() {
    name=$(printf 'phantom_%05d.png' "$3")
    "$program" phantom -n "$3" --seed 7 --findings "$2" -o "$work/$2"
    echo "<figure><div><img src='$2/$name' alt=''>"
    awk -F, -v name="$name" '$1 == name {
        printf "<i style=\"left:%.2f%%;top:%.2f%%;width:%.2f%%;height:%.2f%%\"></i>\n",
            $3 / 5.12, $4 / 5.12, $5 / 5.12, $6 / 5.12 }' "$work/$2/boxes.csv"
    echo "</div><figcaption>$1</figcaption></figure>"
}

make_sheet() {
    {
        cat <<'HTML'
<!doctype html><meta charset="utf-8"><style>
body { margin: 0; display: grid; grid-template-columns: repeat(3, 224px); gap: 4px;
  background: #111; font: 13px sans-serif; color: #eee }
figure { margin: 0; height: 246px }
div { position: relative; width: 224px; height: 224px }
img { width: 224px; height: 224px; display: block }
i { position: absolute; box-sizing: border-box; border: 1px dashed #fc6 }
figcaption { text-align: center; line-height: 22px }
</style>
HTML
        tile 'No finding' none "$1"
        tile 'Cardiomegaly' cardiomegaly "$2"
        tile 'Pleural effusion' pleural_effusion "$3"
        tile 'Consolidation' consolidation "$4"
        tile 'Edema' edema "$5"
        tile 'Atelectasis' atelectasis "$6"
    } >"$work/sheet.html"
    "$node" tools/screenshot.mjs "file://$work/sheet.html" docs/phantoms.png 680 496
}

make_report() {
    "$program" phantom -n 2 --seed 7 --findings pleural_effusion -o "$work/reported"
    "$program" predict -e "$ensemble" --report "$work" "$work/reported/phantom_00002.png" >/dev/null
    pdftoppm -r 72 -png -singlefile "$work/phantom_00002.pdf" docs/report
}

make_evaluation_report() {
    "$(dirname "$program")/tests/report_tool" "$work/evaluated"
    "$node" tools/screenshot.mjs "file://$work/evaluated/report.html#finding-1" docs/evaluation-report.png 1140 1010
}

make_sheet 8 7 2 7 3 2
make_report
make_evaluation_report
