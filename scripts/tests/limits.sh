#!/usr/bin/env bash
# Limits, timeouts, dumps and flushes of zones with real traffic: every command of docs/zones.md prints
# what the page says; a flood in one zone costs another no connection and no packet; in a full table
# the established stay.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. scripts/lib/traffic-test.sh
. scripts/lib/documents.sh

server=10.0.0.9

# Sends a datagram from each of the ports $4 of the host $1 to the server's port $2, and waits until
# the zone $3 has counted them.
send() {
    local before
    before=$(packets_of "$3")
    datagrams "$1" send $server "$2" "$4" >"$folder/sent"
    check "$1 sends $(cat "$folder/sent") datagrams" \
        wait_until 10 has_counted "$3" $((before + $(cat "$folder/sent")))
}

packets_of() {
    sluice stats zones | awk -v zone="$1" '$1 == zone { print $6; found = 1 } END { if (!found) print 0 }'
}

# The same with so many that a busy machine may lose some on the way; waits until no more come.
send_many() {
    local seen now
    datagrams "$1" send $server "$2" "$4" >"$folder/sent"
    now=$(packets_of "$3")
    until [ "${seen:-}" = "$now" ]; do
        seen=$now
        sleep 0.3
        now=$(packets_of "$3")
    done
}

has_counted() {
    [ "$(packets_of "$1")" -ge "$2" ]
}

# What a JSON answer says of a zone: the number behind the name $2.
of_zone() {
    sluice stats zones --format=json | python3 -c '
import json, sys
print(next((row[sys.argv[2]] for row in json.load(sys.stdin) if row["zone"] == int(sys.argv[1])), 0))
' "$1" "$2"
}

count() {
    sluice ct count "$@"
}

count_is() {
    [ "$(count "${@:2}")" = "$1" ]
}

add_namespace router
add_host router red 02:00:00:00:00:01 10.0.0.1/24
add_host router blue 02:00:00:00:00:02 10.0.0.2/24
add_host router server 02:00:00:00:00:09 $server/24
for host in red blue; do
    knows $host $server 02:00:00:00:00:09
done
knows server 10.0.0.1 02:00:00:00:00:01
knows server 10.0.0.2 02:00:00:00:00:02
# Ports that nobody listens at would answer with ICMP errors.
start_in_namespace server "$folder/sink" python3 scripts/lib/datagrams.py sink 53 7000
start_in_namespace server "$folder/echo" python3 scripts/lib/datagrams.py serve 8000
config_for_this_machine docs/examples/zones.yaml >"$folder/zones.yaml"
cp docs/examples/zones.flows "$folder"
start_sluice router "$folder/zones.yaml"

