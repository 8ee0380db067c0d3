#!/usr/bin/env bash
# The demo works twice in a row, leaves nothing behind when it is interrupted or ended, and removes
# what a run that was killed has left.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. scripts/lib/checks.sh
. scripts/lib/processes.sh
. scripts/lib/namespaces.sh

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
at_end end

# As from a terminal: a process group of its own, with signals as they are by default.
start_demo() {
    # Here, and not by who starts later: what the last one printed is not of this one.
    : >"$output"
    set -m
    scripts/demo </dev/null >>"$output" 2>&1 &
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

# ends_well SIGNAL CODE TEXT WHO...: how the demo ends when it gets the signal once it has printed the
# text; WHO is "it" or "all", its process group, and may be many.
ends_well() {
    local who
    start_demo
    check "the demo comes to: $3" reaches "$3"
    for who in "${@:4}"; do
        [ "$who" = it ] && who=$demo || who=-$demo
        kill "-$1" -- "$who" 2>/dev/null || true
    done
    wait_demo
    check_equal "SIG$1 at that moment ends it with code $2" "$2" "$status"
    check_equal "nothing is left of it" "" "$(traces "$pid_of_last")"
}

ip netns add "$stranger"
runs_well "first run"
runs_well "second run"

# Ctrl-C signals the whole group of the terminal.
ends_well INT 130 "five hosts" all
ends_well INT 130 "60 connections" all
ends_well TERM 143 "Sluice runs" it
# As timeout(1) does.
ends_well TERM 143 "none of them moved" it all

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
