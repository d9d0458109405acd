#!/bin/sh
# tools/check_source.pl finds what it should: each rule is broken once in a small tree.
# Usage: test_check_source.sh CHECKER
checker=$1
tree=$(mktemp -d) || exit 1
trap 'rm -rf "$tree"' EXIT
passed=0
failed=0

fresh_tree() {
    rm -rf "${tree:?}"/*
    mkdir -p "$tree/src/base" "$tree/src/image" "$tree/src/graph" "$tree/include" "$tree/tools"
    printf '/* The API. */\n#ifndef P_H\n#define P_H\nint px(void);\n#endif\n' >"$tree/include/perxeptron.h"
    printf '/* Errors. */\n#ifndef E_H\n#define E_H\n#include "perxeptron.h"\n#endif\n' >"$tree/src/base/error.h"
    printf '/* Good: "strcpy(a, b)" in a text. */\n#include <stdio.h>\n#include "../base/error.h"\n/* atoi(x) */\n' >"$tree/src/image/good.c"
}

# expect NAME TEXT: the checker fails on the tree and says TEXT.
expect() {
    said=$("$checker" "$tree")
    if [ $? -eq 1 ] && printf '%s\n' "$said" | grep -qF -- "$2"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED: %s: expected "%s" in:\n%s\n' "$1" "$2" "$said"
    fi
    fresh_tree
}

# c FOLDER/NAME TEXT: write a C file that begins with a comment.
c() {
    printf '/* A file. */\n%b\n' "$2" >"$tree/$1"
}

fresh_tree
if said=$("$checker" "$tree"); then passed=1; else failed=1; echo "FAILED: a good tree: $said"; fi

c src/base/up.c '#include "../image/image.h"'
expect 'include against the order' 'src/base must not include ../image/image.h'
c src/image/out.c '#include "../../tools/x.h"'
expect 'include from outside src' 'src/image must not include ../../tools/x.h'
c src/base/one.c '#include <png.h>'
c src/image/two.c '#include <png.h>'
expect 'third-party header in two modules' '<png.h> belongs to src/base alone'
mkdir "$tree/src/misc"
c src/misc/x.c ''
expect 'unknown folder' 'folder src/misc is not in the order of folders'
for f in strcpy strcat sprintf vsprintf atoi strtok gets alloca; do
    c src/base/bad.c "int f(void) {\n    return $f (1);\n}"
    expect "banned $f" "src/base/bad.c:3: $f() is banned"
done
c src/base/needs.h '#ifndef N_H\n#define N_H\nsize_t f(void);\n#endif'
expect 'header that needs another' 'src/base/needs.h: does not compile alone'
c src/base/warns.h '#ifndef W_H\n#define W_H\nstatic inline int f(int a) { int b; return a; }\n#endif'
expect 'header with a warning' 'src/base/warns.h: does not compile alone'
printf 'int x;\n' >"$tree/src/base/bare.c"
expect 'no opening comment' 'src/base/bare.c:1: does not begin with a comment'
printf '#!/bin/sh\necho\n' >"$tree/tools/bare.sh"
expect 'script without comment' 'tools/bare.sh:1: does not begin with a comment'
c src/base/later.c "/* TO""DO: more */"
expect 'unfinished work' 'unfinished work is marked'
c src/base/same.c ''
c src/image/same.c ''
expect 'two files of one name' 'has the same name as src/base/same.c'
c src/base/CamelCase.c ''
expect 'name not snake_case' 'name is not snake_case'
mkdir -p "$tree/docs"
printf '[a](../src/image/good.c) [b](https://example.org/x)\n[c](#here) [d](away.md#there)\n' >"$tree/docs/page.md"
expect 'a link to nowhere' 'docs/page.md:2: links to away.md, which is not there'
c src/base/fast.c '/* -ffast''-math */'
expect 'fast-math' 'fast-math changes results'
if clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
    printf 'BasedOnStyle: LLVM\n' >"$tree/.clang-format"
    c src/base/format.c 'int    x;'
    expect 'unformatted' 'src/base/format.c: is not formatted'
    rm "$tree/.clang-format"
fi

echo "test_check_source: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