echo "--- the defaults are Linux's"
linux() {
    in_namespace red cat "/proc/sys/net/netfilter/nf_conntrack_$1" 2>/dev/null || echo none
}
sluice ct timeout-get >"$folder/timeouts"
for pair in tcp_timeout_syn_sent=tcp-syn-sent tcp_timeout_syn_recv=tcp-syn-recv \
    tcp_timeout_established=tcp-established tcp_timeout_fin_wait=tcp-fin-wait \
    tcp_timeout_close_wait=tcp-close-wait tcp_timeout_last_ack=tcp-last-ack \
    tcp_timeout_time_wait=tcp-time-wait tcp_timeout_close=tcp-close \
    udp_timeout=udp-unreplied udp_timeout_stream=udp-replied icmp_timeout=icmp \
    generic_timeout=other icmpv6_timeout=icmpv6 \
    gre_timeout=gre-unreplied gre_timeout_stream=gre-replied sctp_timeout_closed=sctp-closed \
    sctp_timeout_cookie_wait=sctp-cookie-wait sctp_timeout_cookie_echoed=sctp-cookie-echoed \
    sctp_timeout_established=sctp-established sctp_timeout_shutdown_sent=sctp-shutdown-sent \
    sctp_timeout_shutdown_recd=sctp-shutdown-recd sctp_timeout_heartbeat_sent=sctp-heartbeat-sent \
    sctp_timeout_shutdown_ack_sent=sctp-shutdown-ack-sent \
    tcp_timeout_max_retrans=tcp-max-retrans tcp_timeout_unacknowledged=tcp-unacknowledged; do
    theirs=$(linux "${pair%=*}")
    [ "$theirs" != none ] || continue
    check_equal "${pair#*=} is nf_conntrack_${pair%=*}" "${pair#*=}=$theirs" \
        "$(grep "^${pair#*=}=" "$folder/timeouts")"
done
check_equal "the config's timeouts hold in their zone" "udp-replied=60" \
    "$(sluice ct timeout-get zone=6 | grep udp-replied)"
check_equal "and the config's limit" "zone=5,limit=20,count=0" \
    "$(sluice ct limit-get zone=5 | tail -n 1)"

# The page takes more than 30 s on a busy machine.
sluice ct timeout-set udp-unreplied=300 >/dev/null

echo "--- docs/zones.md"
run_examples docs/zones.md Limits 1 1
send red 7000 5 4001-4005
send blue 7000 6 4001-4002
run_examples docs/zones.md Limits 2 3
run_examples docs/zones.md Timeouts 1 1
send red 53 5 4100-4100
send blue 53 6 4200-4200
check_equal "the server answers blue" 1 "$(datagrams blue ask $server 8000 4300-4300)"
run_examples docs/zones.md "Dumping one zone" 1 4
run_examples docs/zones.md "Flushing one zone" 1 1
run_examples docs/zones.md "Scripts for Open vSwitch" 1 1
sluice dpctl/ct-set-maxconns 65536 >/dev/null

echo "--- a lower limit"
send red 7000 5 4001-4004
check_equal "the server answers red" 2 "$(datagrams red ask $server 8000 4005-4006)"
run_examples docs/zones.md "A lower limit" 1 1
check_examples_run docs/zones.md "Another zone for each direction"
sluice ct flush >/dev/null
start_in_namespace router "$folder/ends" scripts/sluice --socket "$(sluice_socket)" ct events \
    type=destroy zone=5
ends=$!
ends_are_heard() {
    datagrams red send $server 7000 6000-6000 >/dev/null
    sluice ct flush zone=5 sport=6000 >/dev/null
    holds "reason=flush" "$folder/ends"
}
check "somebody listens for ends" wait_until 30 ends_are_heard
check_equal "red establishes 20 connections" 20 "$(datagrams red ask $server 8000 5001-5020)"
check_equal "and blue" 20 "$(datagrams blue ask $server 8000 5001-5020)"
send_many red 7000 5 10000-12999
held=$(count zone=5)
check "red has $held connections then" test "$held" -gt 1000
check_equal "a limit of 100 ends all but 100 of them" "zone=5,limit=100,ended=$((held - 100)),above=0" \
    "$(sluice ct limit-set zone=5,limit=100)"
check_equal "100 are left" 100 "$(count zone=5)"
check_equal "and hold a place" "zone=5,limit=100,count=100" "$(sluice ct limit-get zone=5 | tail -n 1)"
check_equal "among them the established" 20 "$(count zone=5 state=REPLIED)"
check_equal "a default limit of 5 leaves established ones only, and says how many are too many" \
    "zone=5,limit=5,ended=80,above=15 zone=6,limit=5,ended=0,above=15" \
    "$(sluice ct limit-set default=100 >/dev/null && sluice ct limit-del zone=5 &&
        sluice dpctl/ct-set-limits default=5 | xargs)"
check_equal "the established are all there" "20 20" \
    "$(count zone=5 state=REPLIED) $(count zone=6 state=REPLIED)"
all_ends_are_told() { [ "$(grep -c 'reason=limit' "$folder/ends")" = $((held - 20)) ]; }
check "each of the $((held - 20)) that ended is told with its reason" wait_until 20 all_ends_are_told
end_processes $ends
sluice ct limit-del default

echo "--- a flood in a limited zone"
sluice ct flush >/dev/null
sluice ct limit-set zone=5,limit=100
blue_is_answered() { [ "$(datagrams blue ask $server 8000 5000-5000)" = 1 ]; }
check "the server answers blue" wait_until 10 blue_is_answered
refused=$(of_zone 5 refused_zone_limit)
overflow=$(dropped ct-zone-limit)
packets=$(packets_of 5)
(send_many red 7000 5 10000-20000) &
flood=$!
check_equal "every one of blue's new connections is answered meanwhile" 500 \
    "$(datagrams blue ask $server 8000 5001-5500)"
wait $flood
packets=$(($(packets_of 5) - packets))
check "a flood of $packets datagrams has come" test "$packets" -gt 1000
check_equal "what is over the limit is refused, exactly" $((packets - 100)) \
    $(($(of_zone 5 refused_zone_limit) - refused))
check_equal "the drops say so" $((packets - 100)) $(($(dropped ct-zone-limit) - overflow))
check_equal "the limited zone has as many as it may" 100 "$(count zone=5)"
check_equal "and blue has all of its own" 501 "$(count zone=6 state=REPLIED)"
check_equal "nothing gave way" "0 0" "$(of_zone 5 evicted) $(of_zone 6 evicted)"

