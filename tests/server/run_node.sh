#!/bin/sh
# Run one file of tests with Node.js, looked for when the test runs and not when the build is set
# up; 77 tells Meson that it was skipped. Usage: run_node.sh FILE
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 11) ? 0 : 1)' \
    2>/dev/null || {
    echo "needs Node.js 20.11 or later: tools/setup.sh test brings it" >&2
    exit 77
}
# This reporter repeats what failed at its end, which is what Meson shows of a long log.
exec node --test --test-reporter=spec "$1"
