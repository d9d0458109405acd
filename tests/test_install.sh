#!/bin/sh
# What `meson install` puts in place: everything is there, and a C program builds against the
# installed header, pkg-config file and libraries, and runs. Usage: test_install.sh BUILD SOURCE
build=$1
source=$2
passed=0
failed=0
place=$(mktemp -d) || exit 1
trap 'rm -rf "$place"' EXIT

# check NAME COMMAND...: the command succeeds.
check() {
    name=$1
    shift
    if said=$("$@" 2>&1); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED: %s: %s\n' "$name" "$said"
    fi
}

check 'meson install' meson install -C "$build" --no-rebuild --quiet --destdir "$place"
for pattern in '*/bin/perxeptron' '*/include/perxeptron.h' '*/lib*/libperxeptron.so.0' \
    '*/lib*/libperxeptron.a' '*/pkgconfig/perxeptron.pc' '*/man/man1/perxeptron.1' \
    '*/bash-completion/completions/perxeptron.bash'; do
    check "$pattern is installed" test -n "$(find "$place" -path "$pattern")"
done

# The web app is copied when it is there, in the place of an older one.
web=$place/from/web
web_installed=$place/to/share/perxeptron/web
install_web() {
    MESON_BUILD_ROOT=$place/from MESON_INSTALL_DESTDIR_PREFIX=$place/to "$source/tools/install_web.sh"
}
check 'without a web app nothing is copied' install_web
check 'and no folder made' test ! -e "$web_installed"
mkdir -p "$web/en" "$web_installed"
echo new >"$web/en/index.html"
echo old >"$web_installed/main-00000000.js"
chmod 600 "$web/en/index.html"
check 'a web app is copied' install_web
check 'with its files' cmp "$web/en/index.html" "$web_installed/en/index.html"
check 'that the server may read' test "$(stat -c %a "$web_installed/en/index.html")" = 644
check 'and none of the one before' test ! -e "$web_installed/main-00000000.js"
if [ -f "$build/web/en/index.html" ]; then
    check 'meson install copies it' test -n "$(find "$place" -path '*/share/perxeptron/web/sw.js')"
fi

program=$(find "$place" -path '*/bin/perxeptron')
check 'the installed program runs' "$program" --version

# The default ensemble comes along, is found beside the program, whole and trained.
reads_phantoms() {
    "$program" phantom -n 1 -o "$place/phantoms" &&
        "$program" predict --cache none --format json "$place/phantoms/phantom_00001.png" >"$place/read.json"
}
(cd "$place" && check 'the default ensemble reads a phantom' reads_phantoms && [ "$failed" -eq 0 ]) ||
    failed=$((failed + 1))
check 'with five findings' test "$(grep -o '"threshold"' "$place/read.json" | wc -l)" -eq 5
check 'and five trained networks' sh -c '! grep -q untrained "$1"' - "$place/read.json"

# Every function the header declares is exported, and nothing else.
library=$(find "$place" -name 'libperxeptron.so.0')
nm -D --defined-only "$library" | awk '$2 == "T" || $2 == "D" || $2 == "B" || $2 == "R" { print $3 }' |
    grep -v '^_' | sort >"$place/exported"
sed '/^#/d' "$source/include/perxeptron.h" | tr '\n' ' ' | grep -o 'PX_API [^;(]*(' |
    sed 's/($//; s/.*[ *]//' | sort >"$place/declared"
check 'the header declares functions' test -s "$place/declared"
comm -13 "$place/declared" "$place/exported" >"$place/hidden_leaks"
check "nothing private is exported: $(head -5 "$place/hidden_leaks" | tr '\n' ' ')" test ! -s "$place/hidden_leaks"
comm -23 "$place/declared" "$place/exported" >"$place/missing"
check "everything declared is exported; missing: $(tr '\n' ' ' <"$place/missing")" test ! -s "$place/missing"

cat >"$place/user.c" <<'C'
#include <perxeptron.h>
#include <stdio.h>
#include <string.h>
int main(void) {
    static px_error err;
    px_reader *reader = px_reader_open("/nowhere/ensemble.json", NULL, &err);
    printf("%s %s\n", px_version(), px_error_code_name(err.code));
    return reader != NULL || err.code != PX_ERR_IO;
}
C
PKG_CONFIG_PATH=$(dirname "$(find "$place" -name perxeptron.pc)")
PKG_CONFIG_SYSROOT_DIR=$place
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
cc=${CC:-cc}
check 'a program compiles against the shared library' \
    sh -c '$1 -Wall -Werror -o "$2/user" "$2/user.c" $(pkg-config --cflags --libs perxeptron)' - "$cc" "$place"
check 'that program runs' env LD_LIBRARY_PATH="$(dirname "$library")" "$place/user"
unset PKG_CONFIG_SYSROOT_DIR # the other libraries lie in the real root
# The other libraries are linked shared: a static libperxeptron need not mean a static everything.
flags="$(sed -n 's/^Libs.private: //p' "$PKG_CONFIG_PATH/perxeptron.pc") \
$(pkg-config --libs $(pkg-config --print-requires-private perxeptron | sed 's/ .*//'))"
check 'a program compiles against the static library' \
    sh -c '$1 -o "$2/user_static" "$2/user.c" -I"$(dirname "$3")" "$4" $5' - \
    "$cc" "$place" "$(find "$place" -name perxeptron.h)" "$(find "$place" -name libperxeptron.a)" "$flags"
check 'that program runs, too' "$place/user_static"
if command -v g++ >/dev/null 2>&1; then
    check 'a C++ program may include the header' \
        sh -c 'g++ -x c++ -fsyntax-only -Wall -Werror "$1" -I"$(dirname "$2")"' - "$place/user.c" \
        "$(find "$place" -name perxeptron.h)"
fi

echo "test_install: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
