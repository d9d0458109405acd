#!/bin/sh
# Puts the table of settings that the program prints into docs/configuration.md, between its marks.
# Usage: write_configuration.sh PROGRAM [--check]    (--check: only say whether they differ)
set -eu

program=$1
page=$(dirname "$0")/../docs/configuration.md
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT

sed '/^<!-- settings -->$/q' "$page" >"$fresh"
"$program" --settings >>"$fresh"
sed -n '/^<!-- end of settings -->$/,$p' "$page" >>"$fresh"
if [ "${2:-}" = --check ]; then
    diff -u "$page" "$fresh" || { echo "docs/configuration.md is not what the program says: run make docs" >&2; exit 1; }
else
    cat "$fresh" >"$page"
fi
