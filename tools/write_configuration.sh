#!/bin/sh
# Puts the tables that the program prints into docs/configuration.md (settings of the server) and
# docs/train.md (keys of a training), between their marks.
# Usage: write_configuration.sh PROGRAM [--check]    (--check: only say whether they differ)
set -eu

program=$1
check=${2:-}
docs=$(dirname "$0")/../docs
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT

# write PAGE WHAT OPTION: what the program prints with the option, between the page's marks.
write() {
    page=$docs/$1
    sed "/^<!-- $2 -->\$/q" "$page" >"$fresh"
    "$program" "$3" >>"$fresh"
    sed -n "/^<!-- end of $2 -->\$/,\$p" "$page" >>"$fresh"
    if [ "$check" = --check ]; then
        diff -u "$page" "$fresh" || { echo "docs/$1 is not what the program says: run make docs" >&2; exit 1; }
    else
        cat "$fresh" >"$page"
    fi
}

write configuration.md settings --settings
write train.md keys --training-keys
