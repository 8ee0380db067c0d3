#!/usr/bin/env bash
# Real programs (iperf3, wget, curl, ping) through the stateful firewall of docs/examples/firewall.flows,
# over IPv4 and IPv6: not one of their packets is invalid, every packet is accounted for, and nobody
# outside gets in.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. scripts/lib/traffic-test.sh

background=()

# Runs a command in the background; finished waits for it. Its output goes to $folder/$1.
begin() {
    "${@:2}" </dev/null >"$folder/$1" 2>&1 &
    background+=("$!")
}

# Waits for what was begun: whether all of it succeeded.
finished() {
    local each status=0
    for each in "${background[@]}"; do
        wait "$each" || status=1
    done
    background=()
    return $status
}

# serve_iperf PORT: an iperf3 server outside, for one client at a time.
serve_iperf() {
    start_in_namespace outside "$folder/iperf-$1" iperf3 --server --forceflush --port "$1"
    check "an iperf3 server listens at port $1" wait_until 10 holds listening "$folder/iperf-$1"
}

# iperf NAME ADDRESS PORT OPTION...: a client inside, in the background.
iperf() {
    begin "$1" in_namespace inside iperf3 --json --client "$2" --port "$3" "${@:4}"
}

# How many megabytes the receiver of the iperf3 client named $1 got, and in how many whole seconds.
received() {
    python3 -c '
import json, sys
end = json.load(open(sys.argv[1]))["end"]
# What UDP has received is under another name, the same for both directions.
got = end["sum_received"] if "sum_received" in end else end["sum"]
print(got["bytes"] // 1000000, round(got["seconds"]))' "$folder/$1"
}

check_iperf() {
    local megabytes seconds
    read -r megabytes seconds < <(received "$2") || true
    check "iperf3 $1: ${megabytes:-no} MB in ${seconds:-0} s" test "${megabytes:-0}" -gt 0 -a "${seconds:-0}" -ge "$3"
}

# 20 curls at once, each with 10 requests of which the odd ones open a connection of their own.
fetch_in_parallel() {
    seq 20 | xargs -P 20 -I N ip netns exec "$namespace_run-inside" curl -sS --noproxy '*' \
        --connect-timeout 10 --max-time 60 "http://$1/N/[1-5]" --next -sS --noproxy '*' \
        --connect-timeout 10 --max-time 60 -H 'Connection: close' "http://$1/N/[1-5]"
}

check_parallel() {
    check_equal "20 curls in parallel, 10 requests each, all answered ($1)" \
        "200 of outside" "$(grep -cx outside "$folder/$2") of $(sort -u "$folder/$2" | paste -sd' ')"
}

# The link is full, and what its queue has no room for is lost before Sluice.
check_ping() {
    local answered
    answered=$(sed -nE 's/.* ([0-9]+) received.*/\1/p' "$folder/ping")
    check "ping is answered (${answered:-0} times)" test "${answered:-0}" -gt 0
}

wget_large() {
    in_namespace inside wget -q --no-proxy --timeout=20 --tries=1 -O - "http://$1/files/large" | sha256sum
}

# The number of packets that the flows of the dump have counted that match the pattern.
counted() {
    flow_packets "$1" <"$folder/flows"
}

# Takes all counters at one moment: when nothing moves any more.
take_counters() {
    local before=
    until [ "$before" = "$(cat "$folder/flows" 2>/dev/null || echo none)" ]; do
        before=$(cat "$folder/flows" 2>/dev/null || true)
        sleep 0.5
        sluice flow dump | sed -E 's/ (duration|idle_age|hard_age)=[^,]*,//g' >"$folder/flows"
    done
    sluice stats zones >"$folder/zones"
    sluice port stats >"$folder/ports"
    sluice stats drops >"$folder/drops"
}

# The sum of a column of the ports' table.
of_ports() {
    echo $(($(cell inside "$1" <"$folder/ports") + $(cell outside "$1" <"$folder/ports")))
}

counters_add_up() {
    take_counters
    local came sent lost
    came=$(of_ports rx_packets) sent=$(of_ports tx_packets)
    lost=$(awk 'NR > 1 { sum += $1 } END { print sum }' "$folder/drops")
    check_equal "every frame that came in met a flow of table 0" "$came" "$(counted ' table=0,')"
    check_equal "every tracked packet met a flow of table 1, and its zone counted it" \
        "$(counted 'actions=ct\(table=1') $(counted 'actions=ct\(table=1')" \
        "$(counted ' table=1,') $(cell 1 packets <"$folder/zones")"
    check_equal "every frame has gone out, or its drop is counted" "$came" $((sent + lost))
}

# refused ADDRESS: whether nobody outside can connect to the address or ping it.
refused() {
    local status=0
    in_namespace outside curl -s --noproxy '*' -o "$folder/refused" --connect-timeout 1 "http://$1/" || status=$?
    [ $status = 28 ] && ! in_namespace outside ping -q -c 2 -i 0.2 -W 0.5 "${1//[][]/}" >"$folder/refused"
}

add_namespace firewall
add_host firewall inside 02:00:00:00:00:01 10.0.0.1/24
add_host firewall outside 02:00:00:00:00:02 10.0.0.2/24
add_ipv6_address inside fd00::1/64
add_ipv6_address outside fd00::2/64
start_web_server outside outside
start_web_server inside inside
mkdir "$folder/outside/files"
head -c 100M /dev/urandom >"$folder/outside/files/large"
sum=$(sha256sum <"$folder/outside/files/large")
for port in 5201 5202 5203; do serve_iperf $port; done
config_for_this_machine docs/examples/firewall.yaml >"$folder/firewall.yaml"
cp docs/examples/firewall.flows "$folder"
start_sluice firewall "$folder/firewall.yaml"

echo "--- IPv4"
iperf up 10.0.0.2 5201 --time 20
begin ping in_namespace inside ping -q -c 100 -i 0.1 10.0.0.2
begin wget wget_large 10.0.0.2
begin curls fetch_in_parallel 10.0.0.2
check "all programs end well" finished
check_iperf "for 20 s" up 20
check_equal "wget fetches 100 MB unharmed meanwhile" "$sum" "$(cat "$folder/wget")"
check_parallel IPv4 curls
check_ping

echo "--- IPv6, downwards, and UDP"
iperf down fd00::2 5201 --time 8 --reverse
iperf udp 10.0.0.2 5202 --time 4 --udp --bitrate 20M
iperf udp6 fd00::2 5203 --time 4 --udp --bitrate 20M --reverse
begin wget wget_large '[fd00::2]'
begin curls fetch_in_parallel '[fd00::2]'
begin ping in_namespace inside ping -q -c 30 -i 0.1 fd00::2
check "all programs end well" finished
check_iperf "--reverse, over IPv6" down 8
check_iperf "--udp" udp 4
check_iperf "--udp --reverse, over IPv6" udp6 4
check_equal "wget fetches 100 MB unharmed meanwhile" "$sum" "$(cat "$folder/wget")"
check_parallel IPv6 curls
check_ping

echo "--- what the firewall says"
counters_add_up
check_equal "of $(counted ' table=1,') packets not one was invalid" 0 "$(counted 'ct_state=.inv')"
check_equal "nor did one come that began nothing" 0 "$(counted 'in_port=2 actions=drop')"
check "nobody outside gets in over IPv4" refused 10.0.0.1
check "nor over IPv6" refused '[fd00::1]'
counters_add_up
check "what was refused is counted" test "$(counted 'in_port=2 actions=drop')" -ge 6
# The counter that was 0 does count: TCP has no packet with SYN and FIN.
sluice packet out "in_port=outside,packet(tcp,nw_src=10.0.0.2,nw_dst=10.0.0.1,nw_ttl=64,tp_src=80,\
tp_dst=4000,tcp_flags=syn|fin),actions=resubmit(,0)" >/dev/null
take_counters
check_equal "an invalid packet is counted as such" 1 "$(counted 'ct_state=.inv')"

exit $((checks_failed > 0))
