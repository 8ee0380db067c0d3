# shellcheck shell=bash
# Sourced: checks that print a line each.

checks_failed=0

# check SENTENCE COMMAND...: "ok   SENTENCE" if the command succeeds, else "FAIL SENTENCE".
check() {
    if "${@:2}"; then
        echo "ok   $1"
    else
        echo "FAIL $1"
        checks_failed=$((checks_failed + 1))
    fi
}

# check_equal SENTENCE EXPECTED ACTUAL: says both when they differ.
check_equal() {
    if [ "$2" = "$3" ]; then
        echo "ok   $1"
    else
        echo "FAIL $1: expected $2, got $3"
        checks_failed=$((checks_failed + 1))
    fi
}

# Whether the file $2 holds the text $1.
holds() {
    grep -qF -e "$1" "$2"
}
