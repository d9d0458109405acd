#!/bin/sh
# Print files as C arrays: embed.sh PREFIX FILE... makes PREFIX_NAME (with _ for each dot) and
# PREFIX_NAME_size.
set -eu
prefix=$1
shift
echo '/* Files as bytes; made by embed.sh. */'
echo '#include <stddef.h>'
for file in "$@"; do
    name=${prefix}_$(basename "$file" | tr . _)
    echo "extern const unsigned char $name[];"
    echo "extern const size_t ${name}_size;"
    echo "const unsigned char $name[] = {"
    od -An -v -tx1 "$file" | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'
    echo "};"
    echo "const size_t ${name}_size = sizeof $name;"
done