echo "--- timeouts while it runs"
sluice ct timeout-set zone=5 udp-unreplied=1
sleep 1.1
check_equal "a shorter timeout ends what is there at once" 0 "$(count zone=5)"
check_equal "in its zone only" 501 "$(count zone=6)"
free_is() { [ "$(sluice ct limit-get zone=5 | tail -n 1)" = "zone=5,limit=100,count=$1" ]; }
check "and the sweep gives the places back" wait_until 20 free_is 0
# A way in the cache, which goes on: the connection outlives a timeout that is shorter than its age.
sluice ct timeout-set zone=6 udp-replied=4 udp-unreplied=4
for _ in 1 2 3 4 5 6 7 8 9 10; do
    sleep 0.5
    datagrams blue ask $server 8000 6001-6001 >/dev/null
done
check_equal "a connection in use outlives a short timeout, the others do not" 1 "$(count zone=6)"
sleep 4.2
check_equal "until it is not in use any more" 0 "$(count zone=6)"
sluice ct timeout-set zone=5 udp-unreplied=default
sluice ct timeout-set zone=6 udp-unreplied=default
sluice ct limit-del zone=5

echo "--- a reader that stops"
send_many red 7000 5 20000-45000
connections=$(count zone=5)
start_in_namespace router "$folder/stalled" \
    python3 scripts/lib/datagrams.py stall "$(sluice_socket)" ct/dump
stalled=$!
check "a client asks for $connections connections and reads none" \
    wait_until 10 grep -q asked "$folder/stalled"
check_equal "others are answered" "$connections" "$(count zone=5)"
check_equal "and may flush" "$connections connections flushed" "$(sluice ct flush zone=5)"
end_processes $stalled

echo "--- a full table"
end_processes $sluice_pid
sed 's/max-connections: .*/max-connections: 200/; s/udp-replied: 60/udp-replied: 600/; s/limit: 20/limit: 0/' \
    "$folder/zones.yaml" >"$folder/small.yaml"
start_sluice router "$folder/small.yaml"
check_equal "blue establishes 100 connections" 100 "$(datagrams blue ask $server 8000 5001-5100)"
send_many red 7000 5 10000-14999
created=$(of_zone 5 created)
check "red floods the table with $created new connections" test $created -gt 2000
check_equal "blue's are all there after that" 100 "$(count zone=6 state=REPLIED)"
check_equal "red has the rest" 100 "$(count zone=5)"
check_equal "what gave way was red's own" "$((created - 100)) 0" \
    "$(of_zone 5 evicted) $(of_zone 6 evicted)"
check_equal "no connection was refused" 0 "$(dropped ct-table-full)"
check_equal "blue takes the places of red's unanswered" 90 \
    "$(datagrams blue ask $server 8000 5101-5190)"
# A new connection looks at some others only: the last of red's are not found at once.
red_is_gone() {
    datagrams blue ask $server 8000 5191-5200
    count_is 0 zone=5
}
check "the last of them, too" wait_until 30 red_is_gone
check_equal "and has the whole table then" 200 "$(count zone=6)"
send red 7000 5 20000-20099
check_equal "nobody gives way who is established: red is refused" "100 0" \
    "$(of_zone 5 refused_table_full) $(count zone=5)"
check_equal "and the drops say so" \
    $((100 + $(of_zone 6 refused_table_full))) "$(dropped ct-table-full)"
check "more than was mapped cannot be" bash -c "! scripts/sluice --socket $(sluice_socket) \
    dpctl/ct-set-maxconns 201 2>$folder/error"
check "and the sentence says why" holds \
    "the maximum is 201, not within 1-200: memory was mapped for conntrack.max-connections" \
    "$folder/error"

if command -v ovs-appctl >/dev/null; then
    echo "--- ovs-appctl"
    check_equal "ovs-appctl reads limits" "default limit=0" \
        "$(ovs-appctl -t "$(sluice_socket)" dpctl/ct-get-limits | head -n 1)"
    check_equal "and dumps" 200 \
        "$(ovs-appctl -t "$(sluice_socket)" dpctl/dump-conntrack netdev@ovs-netdev zone=6 | wc -l)"
    check "and with timeouts" grep -qE ',zone=6,timeout=[0-9]+,mark=2,labels=0x2000000000000000a$' \
        <(ovs-appctl -t "$(sluice_socket)" dpctl/dump-conntrack -s zone=6)
fi

exit $((checks_failed > 0))
