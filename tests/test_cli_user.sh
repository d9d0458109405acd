#!/bin/sh
# The user commands as an administrator meets them: a store made, accounts added, listed, changed,
# shut out; passwords from stdin, from a terminal, made up; beside a running server.
# Usage: test_cli_user.sh PROGRAM
program=$1
. "$(dirname "$0")/expect.sh"

PERXEPTRON_PASSWORD_MEMORY_MIB=1 PERXEPTRON_PASSWORD_PASSES=1 PERXEPTRON_DATA=$scratch/data
export PERXEPTRON_PASSWORD_MEMORY_MIB PERXEPTRON_PASSWORD_PASSES PERXEPTRON_DATA
unset PERXEPTRON_DATABASE

# user PASSWORD ARGUMENT...: a user command whose stdin is that line.
user() {
    line=$1
    shift
    printf '%s\n' "$line" | "$program" user "$@"
}
good='seven green umbrellas'

expect 'no store to list' 4 "$scratch/data: cannot open" "$program" user list
expect 'no store to change' 4 "$scratch/data: cannot open" "$program" user disable mina
check 'neither makes one' test ! -e "$scratch/data"

# The list from here on: id, role, state, name.
rows() {
    "$program" user list | sed -n '2,$p' | awk '{print $1, $2, $3, $6}'
}
expect 'the first user makes the store' 0 '' user "$good" add Mina
expect 'an admin' 0 '' user "$good" add --role admin chief
same 'both are listed' "$(rows)" '2 user active Mina
3 admin active chief'
expect 'as JSON' 0 '"username": "Mina"' "$program" user list --format json
expect 'who never was there' 0 '"last_login": null' "$program" user list --format json
same 'no hash is shown' "$("$program" user list --format json | grep -c argon2)" 0

expect 'taken' 2 'MINA: there is a user of this name already' user "$good" add MINA
expect 'a space' 1 'a user name has' user "$good" add 'mina r'
expect 'no name' 1 'a user name has' user "$good" add ''
expect 'not UTF-8' 1 'a user name has' user "$good" add "$(printf 'mina\377')"
expect 'a long name' 1 'no more than 150' user "$good" add "$(printf '%0151d' 0)"
expect '150 characters' 0 '' user "$good" add "$(printf '%0150d' 0)"
expect 'no such role' 1 'not one of user, admin' user "$good" add x --role owner
expect 'no operand' 1 'NAME' "$program" user add
expect 'two operands' 1 'b' user "$good" add a b
expect 'no password option' 1 '--password: unknown option' user "$good" add x --password secret

expect 'too short' 2 'at least 10 characters' user 'short one' add x
expect 'configured length' 0 '' user 'short wq' add nine --password-least 8
expect 'too common' 2 'too common' user '1234567890' add x
expect 'the name' 2 'user name' user 'florentine' add florentine
expect 'nothing on stdin' 2 'at least 10' sh -c '"$1" user add x </dev/null' - "$program"
expect 'no stdin' 4 'stdin: cannot read' sh -c '"$1" user add x <&-' - "$program"
expect 'a folder as stdin' 4 'stdin: cannot read' sh -c '"$1" user add x </' - "$program"
expect 'too long' 2 'too long' user "$(printf '%01025d' 7)" add x
expect 'far too long' 2 'too long' user "$(printf '%09999d' 7)" add x
expect 'a zero byte' 2 'zero byte' sh -c 'printf "seven green\0umbrellas\n" | "$1" user add x' - "$program"
expect 'password not UTF-8' 2 'UTF-8' user "$(printf 'seven \377 umbrellas')" add x
same 'none of them was added' "$(rows | grep -c ' x$')" 0
same 'only one line is read' "$(printf '%s\nrest\n' "$good" | { "$program" user add line && cat; })" rest

made=$("$program" user add --generate made </dev/null)
check 'a password is made up' sh -c 'printf "%s" "$1" | grep -Eqx "([0-9a-f]{6}-){3}[0-9a-f]{6}"' - "$made"
same 'nothing is shown for a name that is taken' "$("$program" user add --generate made 2>/dev/null)" ''
again=$("$program" user reset-password --generate made </dev/null)
check 'another one' test -n "$again" -a "$again" != "$made"

