# shellcheck shell=bash
# Sourced: programs that a script starts, waits for and ends, also when it is interrupted.

# Calls the function $1 when the script ends, by itself or by a signal. The first thing that a signal
# does is to have later ones ignored: bash forgets what to do at exit when a second one comes then.
at_end() {
    # shellcheck disable=SC2064 # now
    trap "$1" EXIT
    trap 'trap "" HUP INT TERM; exit 129' HUP
    trap 'trap "" HUP INT TERM; exit 130' INT
    trap 'trap "" HUP INT TERM; exit 143' TERM
}

# Asks the processes to end, waits, and makes them.
end_processes() {
    [ $# -gt 0 ] || return 0
    kill "$@" 2>/dev/null || true
    wait_until 10 all_gone "$@" || kill -KILL "$@" 2>/dev/null || true
    wait_until 5 all_gone "$@" || echo "$0: still running: $*" >&2
}

all_gone() {
    local pid
    for pid in "$@"; do
        # A process that has ended but was not waited for is gone.
        ! grep -qs '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$pid/status" || return 1
    done
}

# Tries the command until it succeeds, for $1 seconds at most; its output is not shown.
wait_until() {
    local deadline=$(($(date +%s%N) + $1 * 1000000000))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$(date +%s%N)" -lt "$deadline" ] || return 1
        sleep 0.1
    done
}
