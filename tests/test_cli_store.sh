#!/bin/sh
# backup, store check, audit verify and audit export as an administrator meets them, beside a server
# that holds the data folder. Usage: test_cli_store.sh PROGRAM
program=$1
. "$(dirname "$0")/expect.sh"

PERXEPTRON_PASSWORD_MEMORY_MIB=1 PERXEPTRON_PASSWORD_PASSES=1 PERXEPTRON_DATA=$scratch/data
export PERXEPTRON_PASSWORD_MEMORY_MIB PERXEPTRON_PASSWORD_PASSES PERXEPTRON_DATA
unset PERXEPTRON_DATABASE

for command in 'store check' 'audit verify' 'audit export' "backup $scratch/copy"; do
    expect "$command: no store" 4 "$scratch/data: cannot open" "$program" $command
done
check 'nothing is made' test ! -e "$scratch/data" -a ! -e "$scratch/copy"

add_user() {
    echo 'seven green umbrellas' | "$program" user add "$1" >/dev/null
}
check 'a user' add_user mina
check 'another' add_user oreilly

# Whoever runs has the lock; these commands need none.
beside() {
    flock "$scratch/data/lock" "$program" "$@"
}
expect 'a whole store' 0 'all whole; X-rays: 0; entries in the audit trail: 2' beside store check
expect 'a true trail' 0 'entries: 2, each fits the one before it' beside audit verify
expect 'lines of JSON' 0 '"action":"user.add","object":"user:2","request_id":"cli"' beside audit export
expect 'CSV' 0 'number,time,user_id,key_id,action,object,request_id,before,hash' \
    beside audit export --format csv
same 'the rest of it' "$(beside audit export --after 1 | grep -c '"number":')" 1
same 'nothing after it' "$(beside audit export --after 2)" ''
same 'no name in it' "$(beside audit export | grep -c mina)" 0
expect 'a full disk' 4 'No space left' sh -c '"$1" audit export >/dev/full' - "$program"

# The chain, by hand, as docs/store.md has it.
before=0000000000000000000000000000000000000000000000000000000000000000
beside audit export --format csv | sed 1d >"$scratch/trail"
while IFS=, read -r number time user key action object request linked hash; do
    same "entry $number is linked" "$linked" "$before"
    before=$(printf 'perxeptron-audit/1\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n' "$number" "$time" "$user" \
        "$key" "$action" "$object" "$request" "$linked" | sha256sum | cut -d ' ' -f 1)
    same "hash of entry $number" "$hash" "$before"
done <"$scratch/trail"
expect 'its newest hash' 0 "entry 2 has the hash $before" beside audit verify

expect 'a backup' 0 "$scratch/copy holds a copy" beside backup "$scratch/copy"
expect 'named by an option' 0 'holds a copy' beside backup -o "$scratch/second"
expect 'no folder' 1 'name the folder to make, once' beside backup
expect 'two folders' 1 'name the folder to make, once' beside backup "$scratch/a" -o "$scratch/b"
expect 'a folder in use' 4 'the folder is not empty' beside backup "$scratch/copy"
expect 'the data folder itself' 4 'the folder is not empty' beside backup "$scratch/data"
expect 'a copy is whole' 0 'all whole' "$program" store check --data "$scratch/copy"
same 'a copy has the users' "$("$program" user list --data "$scratch/copy" | grep -c mina)" 1
same 'a copy is private' "$(stat -c %a "$scratch/copy/perxeptron.db")" 600

echo x >"$scratch/data/blobs/stray.png"
expect 'a stray file' 2 'blobs/stray.png: not a file of this store' beside store check
expect 'counted' 2 '1 problem; X-rays: 0' beside store check
rm "$scratch/data/blobs/stray.png"
echo 'not a key' >"$scratch/key"
expect 'a wrong key file' 2 'not a key' beside store check --key-file "$scratch/key"
dd if="$program" of="$scratch/second/perxeptron.db" bs=4096 skip=2 seek=20 count=1 conv=notrunc 2>/dev/null
expect 'a damaged page' 2 'database: damaged: ' "$program" store check --data "$scratch/second"
head -c 4096 /dev/zero | dd of="$scratch/copy/perxeptron.db" conv=notrunc 2>/dev/null
expect 'a damaged database' 2 'is damaged' "$program" store check --data "$scratch/copy"
expect 'no PostgreSQL there' 4 'database' "$program" store check \
    --database 'postgresql://nobody@127.0.0.1:1/none?connect_timeout=2'

finish
