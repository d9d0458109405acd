#!/bin/sh
# The files of deploy/: the settings are known, the units are right and shut in well, nginx takes
# its part. Usage: test_deploy.sh PROGRAM     What needs systemd or nginx is left out without them.
program=$(realpath "$1")
deploy=$(dirname "$0")/../deploy
. "$(dirname "$0")/expect.sh"

expect 'the settings are known' 0 'trusted-proxy = ::1' "$program" serve --config "$deploy/perxeptron.conf" --print-config
sed 's/^#\([a-z-]* = \)/\1/' "$deploy/perxeptron.conf" >"$scratch/all.conf"
expect 'those commented out, too' 0 'key-file = /etc/perxeptron/images.key' "$program" serve --config "$scratch/all.conf" --print-config

# Names of variables in the unit and in the Dockerfile are settings.
grep -oh 'PERXEPTRON_[A-Z_]*=' "$deploy/perxeptron.service" "$deploy/Dockerfile" |
    sort -u | sed 's/PERXEPTRON_//; s/=//' | tr 'A-Z_' 'a-z-' >"$scratch/names"
check 'variables were found' test -s "$scratch/names"
while read -r name; do
    check "$name is an option" sh -c '"$1" serve --help | grep -q -- "--$2 "' - "$program" "$name"
done <"$scratch/names"

if command -v systemd-analyze >/dev/null 2>&1; then
    for unit in perxeptron.service perxeptron.socket; do
        sed "s|/usr/local/bin/perxeptron|$program|" "$deploy/$unit" >"$scratch/$unit"
    done
    same 'the units are right' "$(systemd-analyze verify --man=no "$scratch"/perxeptron.s* 2>&1 | grep "$scratch\|perxeptron")" ''
    check 'the service is shut in well' systemd-analyze security --offline=yes --threshold=15 --no-pager "$scratch/perxeptron.service"
fi

if command -v nginx >/dev/null 2>&1 && command -v openssl >/dev/null 2>&1; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=xray.example \
        -keyout "$scratch/privkey.pem" -out "$scratch/fullchain.pem" 2>/dev/null
    {
        echo "pid $scratch/pid; error_log stderr; events {} http {"
        sed "s|/etc/letsencrypt/live/xray.example|$scratch|; /listen \[::\]/d
            s|listen \([0-9]*\)|listen unix:$scratch/\1|" "$deploy/nginx.conf"
        echo '}'
    } >"$scratch/nginx.conf"
    check 'nginx takes its part' nginx -t -q -c "$scratch/nginx.conf"
fi

finish
