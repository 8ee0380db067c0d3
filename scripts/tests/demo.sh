#!/usr/bin/env bash
# The demo works twice in a row, leaves nothing behind when it is interrupted or ended, and removes
# what a run that was killed has left.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. scripts/lib/checks.sh

PATH=$PATH:/usr/sbin:/sbin
output=$(mktemp)
# Its name looks like the demo's: not to be touched.
stranger=sluice-demos-$$-client
demo=

end() {
    trap '' HUP INT TERM
    if [ -n "$demo" ]; then
        kill -TERM -- "-$demo" 2>/dev/null || true
        wait "$demo" || true
    fi
    ip netns del "$stranger" 2>/dev/null || true
    rm -f "$output"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# As from a terminal: a process group of its own, with signals as they are by default.
start_demo() {
    set -m
    scripts/demo </dev/null >"$output" 2>&1 &
    demo=$!
    set +m
}

# Waits until the demo has ended; its exit code is in $status.
wait_demo() {
    status=0
    wait "$demo" || status=$?
    pid_of_last=$demo
    demo=
}

# Waits until the demo has printed the text; shows what it printed if it ends without.
reaches() {
    local tries=600
    until holds "$1" "$output"; do
        tries=$((tries - 1))
        if [ $tries = 0 ] || ! kill -0 "$demo" 2>/dev/null; then
            cat "$output"
            return 1
        fi
        sleep 0.1
    done
}

# What is left of the run $1: namespaces, files, processes.
traces() {
    ip netns list | grep "^sluice-demo-$1-" || true
    find /run -maxdepth 1 -name "sluice-demo-$1*"
    processes_of "$1"
}

# The processes that have a file of the run $1 on their command line.
processes_of() {
    grep -las "[/]run/sluice-demo-$1/" /proc/[0-9]*/cmdline || true
}

# The orphans of a killed demo end by themselves.
no_process_left() {
    local tries=200
    until [ -z "$(processes_of "$1")" ]; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.1
    done
}

runs_well() {
    start_demo
    wait_demo
    [ "$status" = 0 ] || sed 's/^/     /' "$output"
    check_equal "the demo succeeds ($1)" 0 "$status"
    check_equal "all its checks held ($1)" "0 1" \
        "$(grep -c '^FAIL ' "$output" || true) $(grep -c '^All checks held' "$output" || true)"
    check_equal "nothing is left of it ($1)" "" "$(traces "$pid_of_last")"
}

# ends_well SIGNAL WHO EXPECTED_STATUS TEXT: signals the demo once it has printed the text.
ends_well() {
    start_demo
    check "the demo comes to: $4" reaches "$4"
    kill "-$1" -- "${2/group/-}$demo" || true
    wait_demo
    check_equal "SIG$1 at that moment ends it with code $3" "$3" "$status"
    check_equal "nothing is left of it" "" "$(traces "$pid_of_last")"
}

ip netns add "$stranger"
runs_well "first run"
runs_well "second run"

# Ctrl-C signals the whole group of the terminal.
ends_well INT group 130 "five hosts"
ends_well INT group 130 "60 connections"
ends_well TERM '' 143 "Sluice runs"

start_demo
check "the demo comes to: server1 gave" reaches "server1 gave"
kill -KILL "$demo" || true
wait_demo
killed=$pid_of_last
check "the programs of a killed demo end" no_process_left "$killed"
check "its namespaces are still there" grep -q "^sluice-demo-$killed-" <(ip netns list)
runs_well "after one that was killed"
check_equal "it has removed what that one left" "" "$(traces "$killed")"
check "a namespace that is not the demo's is still there" grep -q "^$stranger" <(ip netns list)

exit $((checks_failed > 0))
