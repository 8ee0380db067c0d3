#!/usr/bin/env bash
# Every command of docs/events.md prints what the page says, on docs/examples/event-log.yaml.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. scripts/lib/traffic-test.sh
. scripts/lib/documents.sh

page=docs/events.md

# Asks for a page from the port $1, at the port $2.
ask() {
    fetch inside -o "$folder/page" --local-port "$1" "http://10.0.0.2:$2/"
}

# Nobody listens there.
ask_in_vain() {
    ! ask "$@" 2>"$folder/error"
}

# Whether as many clients are at the control socket, whose name is another one for the kernel.
has_clients() {
    [ "$(grep -c " 03 [0-9]* $folder/" /proc/net/unix)" = "$1" ]
}

log_has() {
    [ "$(scripts/sluice log --file "$folder/log/connections" | wc -l)" = "$1" ]
}

add_namespace firewall
add_host firewall inside 02:00:00:00:00:01 10.0.0.1/24
add_host firewall outside 02:00:00:00:00:02 10.0.0.2/24
start_web_server outside outside
sed "s,/var/log/sluice/,$folder/log/," docs/examples/event-log.yaml |
    config_for_this_machine >"$folder/event-log.yaml"
cp docs/examples/event-log.flows "$folder"
start_sluice firewall "$folder/event-log.yaml"

run_examples $page "" 1 1
streams="Beginnings and ends, as they happen"
follow_example $page "$streams" 1
follow_example $page "$streams" 2
check "two wait for events" wait_until 20 has_clients 2
# Once another command is answered, theirs are.
sluice status >"$folder/status"
check_equal "inside fetches a page from port 40001" outside "$(ask 40001 80 && cat "$folder/page")"
check "it gets none from port 81" ask_in_vain 40002 81
check "nor from port 22" ask_in_vain 40003 22
in_namespace inside bash -c 'echo >/dev/udp/10.0.0.2/7000'
followed_example 1 30
followed_example 2 30
check "three ends are logged" wait_until 30 log_has 3
run_examples $page "The log, by its filter" 1 1
# The datagram's connection has ended, too.
sluice ct flush zone=6 >/dev/null
ended() { [ "$(sluice stats zones | cell 6 connections)" = 0 ]; }
check "the connection of the datagram has ended" wait_until 30 ended
run_examples $page 'The log, by the flow: `ct(commit,log)`' 1 1
check_examples_run $page

exit $((checks_failed > 0))
