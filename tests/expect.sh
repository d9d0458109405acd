# What the tests of the command line share: a folder to write in, checks, counts. They source it.
passed=0
failed=0
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
export XDG_CACHE_HOME="$scratch/cache"

# report NAME STATUS WHY: count a check; WHY is shown when it failed.
report() {
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED: %s\n%s\n' "$1" "$3"
    fi
}

# check NAME COMMAND...: the command succeeds.
check() {
    name=$1
    shift
    said=$("$@" 2>&1)
    report "$name" $? "$said"
}

# expect NAME CODE TEXT COMMAND...: the exit code, and TEXT in stdout and stderr together.
expect() {
    name=$1 code=$2 text=$3
    shift 3
    said=$("$@" 2>&1)
    got=$?
    [ "$got" -eq "$code" ] && printf '%s\n' "$said" | grep -qF -- "$text"
    report "$name: expected $code and \"$text\", got $got and:" $? "$said"
}

# same NAME A B: two texts are equal.
same() {
    [ "$2" = "$3" ]
    report "$1: not the same" $? "$2
$3"
}

# The last line of a test.
finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
    exit
}
