# A bare Debian 12 in the folder $place, for the tools that try things in one; they source this.
# The host's way to packages is used: its Debian mirror, apt settings, certificates, proxies, npm
# settings. Needs root and debootstrap.
release=bookworm

# The first Debian mirror the host's apt uses.
mirror() {
    cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
        sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) .*/\2/p' |
        grep -E '/debian/?$' | head -n 1 | grep . || echo http://deb.debian.org/debian
}

in_place() {
    # shellcheck disable=SC2046
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
        $(env | grep -iE '^(https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE)=' | tr '\n' ' ') \
        chroot "$place" "$@"
}

make_system() {
    debootstrap --variant=minbase --include=make,git,ca-certificates "$release" "$place" "$(mirror)" \
        >"$place.log" 2>&1 || { tail -n 20 "$place.log"; exit 4; }
    cp -L /etc/resolv.conf "$place/etc/resolv.conf"
    apt-config dump | grep -E '^(Acquire::|APT::Sandbox)' >"$place/etc/apt/apt.conf.d/99host" || true
    cp /usr/local/share/ca-certificates/*.crt "$place/usr/local/share/ca-certificates/" 2>/dev/null || true
    in_place update-ca-certificates >/dev/null 2>&1
    cp ~/.npmrc "$place/root/.npmrc" 2>/dev/null || true
}

mount_system() {
    mount -t proc proc "$place/proc"
    mount --bind /dev "$place/dev"
    mount --bind /dev/pts "$place/dev/pts"
    trap unmount_system EXIT
    trap 'exit 3' INT TERM
}

unmount_system() {
    umount "$place/dev/pts" "$place/dev" "$place/proc" || true
}
