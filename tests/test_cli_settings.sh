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

check 'docs/configuration.md is what the program says' "$(dirname "$0")/../tools/write_configuration.sh" "$program" --check

finish
