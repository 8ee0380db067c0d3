#!/usr/bin/env bash
# Ports come and go while Sluice is a switch between hosts that find each other by ARP: the traffic
# of the others goes on without a loss.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. scripts/lib/traffic-test.sh

# Whether the host $1 gets an answer from the address $2 within some tries.
reaches() {
    wait_until 5 in_namespace "$1" ping -q -c 1 -W 1 "$2"
}

does_not_reach() {
    ! in_namespace "$1" ping -q -c 2 -i 0.2 -W 1 "$2" >"$folder/reaches" 2>&1
}

# refuses SENTENCE COMMAND...: Sluice refuses the command, exit code 1, with these words.
refuses() {
    local status=0
    sluice "${@:2}" >"$folder/out" 2>"$folder/err" || status=$?
    check_equal "refused: sluice ${*:2}" 1 $status
    check "and says: $(head -n 1 "$folder/err")" holds "$1" "$folder/err"
}

add_namespace switch
for n in 1 2 3; do
    add_host switch host$n 02:00:00:00:00:0$n 10.0.0.$n/24
done
cat >"$folder/test.flows" <<'FLOWS'
table=0,priority=0,actions=normal
FLOWS
start_sluice_with switch 'conntrack: {max-connections: 1024}' host1 host2

check "two hosts find and reach each other" reaches host1 10.0.0.2
check "a host without a port is not reached" does_not_reach host1 10.0.0.3

start_in_namespace host1 "$folder/ping" ping -q -c 3000 -i 0.004 10.0.0.2
ping=$!
check_equal "port add answers the number" 7 "$(sluice port add host3 net_af_packet3,iface=host3 7)"
check "the new host is reached" reaches host1 10.0.0.3
check "and reaches the others" reaches host3 10.0.0.2
refuses "host3" port add host3 net_af_packet4,iface=host3
refuses "nosuch" port add other net_af_packet5,iface=nosuch
refuses "nosuch" port del nosuch
sluice port del host3 >/dev/null
check_equal "a deleted port is not listed" 2 "$(sluice port list | grep -c ' up ')"
check "its host is not reached any more" does_not_reach host1 10.0.0.3
for round in 1 2 3 4; do
    sluice port add host3 net_af_packet3,iface=host3 >/dev/null
    check "added again, it is reached ($round)" reaches host3 10.0.0.1
    sluice port del host3 >/dev/null
done
wait $ping || true
check_equal "none of 3000 pings between the others was lost" \
    3000 "$(sed -n 's/.*, \([0-9]*\) received.*/\1/p' "$folder/ping")"

# The interface of an open port goes away, and with it its host.
start_in_namespace host1 "$folder/ping" ping -q -c 100 -i 0.02 10.0.0.2
ping=$!
sluice port add host3 net_af_packet3,iface=host3 >/dev/null
ip -n "$namespace_run-switch" link del host3
wait $ping || true
check_equal "none of 100 pings was lost when another port's interface vanished" \
    100 "$(sed -n 's/.*, \([0-9]*\) received.*/\1/p' "$folder/ping")"
sluice port del host3 >"$folder/out"
check_equal "its port can be deleted" 2 "$(sluice port list | grep -c net_af_packet)"
check "Sluice goes on" reaches host2 10.0.0.1

exit $((checks_failed > 0))
