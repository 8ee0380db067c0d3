#!/usr/bin/env bash
# Another zone for each direction, with real clients: two tenants with the same addresses and ports
# reach a server through one address, and one of them is reached from outside; what docs/zones.md
# shows of it is what the commands print.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. scripts/lib/traffic-test.sh

server=192.0.2.9
router_mac=02:00:00:00:00:fe

get() {
    in_namespace "$1" curl -sf --noproxy '*' --max-time 20 "$2"
}

# Whether docs/zones.md shows the command $1 with what it prints now, whichever of its ports nat took.
is_in_the_docs() {
    local printed page
    printed=$(sluice $1 | any_port)
    page=$(any_port <docs/zones.md)
    [[ $page == *"\$ scripts/sluice $1"$'\n'"$printed"$'\n'* ]] || {
        echo "sluice $1 prints:"
        echo "$printed"
        return 1
    }
}

any_port() {
    sed -E '/zone_reply/!s/\b2[0-9]{4}\b/2NNNN/g'
}

answers() {
    datagrams "$1" ask $server 7000 "$2"
}

add_namespace router
add_host router red 02:00:00:00:00:01 10.0.0.5/24 10.0.0.1 $router_mac
add_host router blue 02:00:00:00:00:02 10.0.0.5/24 10.0.0.1 $router_mac
add_host router server 02:00:00:00:00:09 $server/24
for address in 192.0.2.1 192.0.2.2; do
    knows server $address $router_mac
done
start_web_server blue 'blue for $remote_addr'
start_web_server server 'server for $remote_addr'
start_in_namespace server "$folder/echo" python3 scripts/lib/datagrams.py serve 7000
config_for_this_machine docs/examples/zone-direction.yaml >"$folder/zone-direction.yaml"
cp docs/examples/zone-direction.flows "$folder"
start_sluice router "$folder/zone-direction.yaml"
sluice ct timeout-set udp-replied=900 >/dev/null

echo "--- the same addresses and ports"
first_is_answered() { [ "$(answers red 4000-4000)" = 1 ]; }
check "red asks from port 4000 and is answered" wait_until 10 first_is_answered
check_equal "so is blue, from the same address and port" 1 "$(answers blue 4000-4000)"
check "the page shows their connections" is_in_the_docs "ct dump"
check "and those of red's zone" is_in_the_docs "ct dump zone-orig=1"
check "and the limits" is_in_the_docs "ct limit-get zone=1,2,9"
check_equal "both are in zone 9 by their replies" 2 "$(sluice ct count zone=9)"
check_equal "which is no zone of any original" 0 "$(sluice ct count zone-orig=9)"
check "a trace says it, too" is_in_the_docs \
    "trace in_port=red,udp,nw_src=10.0.0.5,nw_dst=192.0.2.9,tp_src=4001,tp_dst=7000"

echo "--- both at a time"
(answers blue 5000-5199 >"$folder/of-blue") &
blue=$!
check_equal "each of red's 200 datagrams is answered" 200 "$(answers red 5000-5199)"
wait $blue
check_equal "each of blue's is, from the same ports" 200 "$(cat "$folder/of-blue")"
check_equal "no port outside is two tenants'" 402 \
    "$(sluice ct dump zone-reply=9 | grep -oE 'dst=192.0.2.1,sport=7000,dport=[0-9]+' | sort -u | wc -l)"
check_equal "red reads a page" "server for 192.0.2.1" "$(get red http://$server/)"
check_equal "blue, too" "server for 192.0.2.1" "$(get blue http://$server/)"

echo "--- from outside"
check_equal "the server reads blue's page" "blue for $server" "$(get server http://192.0.2.2/)"
check_equal "which begins in zone 9 and is answered in zone 2" 1 \
    "$(sluice ct count zone-orig=9 zone-reply=2 proto=tcp)"

echo "--- events and flushes"
start_in_namespace router "$folder/events" scripts/sluice --socket "$(sluice_socket)" ct events \
    type=destroy zone-reply=9 zone-orig=2 sport=4000 proto=udp
events_are_heard() {
    sluice ct flush zone=2 >/dev/null
    answers blue 4000-4000 >/dev/null
    holds "zone-orig=2,zone-reply=9" "$folder/events"
}
check "the end of blue's connection is told with both zones" wait_until 30 events_are_heard
check "and with the reason" holds "reason=flush" "$folder/events"
check_equal "the flush of blue's zone has left red's alone" 201 "$(sluice ct count zone=1 proto=udp)"
red_created=$(sluice stats zones | awk '$1 == 1 { print $3 }')
check_equal "red's connection goes on" 1 "$(answers red 4000-4000)"
check_equal "as the one that it was" "$red_created" "$(sluice stats zones | awk '$1 == 1 { print $3 }')"
sluice ct flush zone=9 >/dev/null
check_equal "the flush of the shared zone ends all" 0 "$(sluice ct count)"
check_equal "red begins anew" 1 "$(answers red 4000-4000)"
check_equal "with another connection" $((red_created + 1)) \
    "$(sluice stats zones | awk '$1 == 1 { print $3 }')"

exit $((checks_failed > 0))
