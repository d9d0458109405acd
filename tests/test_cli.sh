#!/bin/sh
# The program as a user meets it: help, versions, mistakes, exit codes, output that cannot be
# written, completion. Usage: test_cli.sh PROGRAM
program=$1
. "$(dirname "$0")/expect.sh"

expect 'help' 0 'Usage: perxeptron COMMAND' "$program" --help
expect 'short help' 0 'Exit status:' "$program" -h
expect 'version' 0 'perxeptron ' "$program" --version
expect 'no command' 1 'Usage:' "$program"
expect 'unknown command' 1 'zzz: unknown command' "$program" zzz
expect 'two words given as one' 1 'model show: unknown command' "$program" 'model show' x
expect 'unknown option' 1 '--zzz: unknown option' "$program" --zzz
expect 'unknown shell' 1 'the shell must be bash' "$program" --completion fish
expect 'full disk' 4 'No space left' sh -c '"$1" --help >/dev/full' - "$program"
expect 'closed stdout' 4 'cannot write' sh -c '"$1" --help >&-' - "$program"
expect 'manual page' 0 '.TH PERXEPTRON 1' "$program" --man

# Every command the help lists explains itself, and refuses an option it does not have.
"$program" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]\{1,\}\( [a-z]\{1,\}\)\{0,1\}\)\(  .*\)\{0,1\}$/\1/p' >"$scratch/commands"
while read -r first second; do
    command="$first${second:+ $second}"
    expect "$command: help" 0 "Usage: perxeptron $command" "$program" "$first" ${second:+"$second"} --help
    expect "$command: unknown option" 1 '--no-such-option: unknown option' \
        "$program" "$first" ${second:+"$second"} --no-such-option
    expect "$command: in the manual" 0 "$command" "$program" --man
done <"$scratch/commands"

# Completion, as bash calls it.
if command -v bash >/dev/null 2>&1; then
    "$program" --completion bash >"$scratch/completion"
    complete_words() {
        bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _perxeptron; printf "%s\n" "${COMPREPLY[@]}"' \
            - "$scratch/completion" "$@"
    }
    expect 'file names are left to readline' 0 'complete -o bashdefault -o default -F' cat "$scratch/completion"
    expect 'completion of general options' 0 '--version' complete_words perxeptron --v
    while read -r first second; do
        expect "completion of $first" 0 "$first" complete_words perxeptron "$first"
        if [ -n "$second" ]; then
            expect "completion of $first $second" 0 "$second" complete_words perxeptron "$first" "$second"
        fi
        expect "completion of options of $first $second" 0 '--help' \
            complete_words perxeptron "$first" ${second:+"$second"} --he
    done <"$scratch/commands"
fi

finish
