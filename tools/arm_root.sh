#!/bin/sh
# A folder with 64-bit Arm's headers and libraries, unpacked from Debian's packages: to build for Arm
# and to run that with qemu-user. The system's own packages and list of architectures stay as they
# are. FOLDER/meson.cross tells Meson all of it. Does nothing when the folder is there.
# Usage: arm_root.sh FOLDER PACKAGE...
set -eu

mkdir -p "$1"
root=$(cd "$1" && pwd)
shift
# Needs no lists of its own when it is whole.
if [ "$(cat "$root/finished" 2>/dev/null)" = "$root: $*" ]; then
    exit 0
fi

die() {
    echo "arm_root: $*" >&2
    exit 4
}

# Links to absolute places would lead out of the folder.
keep_links_inside() {
    find "$root" -lname '/*' | while read -r link; do
        target=$(readlink "$link")
        ln -sfn "$root$target" "$link"
    done
}

write_meson_cross() {
    cat >"$root/meson.cross" <<END
# To 64-bit Arm from another Debian 12. Written by tools/arm_root.sh.
[constants]
root = '$root'

[binaries]
c = 'aarch64-linux-gnu-gcc'
ar = 'aarch64-linux-gnu-ar'
strip = 'aarch64-linux-gnu-strip'
pkgconfig = 'pkg-config'
exe_wrapper = ['qemu-aarch64', '-L', root]

[built-in options]
c_args = ['--sysroot=' + root]
c_link_args = ['--sysroot=' + root]

[properties]
sys_root = root
pkg_config_libdir = [root / 'usr/lib/aarch64-linux-gnu/pkgconfig', root / 'usr/share/pkgconfig']

[host_machine]
system = 'linux'
cpu_family = 'aarch64'
cpu = 'aarch64'
endian = 'little'
END
}

# Everything apt knows lies here, so that it takes this for a machine without any package.
rm -rf "$root"
apt=$root/apt
mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial"
: >"$apt/state/status"
cat >"$apt/conf" <<END
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Dir::State "$apt/state";
Dir::State::status "$apt/state/status";
Dir::Cache "$apt/cache";
END
export APT_CONFIG="$apt/conf"
apt-get update -q=2 || die "the lists of arm64's packages could not be had"
apt-get install -y -q=2 --download-only "$@" >/dev/null || die "arm64's packages could not be had: $*"
find "$apt/cache/archives" -name '*.deb' -print0 |
    xargs -0 -P "$(nproc)" -I '{}' dpkg-deb -x '{}' "$root" || die "a package could not be unpacked"
rm -rf "$apt"
keep_links_inside
write_meson_cross
echo "$root: $*" >"$root/finished"
