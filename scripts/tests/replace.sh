#!/usr/bin/env bash
# All of 12,000 flows and their groups are replaced, back and forth, under the traffic of hundreds
# of connections: no packet is lost, and none meets some of the old flows and some of the new ones.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. scripts/lib/traffic-test.sh

rounds=20
first_port=20000
last_port=21999

# The flows of the generation $1. Table 0 writes it into a register, without which no later flow
# matches. The packet is marked with it in three places: table 0 sets DSCP $2, the last table TTL $3,
# a group ECN $4. One port of three is not tracked, the next one is, and the third is translated, too.
# A packet that finds no flow of its generation meets one with the cookie 0xbad, which is the same in
# all generations, and arrives with a TTL of 13.
generation() {
    awk -v g="$1" -v tos=$(($2 * 4)) -v ttl="$3" -v ecn="$4" -v first=$first_port -v last=$last_port '
        # A flow for packets of the client, and one for those of the server.
        function both(flow, actions) {
            one(flow, "client", "tp_src=" port, actions, "group:1")
            one(flow, "server", "tp_dst=" port, actions, "group:2")
        }
        function one(flow, from, at_port, actions, group) {
            sub(/PORT/, at_port, flow)
            sub(/GROUP/, group, actions)
            print flow ",in_port=" from ",actions=" actions
        }
        BEGIN {
            bucket = "type=indirect,bucket=actions=mod_nw_ecn:" ecn
            print "group_id=1," bucket ",server"
            print "group_id=2," bucket ",client"
            begin = "load:" g "->reg0,mod_nw_tos:" tos ","
            end = "mod_nw_ttl:" ttl ",GROUP"
            track[0] = "goto_table:2"
            track[1] = "ct(zone=7,table=1)"
            track[2] = "ct(zone=8,nat,table=1)"
            commit[1] = "ct(commit,zone=7),goto_table:2"
            commit[2] = "ct(commit,zone=8,nat(src=10.0.0.100)),goto_table:2"
            old = "table=1,priority=10,ct_state=+est,reg0=" g
            new = "table=1,priority=10,ct_state=+new,in_port=client,reg0=" g
            for (port = first; port <= last; port++) {
                both("table=0,priority=10,udp,PORT", begin track[port % 3])
                both("table=2,priority=10,reg0=" g ",udp,PORT", end)
                if (port % 3 > 0) {
                    both(old ",udp,PORT", "goto_table:2")
                    print new ",udp,tp_src=" port ",actions=" commit[port % 3]
                }
            }
            both("table=0,priority=10,tcp", begin "ct(zone=9,table=1)")
            both("table=2,priority=10,reg0=" g ",tcp", end)
            both(old ",tcp", "goto_table:2")
            print new ",tcp,actions=ct(commit,zone=9),goto_table:2"
            for (table = 1; table <= 2; table++) {
                print "table=" table ",priority=1,cookie=0xbad,ip,in_port=client," \
                    "actions=mod_nw_ttl:13,server"
                print "table=" table ",priority=1,cookie=0xbad,ip,in_port=server," \
                    "actions=mod_nw_ttl:13,client"
            }
        }'
}

replace_by() {
    sluice flow replace "$folder/$1.flows" >>"$folder/replaced"
}

# What stands behind each of the words in the report of the datagrams, in a line.
reported() {
    local word
    for word in "$@"; do
        sed -n "s/^$word //p" "$folder/report"
    done | paste -sd' '
}

# How many frames the host has sent (tx) or got (rx).
frames() {
    in_namespace "$1" cat "/sys/class/net/eth0/statistics/$2_packets"
}

add_namespace switch
add_host switch client 02:00:00:00:00:01 10.0.0.1/24
add_host switch server 02:00:00:00:00:02 10.0.0.2/24
# The flows have no place for packets that ask for an address.
knows client 10.0.0.2 02:00:00:00:00:02
knows server 10.0.0.1 02:00:00:00:00:01
knows server 10.0.0.100 02:00:00:00:00:01
# A whole large window would overrun a virtual port's 512 frames, and be lost before Sluice.
in_namespace client sh -c 'echo 4096 65536 131072 >/proc/sys/net/ipv4/tcp_rmem'
start_web_server server "the server"
mkdir "$folder/server/files"
head -c 20000000 /dev/urandom >"$folder/server/files/large"
sum=$(sha256sum <"$folder/server/files/large")
generation 1 10 101 1 >"$folder/old.flows"
generation 2 20 102 2 >"$folder/new.flows"
cp "$folder/old.flows" "$folder/test.flows"
start_sluice_with switch 'conntrack: {max-connections: 16384}' client server

start_in_namespace server "$folder/serve" python3 scripts/lib/echo.py serve 7000
wait_until 20 holds ready "$folder/serve"
start_in_namespace client "$folder/report" python3 scripts/lib/echo.py call 10.0.0.2 7000 \
    $first_port-$last_port $((10 * 4 + 1)),101 $((20 * 4 + 2)),102 "$folder/stop"
calls=$!
(fetch client --limit-rate 1500K http://10.0.0.2/files/large | sha256sum) >"$folder/sum" &
download=$!
sleep 1

replaces=0
until [ $replaces -ge $rounds ] && ! kill -0 $download 2>/dev/null; do
    replace_by new
    replace_by old
    replaces=$((replaces + 2))
done
sleep 1
touch "$folder/stop"
wait $calls || true
wait $download || true

check_equal "each of $replaces replaces said what it changed" \
    "$replaces 8004 flows added, 4002 flows modified, 8004 flows deleted, 2 groups modified" \
    "$(sort "$folder/replaced" | uniq -c | sed 's/^ *//')"
sent=$(reported sent)
check "datagrams were sent all the time ($sent over $(reported connections) connections)" \
    test "$sent" -ge 5000
check_equal "each came back, once, and in order" "0 0 0" "$(reported lost twice disordered)"
check_equal "none was marked by some of the old flows and some of the new ones" "0 0" \
    "$(reported there_mixed back_mixed)"
# One worker hands bursts on in the order in which it got them.
check_equal "each replace was one moment for all connections" "$replaces $replaces" \
    "$(reported there_changes back_changes)"
for marks in there_first there_second back_first back_second; do
    seen=$(reported $marks)
    check "either kind of flows was used, in both directions ($marks: $seen)" test "$seen" -ge 1000
done
check_equal "no packet met flows that were not its own" 0 \
    "$(sluice flow dump cookie=0xbad/-1 | flow_packets cookie=0xbad)"
sluice stats workers >"$folder/workers"
for way in cache_hits slow_path; do
    packets=$(cell 0 $way <"$folder/workers")
    check "cached ways were used, and the slow path ($way: $packets)" test "$packets" -ge 1000
done
for zone in 7 8; do
    connections=$(sluice ct count zone=$zone)
    check "connections were tracked in zone $zone ($connections)" test "$connections" -ge 100
done
check_equal "a download of 20 MB arrives unharmed" "$sum" "$(cat "$folder/sum")"
check_equal "as many frames have come as were sent, there and back" \
    "$(frames client tx) $(frames server tx)" "$(frames server rx) $(frames client rx)"
check_equal "no packet was dropped" "" "$(sluice stats drops | awk 'NR > 1 && $1 > 0')"

exit $((checks_failed > 0))
