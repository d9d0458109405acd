#!/bin/sh
# The server's settings as a user meets them: file, environment, command line, --print-config,
# --check-config. Usage: test_cli_settings.sh PROGRAM
program=$1
. "$(dirname "$0")/expect.sh"
unset PERXEPTRON_CONFIG PERXEPTRON_ENSEMBLE PERXEPTRON_QUEUE PERXEPTRON_QUEU PERXEPTRON_DATABASE

conf=$scratch/perxeptron.conf
serve() {
    "$program" serve --config "$conf" "$@"
}
printed() {
    serve --print-config "$@" | grep -v '^#' | grep .
}

cat >"$conf" <<'CONF'
# a clinic's
queue = 7
timeout = 9
CONF
expect 'the file counts' 0 'queue = 7' serve --print-config
expect 'and is named' 0 "# $conf:2" serve --print-config
expect 'the environment goes before it' 0 'queue = 8' env PERXEPTRON_QUEUE=8 "$program" serve --config "$conf" --print-config
expect 'the command line before both' 0 'queue = 9' env PERXEPTRON_QUEUE=8 "$program" serve --config "$conf" --queue 9 --print-config
expect 'the environment names the file' 0 'timeout = 9' env PERXEPTRON_CONFIG="$conf" "$program" serve --print-config
expect 'a file from standard input' 0 'queue = 5' sh -c 'echo queue = 5 | "$1" serve --config - --print-config' - "$program"

printed --queue 3 >"$scratch/first"
cp "$scratch/first" "$conf"
printed >"$scratch/second"
same 'what is printed can be read' "$(cat "$scratch/first")" "$(cat "$scratch/second")"

echo 'lisen = 127.0.0.1:1' >"$conf"
expect 'an unknown name' 1 "$conf:1: \"lisen\" is no setting; did you mean \"listen\"?" serve
printf 'queue = 1\n\nqueue = 2\n' >"$conf"
expect 'one set twice' 1 "$conf:3: queue: it is set already in line 1" serve
echo 'queue = many' >"$conf"
expect 'a wrong value' 1 "$conf:1: queue: \"many\" is not a whole number" serve
expect 'also where it would not count' 1 'not a whole number' serve --queue 5
echo 'queue: 5' >"$conf"
expect 'another form' 1 "$conf:1: not of the form" serve
expect 'a wrong variable' 1 'PERXEPTRON_QUEUE: 0 is not between' env PERXEPTRON_QUEUE=0 "$program" serve
rm "$conf"
expect 'no such file' 4 "$conf: " serve
expect 'a folder' 4 "$scratch" "$program" serve --config "$scratch"

labels=atelectasis,edema
"$program" model init --arch densenet121 --size 75 --labels $labels --seed 1 -o "$scratch/one.safetensors"
"$program" ensemble create -o "$scratch/ensemble.json" --member "$scratch/one.safetensors" >/dev/null 2>&1
echo "ensemble = $scratch/ensemble.json" >"$conf"
check 'a configuration that would start' serve --check-config
expect 'a misspelt variable is warned about' 0 'did you mean PERXEPTRON_QUEUE?' \
    env PERXEPTRON_QUEU=5 "$program" serve --config "$conf" --check-config
echo "ensemble = $scratch/none.json" >"$conf"
expect 'an ensemble that is not there' 4 'none.json' serve --check-config


echo "ensemble = $scratch/ensemble.json" >"$conf"
expect 'a certificate without its key' 1 'tls-key is needed with it' serve --tls-certificate x
expect 'a key without its certificate' 1 'tls-certificate is needed with it' serve --tls-key x
echo 'no certificate' >"$scratch/empty.pem"
expect 'a certificate that is none' 2 'BEGIN CERTIFICATE' serve --check-config --tls-certificate "$scratch/empty.pem" --tls-key "$scratch/empty.pem"
expect 'a certificate that is not there' 4 "$scratch/none.pem" serve --check-config --tls-certificate "$scratch/none.pem" --tls-key x
expect 'a key file that is none' 2 "$scratch/empty.pem" serve --check-config --key-file "$scratch/empty.pem"
expect 'a data folder that is a file' 4 'not a folder' serve --check-config --data "$conf"
for proxy in 192.0.2.1 ::1 10.0.0.0/8 2001:db8::/32; do
    check "proxy $proxy" serve --check-config --trusted-proxy "$proxy"
done
for proxy in localhost 192.0.2 10.0.0.0/33; do
    expect "proxy $proxy" 1 'not an address' serve --check-config --trusted-proxy "$proxy"
done
for host in xray.example xray.example:8443 '[::1]' '[::1]:8000' 192.0.2.1; do
    check "host $host" serve --check-config --host "$host"
done
for host in '' 'a b' a/b a:b ::1 '[x]' a:123456 'http://a'; do
    expect "host '$host'" 1 "not a host's name" serve --check-config --host "$host"
done
for origin in none https://xray.example http://localhost:4200 'https://[::1]:8443'; do
    check "origin $origin" serve --check-config --cors-origin "$origin"
done
for origin in '*' xray.example https:// https://a/ 'https://a b' ftp://a; do
    expect "origin '$origin'" 1 'not an origin' serve --check-config --cors-origin "$origin"
done
expect 'another database' 1 'not of the form postgresql://' serve --check-config --database mysql://a/b
echo 'database = postgresql://clinic:se:cret@db.example/xray?sslpassword=secret' >"$conf"
expect 'passwords are not printed' 0 'database = postgresql://clinic:***@db.example/xray?sslpassword=***' serve --print-config

check 'docs/configuration.md and docs/train.md are what the program says' "$(dirname "$0")/../tools/write_configuration.sh" "$program" --check

finish
