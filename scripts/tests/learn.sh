#!/usr/bin/env bash
# The switch of docs/examples/learn.flows learns where three hosts are, forgets them in time, and
# follows one that moves; what was learned goes with the flow that taught it.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. scripts/lib/traffic-test.sh

# The host number $1.
add_quiet_host() {
    add_host switch "host$1" "02:00:00:00:00:0$1" "10.0.0.$1/24"
    know_the_others "$1"
}

# Tells the host $1 the addresses of the others, and that of number 9, which nobody has: only the
# packets of the test are there to be counted, none that ask for an address.
know_the_others() {
    local n
    for n in 1 2 3 9; do
        [ "$n" = "$1" ] || knows "host$1" "10.0.0.$n" "02:00:00:00:00:0$n"
    done
}

# The example with idle_timeout $1, hard_timeout $2 and limit $3, in place of all flows.
switch_with() {
    sed -E "s/idle_timeout=[0-9]+/idle_timeout=$1/; s/hard_timeout=[0-9]+/hard_timeout=$2/
        s/limit=[0-9]+/limit=$3/" docs/examples/learn.flows >"$folder/learn.flows"
    sluice flow replace "$folder/learn.flows" >/dev/null
}

# $3 pings from the host $1 to the host $2, $4 seconds apart: how many were answered.
answers() {
    { in_namespace "host$1" ping -q -c "$3" -i "$4" -W 0.5 "10.0.0.$2" || true; } |
        sed -n 's/.*, \([0-9]*\) received.*/\1/p'
}

# Pings from the host $1 to the host $2, ten a second, until stop_pings.
start_pings() {
    start_in_namespace "host$1" "$folder/ping" ping -q -i 0.1 "10.0.0.$2"
    pinging=$!
}

stop_pings() {
    end_processes "$pinging"
}

# $2 packets from the host $1 to the address that nobody has.
call_nobody() {
    in_namespace "host$1" ping -q -c "$2" -i 0.01 -W 0.1 10.0.0.9 >/dev/null || true
}

# How many packets have come to the host.
seen_by() {
    in_namespace "host$1" cat /sys/class/net/eth0/statistics/rx_packets
}

# Whether as many packets have come to the host $1 as $2.
has_seen() {
    [ "$(seen_by "$1")" -ge "$2" ]
}

# How many packets come to the host $1 while the rest is done; what that prints goes to a file.
come_to() {
    local before seen now
    before=$(seen_by "$1")
    "${@:2}" >"$folder/meanwhile"
    # What is still on its way is not to be missed.
    now=$(seen_by "$1")
    until [ "${seen:-}" = "$now" ]; do
        seen=$now
        sleep 0.3
        now=$(seen_by "$1")
    done
    echo $((now - before))
}

learned_flows() {
    sluice flow dump table=1,cookie=0x1ea4/-1
}

# HOST-PORT for each address that is learned, in a line.
learned() {
    learned_flows | sed -nE 's/.*dl_dst=02:00:00:00:00:0(.) actions=output:(.*)/\1-\2/p' | sort |
        paste -sd' '
}

learned_is() {
    [ "$(learned)" = "$1" ]
}

# A flow for the UDP of the host $1 that teaches table 2 one, with the cookie $2, for each port that
# the host sends to.
teacher() {
    local from=NXM_OF_IN_PORT[] port=NXM_OF_UDP_DST[]
    printf '%s' "table=0,priority=20,udp,in_port=host$1,actions=" \
        "learn(table=2,priority=10,delete_learned,cookie=$2,eth_type=0x800,nw_proto=17," \
        "$from=$from,$port=$port,output:$from),goto_table:1"
}

# A datagram from the host $1 to each of the ports 1 to $2 of the address that nobody has. None takes
# a cached way, for each comes from another port.
call_ports() {
    in_namespace "host$1" bash -c '
        for ((port = 1; port <= '"$2"'; port++)); do
            echo >/dev/udp/10.0.0.9/$port
            ((port % 10)) || sleep 0.002
        done'
}

# How many flows there are with the cookie.
flows_with() {
    sluice flow dump "cookie=$1/-1" | grep -c cookie= || true
}

has_flows_with() {
    [ "$(flows_with "$1")" -ge "$2" ]
}

# Flows on standard input without what time and packets change.
without_counters() {
    sed -E 's/ (duration|n_packets|n_bytes|idle_age|hard_age)=[^,]*,//g'
}

add_namespace switch
for n in 1 2 3; do
    add_quiet_host $n
done
cp docs/examples/learn.flows "$folder/test.flows"
start_sluice_with switch 'conntrack: {max-connections: 1024}' host1 host2 host3

check_equal "a packet to an unknown address is flooded" "20 20" \
    "$(come_to 3 call_nobody 1 20) $(seen_by 2)"
check_equal "the first host is learned" 1-1 "$(learned)"
check_equal "who answers is learned" "1 1-1 2-2" "$(answers 1 2 1 0.2) $(learned)"
check_equal "unicast goes to its port only" "0" "$(come_to 3 answers 1 2 200 0.005)"
check_equal "and all of it is answered" 200 "$(cat "$folder/meanwhile")"
learned_flows >"$folder/learned"
check "a learned flow has the timeouts" \
    holds "idle_timeout=60, hard_timeout=300, " "$folder/learned"
