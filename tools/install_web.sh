#!/bin/sh
# Puts the web app into the place that an installed program looks in, when the build folder has one.
# What an older version left there goes. Run by `meson install`, which sets the variables.
set -eu
from=$MESON_BUILD_ROOT/web
to=$MESON_INSTALL_DESTDIR_PREFIX/share/perxeptron/web

if [ ! -f "$from/en/index.html" ]; then
    echo "no web app in $from: make web builds it" >&2
    exit 0
fi
rm -rf "$to"
mkdir -p "$(dirname "$to")"
cp -R "$from" "$to"
chmod -R u=rwX,go=rX "$to"