expect 'disable' 0 '' "$program" user disable mina
same 'is disabled' "$(rows | grep Mina)" '2 user disabled Mina'
expect 'disable twice' 0 '' "$program" user disable mina
expect 'a role' 0 '' "$program" user set-role --role admin mina
same 'stays disabled' "$(rows | grep Mina)" '2 admin disabled Mina'
expect 'enable' 0 '' "$program" user enable mina
same 'stays admin' "$(rows | grep Mina)" '2 admin active Mina'
expect 'which role?' 1 '--role' "$program" user set-role mina
expect 'a new password' 0 '' user 'green umbrellas, seven' reset-password mina
expect 'one that will not do' 2 'too common' user 'qwertyuiop' reset-password mina
for command in disable enable reset-password 'set-role --role admin'; do
    # shellcheck disable=SC2086
    expect "$command: unknown user" 2 'nobody: there is no user of this name' user "$good" $command nobody
    # shellcheck disable=SC2086
    expect "$command: not an account" 2 'there is no user' user "$good" $command anonymous
done

mkdir "$scratch/broken"
echo 'not a database' >"$scratch/broken/perxeptron.db"
expect 'a broken store' 2 'perxeptron.db' user "$good" add --data "$scratch/broken" x

# Beside a server that uses the store.
check 'a network' "$program" model init --arch densenet121 --size 75 --labels Edema -o "$scratch/one.safetensors"
check 'an ensemble' "$program" ensemble create -o "$scratch/one.json" --member "$scratch/one.safetensors"
"$program" serve -e "$scratch/one.json" --listen 127.0.0.1:0 >"$scratch/ready" 2>"$scratch/log" &
server=$!
while [ ! -s "$scratch/ready" ] && kill -0 "$server" 2>/dev/null; do
    sleep 0.1
done
check 'the server runs' kill -0 "$server"
expect 'add beside a server' 0 '' user "$good" add late
expect 'disable beside a server' 0 '' "$program" user disable late
expect 'list beside a server' 0 'late' "$program" user list
kill -TERM "$server"
wait "$server"
same 'the server ends well' $? 0
check 'the audit trail is whole' "$program" audit verify
same 'it knows who did it' "$("$program" audit export | grep -c '[",]cli[",]')" 13

# On a terminal the password is asked for twice, and not shown. A line is typed when its prompt is
# there. SHELL: script(1) runs that; Ctrl-C goes to the shell too, which must live to tell the status.
type_in() {
    prompts=0
    for line in "$@"; do
        prompts=$((prompts + 1))
        for _ in $(seq 100); do
            [ "$(grep -oE 'Password: |Once more: ' "$scratch/screen" | wc -l)" -lt $prompts ] || break
            sleep 0.1
        done
        sleep 0.2
        printf '%b' "$line"
    done
    sleep 1
}
on_terminal() {
    : >"$scratch/screen"
    type_in "$@" | SHELL=/bin/sh script -qfec \
        "trap : INT; '$program' user reset-password mina; echo ended with \$?; stty -a" "$scratch/screen"
}
if script -qec true /dev/null >/dev/null 2>&1; then
    shown=$(on_terminal "$good\n" "$good\n")
    check 'asked twice' sh -c 'printf "%s" "$1" | tr -d "\r\n" | grep -q "Password: Once more: ended with 0"' - "$shown"
    same 'not shown' "$(printf '%s' "$shown" | grep -c umbrellas)" 0
    check 'the terminal shows again' sh -c 'printf "%s" "$1" | grep -q " echo "' - "$shown"
    shown=$(on_terminal "$good\n" "$good.\n")
    check 'two that differ' sh -c 'printf "%s" "$1" | grep -q "the two are not the same"' - "$shown"
    shown=$(on_terminal '\003')
    check 'Ctrl-C' sh -c 'printf "%s" "$1" | grep -q "ended with 3"' - "$shown"
    check 'the terminal shows after Ctrl-C' sh -c 'printf "%s" "$1" | grep -q " echo "' - "$shown"
else
    echo 'not tested: prompts, for no terminal can be made here (/dev/pts)'
fi

finish