check "and counts" test \
    "$(sed -n 's/.*n_packets=\([0-9]*\),.*dl_dst=02:00:00:00:00:02.*/\1/p' "$folder/learned")" -ge 200

sluice flow dump >"$folder/dump"
check_equal "a dump that is fed back changes nothing" "nothing changed" \
    "$(sluice flow replace "$folder/dump")"
sluice flow del table=1 >/dev/null
sluice flow add "$folder/dump" >/dev/null
check_equal "and brings back what was deleted" "$(without_counters <"$folder/dump")" \
    "$(sluice flow dump | without_counters)"

# The third host takes over the address of the second, whose cable is pulled.
ip -n "$namespace_run-host2" link set eth0 down
ip -n "$namespace_run-host3" link set eth0 address 02:00:00:00:00:02
ip -n "$namespace_run-host3" address add 10.0.0.2/24 dev eth0
check_equal "a moved host gets nothing before it has sent something" 0 \
    "$(come_to 3 answers 1 2 3 0.01)"
in_namespace host3 ping -q -c 1 -W 1 -I 10.0.0.2 10.0.0.1 >/dev/null || true
check_equal "then it is relearned" "1-1 2-3" "$(learned)"
check_equal "and gets what is for it" 50 "$(answers 1 2 50 0.01)"
ip -n "$namespace_run-host3" address del 10.0.0.2/24 dev eth0
ip -n "$namespace_run-host3" link set eth0 address 02:00:00:00:00:03
ip -n "$namespace_run-host2" link set eth0 up
know_the_others 2
know_the_others 3

switch_with 2 0 4096
start_pings 1 2
sleep 3
check_equal "flows in use outlast their idle timeout" "1-1 2-2" "$(learned)"
stop_pings
check "unused they go" wait_until 5 learned_is ""
check_equal "then packets are flooded again" 5 "$(come_to 3 call_nobody 1 5)"

switch_with 0 2 4096
start_pings 1 2
sleep 3
check_equal "every packet of a host begins its hard timeout anew" "1-1 2-2" "$(learned)"
in_namespace host2 sh -c 'echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all'
check "a host that sends nothing is forgotten, though others send to it" wait_until 8 learned_is 1-1
stop_pings
check "and so are all" wait_until 5 learned_is ""
in_namespace host2 sh -c 'echo 0 >/proc/sys/net/ipv4/icmp_echo_ignore_all'

switch_with 0 60 2
call_nobody 3 1
check_equal "no more is learned than the limit" "20 2" \
    "$(answers 1 2 20 0.01) $(learned | wc -w)"
refused() { [ "$(dropped learn-limit)" -gt 0 ]; }
check "what the limit refuses is counted" wait_until 5 refused
check_equal "a host above the limit is reached all the same" 20 "$(answers 1 3 20 0.01)"

switch_with 0 60 4096
answers 1 2 5 0.01 >/dev/null
call_nobody 3 1
check "all are learned" wait_until 5 learned_is "1-1 2-2 3-3"
check_equal "what was learned goes with the flow that taught it" "4 flows deleted, nothing left" \
    "$(sluice flow del --strict table=0,priority=10), $(learned | sed 's/^$/nothing/') left"

# The same while packets go on teaching: those that come too late are to teach nothing.
switch_with 0 60 4096
sluice flow add "$(teacher 1 0xa1)" >/dev/null
sluice flow add "$(teacher 2 0xa2)" >/dev/null
call_ports 2 50
check "a flow is learned for each of 50 ports" wait_until 5 has_flows_with 0xa2 50
sluice flow dump cookie=0xa2/-1 | without_counters >"$folder/others"
(until [ -e "$folder/stop" ]; do call_ports 1 300; done) &
calling=$!
for _ in 1 2 3 4 5; do
    wait_until 10 has_flows_with 0xa1 100 || true
    deleted=$(sluice flow del --strict table=0,priority=20,udp,in_port=host1)
    calls=$(seen_by 3)
    check "a flow is deleted that goes on teaching ($deleted)" test "${deleted%% *}" -gt 100
    check "its packets go on" wait_until 5 has_seen 3 $((calls + 100))
    check_equal "nothing is left of what it taught" 0 "$(flows_with 0xa1)"
    sluice flow add "$(teacher 1 0xa1)" >/dev/null
done
touch "$folder/stop"
wait $calling
check_equal "what another flow taught has stayed" "$(cat "$folder/others")" \
    "$(sluice flow dump cookie=0xa2/-1 | without_counters)"
check_equal "until that is deleted, too" "51 flows deleted" \
    "$(sluice flow del --strict table=0,priority=20,udp,in_port=host2)"
check_equal "no packet was dropped otherwise than for want of a flow" "" \
    "$(sluice stats drops |
        awk 'NR > 1 && $1 > 0 && $2 != "no-match" && $2 != "flow" && $2 != "learn-limit"')"

exit $((checks_failed > 0))
