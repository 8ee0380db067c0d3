#!/usr/bin/env bash
# Flows and groups change while real programs use the load balancer and the firewall: no packet is
# lost, no connection moves or breaks, and what stays the same goes on counting.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. scripts/lib/traffic-test.sh
. scripts/lib/edge.sh

background=()

# Runs the function again and again, until stop_background; what it prints goes to the file.
repeat() {
    (until [ -e "$folder/stop" ]; do "$1"; done) >"$folder/$1" 2>"$folder/$1.err" &
    background+=($!)
}

stop_background() {
    touch "$folder/stop"
    wait "${background[@]}" || true
}

# 200 requests over one connection, and how many connections that took.
long_connections() {
    fetch client -f -w '%{stderr}%{num_connects}\n' "http://$edge_virtual_ip/[1-200]" \
        2>"$folder/connects" | sort | uniq -c || echo failed
    echo "connections $(awk '{ sum += $1 } END { print sum }' "$folder/connects")"
}

short_connections() {
    fetch client -f -H 'Connection: close' "http://$edge_virtual_ip/[1-20]" || echo failed
}

start_edge
# A burst of a whole large window would overrun a virtual port's 512 frames, and be lost before Sluice.
in_namespace client sh -c 'echo 4096 65536 262144 >/proc/sys/net/ipv4/tcp_rmem'
mkdir "$folder/outside/files"
head -c 40000000 /dev/urandom >"$folder/outside/files/large"
sum=$(sha256sum <"$folder/outside/files/large")

repeat long_connections
repeat short_connections
in_namespace client ping -q -c 600 -i 0.02 $edge_outside_ip >"$folder/ping" 2>&1 &
ping=$!
(fetch client --limit-rate 5M "http://$edge_outside_ip/files/large" | sha256sum) >"$folder/sum" &
download=$!

# Each differs from the one before by a weight and by a flow.
sed 's/weight:1/weight:2/' "$folder/edge.flows" >"$folder/other.flows"
echo 'table=0,priority=50,udp,in_port=client,actions=drop' >>"$folder/other.flows"
round=0
until [ $round -ge 4 ] && ! kill -0 $ping 2>/dev/null; do
    round=$((round + 1))
    for file in other edge; do
        sluice flow replace "$folder/$file.flows" >>"$folder/replaced"
    done
    sluice flow add "table=0,priority=5,ip,nw_dst=10.99.0.$round,actions=drop" >/dev/null
    sluice flow del "ip,nw_dst=10.99.0.$round" >/dev/null
done
check_equal "flow replace says what it changed" \
    "1 flow added, 1 group modified" "$(head -n 1 "$folder/replaced")"

stop_background
wait $ping || true
wait $download

check_equal "none of 600 pings was lost" \
    600 "$(sed -n 's/.*, \([0-9]*\) received.*/\1/p' "$folder/ping")"
check_equal "a download of 40 MB arrives unharmed" "$sum" "$(cat "$folder/sum")"
check_equal "no request failed" 0 \
    "$(cat "$folder/long_connections" "$folder/short_connections" | grep -c failed || true)"
rounds=$(grep -c '^connections' "$folder/long_connections")
check "requests went on all the time ($rounds rounds of 200)" test "$rounds" -ge 2
check_equal "each connection stayed open for its 200 requests" \
    "$rounds" "$(grep -cx 'connections 1' "$folder/long_connections")"
check_equal "no connection moved to another server" \
    "$rounds" "$(grep -cx ' *200 server[123]' "$folder/long_connections")"
check_equal "no packet was dropped" 0 "$(unwanted_drops)"
check "flows that stayed have counted on" test \
    "$(sluice flow dump table=0 | flow_packets 'zone=1')" -ge $((rounds * 400))

# A server is taken out while a connection uses it: that one stays, new ones go elsewhere.
: >"$folder/kept"
exec 3<> >(in_namespace client bash -c '
    exec 4<>/dev/tcp/'$edge_virtual_ip'/80
    while read -r; do
        printf "GET / HTTP/1.1\r\nHost: x\r\n\r\n" >&4
        while read -t 10 -r line <&4; do
            [[ $line != server* ]] || { echo "$line"; break; }
        done
    done' >"$folder/kept" 2>&1)
kept=$!
ask_kept() {
    local before
    before=$(wc -l <"$folder/kept")
    echo >&3
    wait_until 10 eval "[ \$(wc -l <'$folder/kept') -gt $before ]" || true
}
ask_kept
mine=$(head -n 1 "$folder/kept")
number=${mine#server}
sed -n 's/^group_id/group_id/p' "$folder/edge.flows" |
    sed -E "s/bucket=weight:1,(actions=[^b]*10\.0\.1\.1$number\))/bucket=weight:0,\1/" >"$folder/drain"
sluice group mod "$folder/drain" >/dev/null
ask_kept
ask_kept
exec 3>&-
wait $kept || true
check_equal "a connection keeps the server that takes no new ones" \
    "3 $mine" "$(grep -c server "$folder/kept") $(sort -u "$folder/kept")"
fetch client -H 'Connection: close' "http://$edge_virtual_ip/[1-40]" >"$folder/others"
check_equal "the others take the new connections" \
    "40 0" "$(grep -c server "$folder/others") $(grep -c "$mine" "$folder/others" || true)"

exit $((checks_failed > 0))
