#!/usr/bin/env bash
# How Sluice starts, refuses to start, and ends: exit codes, sentences, and what is left.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. scripts/lib/traffic-test.sh

# Runs Sluice with the config file $1 until it ends by itself; its exit code is in $status.
run() {
    status=0
    timeout 60 scripts/sluice --socket "$(sluice_socket)" run --config "$1" \
        </dev/null >"$folder/out" 2>"$folder/err" || status=$?
}

# ends_with SIGNAL_OR_COMMAND EXPECTED_CODE: how the Sluice that runs ends.
ends_with() {
    case $1 in
        exit) sluice exit >"$folder/out" ;;
        *) kill "-$1" "$sluice_pid" ;;
    esac
    status=0
    wait "$sluice_pid" || status=$?
    check_equal "ended by $1, it exits with $2" "$2" "$status"
}

add_namespace lab
add_host lab host1 02:00:00:00:00:01 10.0.0.1/24
# Without a number: it gets the lowest one.
config_with 'conntrack: {max-connections: 1024}' host1 | sed 's/ number: 1,//' >"$folder/good.yaml"

start_sluice lab "$folder/good.yaml"
check_equal "its socket is its owner's only" 600 "$(stat -c %a "$(sluice_socket)")"

run "$folder/good.yaml"
check_equal "a second one on the same socket is refused" 1 $status
check "and says so: $(tail -n 1 "$folder/err")" holds "$(sluice_socket)" "$folder/err"
check_equal "the first one goes on" 1 "$(sluice status | grep -c '^ports: 1$')"
ends_with TERM 0
check "its socket is gone" test ! -e "$(sluice_socket)"

status=0
sluice status >"$folder/out" 2>"$folder/err" || status=$?
check_equal "with none running, a command exits with 1" 1 $status
check "and says so: $(head -n 1 "$folder/err")" holds "no Sluice is running" "$folder/err"

start_sluice lab "$folder/good.yaml"
ends_with exit 0
# With job control a program in the background does not ignore this signal.
set -m
start_sluice lab "$folder/good.yaml"
set +m
ends_with INT 0
start_sluice lab "$folder/good.yaml"
ends_with KILL 137
check "one that was killed leaves its socket" test -e "$(sluice_socket)"
start_sluice lab "$folder/good.yaml"
check_equal "which does not stop the next" 1 "$(sluice status | grep -c '^ports: 1$')"
ends_with TERM 0

sed 's/iface=host1/iface=nosuch/' "$folder/good.yaml" >"$folder/port.yaml"
run "$folder/port.yaml"
check_equal "with a port that cannot be opened it exits with 1" 1 $status
check "and names it: $(tail -n 1 "$folder/err")" holds "nosuch" "$folder/err"

sed 's/"-m", "256", /"-m", "1", /' "$folder/good.yaml" >"$folder/memory.yaml"
run "$folder/memory.yaml"
check_equal "with too little memory it exits with 1" 1 $status
check "and says so: $(tail -n 1 "$folder/err")" grep -qi memory "$folder/err"

cat >"$folder/bad.flows" <<'FLOWS'
table=0,priority=1,tcp,actions=normal
table=0,tcp,tp_dts=80,actions=normal
FLOWS
cat >"$folder/bad.yaml" <<'CONFIG'
workers: [4000]
colour: red
ports:
  - {name: host1, devargs: "net_af_packet1,iface=host1"}
  - {name: host1, devargs: "net_af_packet2,iface=host1"}
flows: [bad.flows]
CONFIG
run "$folder/bad.yaml"
check_equal "with a bad config it exits with 2" 2 $status
for mistake in "bad.yaml:1" "bad.yaml:2" "bad.yaml:5" "bad.flows:2"; do
    check "and tells the mistake: $(grep -F "$mistake" "$folder/err" | head -n 1)" \
        holds "$mistake" "$folder/err"
done

run "$folder/nosuch.yaml"
check_equal "without the config file it exits with 2" 2 $status
status=0
scripts/sluice nosuch command >"$folder/out" 2>"$folder/err" || status=$?
check_equal "a wrong command line exits with 2" 2 $status

exit $((checks_failed > 0))
