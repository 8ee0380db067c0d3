#!/usr/bin/env bash
# Floating addresses (docs/nat.md) with real programs, IPv4 and IPv6: hosts inside are reached by
# their outside address and seen with it, from outside and from inside; those who share one are not
# reached; identifiers of pings and ports are translated, and large files arrive unharmed. Then Linux
# does the same with nftables in Sluice's place, and both have had the same connections.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. scripts/lib/traffic-test.sh

# Gives the host $1 the IPv6 address $2 and the gateway $3 at the MAC address $4.
add_ipv6() {
    in_namespace "$1" sh -c '
        echo 0 >/proc/sys/net/ipv6/conf/lo/disable_ipv6
        echo 0 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6
        echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad'
    ip -n "$namespace_run-$1" address add "$2/64" dev eth0 nodad
    ip -n "$namespace_run-$1" neighbour add "$3" lladdr "$4" dev eth0 nud permanent
    ip -n "$namespace_run-$1" route add default via "$3"
}

add_inside() {
    add_host switch "$1" "02:00:00:00:00:0$2" "10.0.0.$2/24" 10.0.0.254 02:00:00:00:00:fe
    add_ipv6 "$1" "fd00::$2" fd00::fe 02:00:00:00:00:fe
}

start_server() {
    mkdir "$folder/$1"
    head -c 3000000 /dev/urandom >"$folder/$1/large"
    start_in_namespace "$1" "$folder/$1.log" python3 scripts/lib/whoami.py "$1" "$folder/$1"
    wait_until 20 in_namespace "$1" curl -sf --noproxy '*' -m 1 http://127.0.0.1/
}

# What the web server at the address $2 says to the host $1; nothing if it does not answer.
web() {
    in_namespace "$1" curl -sf --noproxy '*' -m "${3:-10}" "http://$2" || true
}

pings() {
    in_namespace "$1" ping -q -c 3 -i 0.2 -W 2 "$2" >"$folder/ping.log"
}

does_not_ping() {
    ! in_namespace "$1" ping -q -c 2 -i 0.2 -W 1 "$2" >"$folder/ping.log"
}

# Everybody by everybody's outside address; the addresses of one kind.
check_all() {
    local kind=$1 alice=$2 bob=$3 shared=$4 outside=$5 from=$6
    check_equal "$kind: outside sees alice's floating address" "outside sees ${alice//[\[\]]/}" \
        "$(web alice "$outside")"
    check_equal "$kind: and bob's" "outside sees ${bob//[\[\]]/}" "$(web bob "$outside")"
    check_equal "$kind: and the shared one of carol" "outside sees ${shared//[\[\]]/}" \
        "$(web carol "$outside")"
    check_equal "$kind: alice is reached from outside" "alice sees $from" "$(web outside "$alice")"
    check_equal "$kind: and bob" "bob sees $from" "$(web outside "$bob")"
    check_equal "$kind: nobody is reached by the shared address" "" "$(web outside "$shared" 1)"
    check_equal "$kind: alice reaches bob by his floating address" \
        "bob sees ${alice//[\[\]]/}" "$(web alice "$bob")"
    check_equal "$kind: and bob alice" "alice sees ${bob//[\[\]]/}" "$(web bob "$alice")"
    check_equal "$kind: carol reaches bob, who sees the shared address" \
        "bob sees ${shared//[\[\]]/}" "$(web carol "$bob")"
    check "$kind: alice pings outside" pings alice "${outside//[\[\]]/}"
    check "$kind: and carol, whose identifier is translated" pings carol "${outside//[\[\]]/}"
    check "$kind: outside pings bob" pings outside "${bob//[\[\]]/}"
    check "$kind: alice pings bob by his floating address" pings alice "${bob//[\[\]]/}"
    check "$kind: nobody answers pings to the shared address" \
        does_not_ping outside "${shared//[\[\]]/}"
    check_equal "$kind: a large file comes in unharmed" "$(sha256sum <"$folder/outside/large")" \
        "$(web carol "$outside/files/large" | sha256sum)"
    check_equal "$kind: and out" "$(sha256sum <"$folder/alice/large")" \
        "$(web outside "$alice/files/large" | sha256sum)"
    check_equal "$kind: and from bob to alice by outside addresses" \
        "$(sha256sum <"$folder/bob/large")" "$(web alice "$bob/files/large" | sha256sum)"
}

has_connection() {
    sluice ct dump "$1" | grep -qE "$2"
}

all_closed() {
    ! sluice ct dump proto=tcp | grep -v 'state=TIME_WAIT'
}

most_are_cached() {
    sluice stats workers --format=json | python3 -c '
import json, sys
(worker,) = json.load(sys.stdin)
sys.exit(worker["cache_hits"] <= worker["slow_path"])'
}

# Makes the switch a router of Linux with the rules of docs/examples/floating-ip.nft.
route_with_linux() {
    in_namespace switch sh -c '
        for each in all default alice bob carol outside; do
            echo 0 >/proc/sys/net/ipv6/conf/$each/disable_ipv6
        done
        echo 0 >/proc/sys/net/ipv4/conf/default/send_redirects
        echo 0 >/proc/sys/net/ipv4/conf/all/send_redirects
        echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad
        echo 1 >/proc/sys/net/ipv4/ip_forward
        echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
    local host router=$namespace_run-switch
    ip -n "$router" link add inside address 02:00:00:00:00:fe type bridge
    for host in alice bob carol; do
        ip -n "$router" link set "$host" master inside
    done
    ip -n "$router" link set inside up
    ip -n "$router" link set outside address 02:00:00:00:00:fd
    ip -n "$router" address add 10.0.0.254/24 dev inside
    ip -n "$router" address add 198.51.100.254/24 dev outside
    ip -n "$router" address add fd00::fe/64 dev inside nodad
    ip -n "$router" address add 2001:db8:2::fe/64 dev outside nodad
    in_namespace switch nft -f docs/examples/floating-ip.nft
}

# The TCP connections with outside in a dump of Sluice (standard input), without the clients' ports,
# which are others each time: protocol, source, destination, and those of the answers.
outside_in_dump() {
    sed -nE 's/^tcp,orig=\(src=([^,]*),dst=([^,]*),.*reply=\(src=([^,]*),dst=([^,]*),sport=80,.*/tcp \1 \2 \3 \4/p' |
        grep -E '198\.51\.100\.9|2001:db8:2::9' | sort -u
}

# The same of what conntrack -L lists.
outside_in_list() {
    sed -nE 's/^tcp .* src=([^ ]*) dst=([^ ]*) .* src=([^ ]*) dst=([^ ]*) sport=80 .*/tcp \1 \2 \3 \4/p' |
        grep -E '198\.51\.100\.9|2001:db8:2::9' | sort -u
}

# Keeps what somebody who writes docs/nat.md wants to see.
keep() {
    [ -z "${SLUICE_NAT_LISTS:-}" ] || cp "$folder"/*.list "$SLUICE_NAT_LISTS"
}

add_namespace switch
add_inside alice 1
add_inside bob 2
add_inside carol 3
add_host switch outside 02:00:00:00:00:09 198.51.100.9/24 198.51.100.254 02:00:00:00:00:fd
add_ipv6 outside 2001:db8:2::9 2001:db8:2::fe 02:00:00:00:00:fd
cp docs/examples/floating-ip.flows "$folder"
config_for_this_machine docs/examples/floating-ip.yaml >"$folder/floating-ip.yaml"
for host in alice bob outside; do
    start_server "$host"
done
start_sluice switch "$folder/floating-ip.yaml"

check_all IPv4 203.0.113.11 203.0.113.12 203.0.113.1 198.51.100.9 198.51.100.9
check_equal "IPv4: alice reaches herself" "alice sees 203.0.113.11" "$(web alice 203.0.113.11)"
check "IPv4: the connection outwards is known by both sources" has_connection zone=1,proto=tcp \
    '^tcp,orig=\(src=10.0.0.1,dst=198.51.100.9,sport=([0-9]+),dport=80\),reply=\(src=198.51.100.9,dst=203.0.113.11,sport=80,dport=\1\),zone=1,'
check "IPv4: the one inwards by both destinations" has_connection zone=1,proto=tcp \
    '^tcp,orig=\(src=198.51.100.9,dst=203.0.113.11,sport=([0-9]+),dport=80\),reply=\(src=10.0.0.1,dst=198.51.100.9,sport=80,dport=\1\),zone=1,'
check "IPv4: the one from alice to bob is translated in both zones" has_connection zone=2,proto=tcp \
    '^tcp,orig=\(src=10.0.0.1,dst=10.0.0.2,sport=([0-9]+),dport=80\),reply=\(src=10.0.0.2,dst=203.0.113.11,sport=80,dport=\1\),zone=2,'

check_all IPv6 '[2001:db8:1::11]' '[2001:db8:1::12]' '[2001:db8:1::1]' '[2001:db8:2::9]' 2001:db8:2::9
check_equal "IPv6: alice reaches herself" "alice sees 2001:db8:1::11" "$(web alice '[2001:db8:1::11]')"
check "IPv6: the connection outwards is known by both sources" has_connection zone=1,proto=tcp \
    '^tcp,orig=\(src=fd00::1,dst=2001:db8:2::9,sport=([0-9]+),dport=80\),reply=\(src=2001:db8:2::9,dst=2001:db8:1::11,sport=80,dport=\1\),zone=1,'
check "IPv6: the one from alice to bob is translated in both zones" has_connection zone=2,proto=tcp \
    '^tcp,orig=\(src=fd00::1,dst=fd00::2,sport=([0-9]+),dport=80\),reply=\(src=fd00::2,dst=2001:db8:1::11,sport=80,dport=\1\),zone=2,'
check "all connections are closed, in both zones" wait_until 10 all_closed
check "most packets take cached ways" most_are_cached

sluice ct dump >"$folder/sluice.list"
sluice exit >/dev/null
wait_until 20 all_gone "$sluice_pid"
route_with_linux
check_all "Linux, IPv4" 203.0.113.11 203.0.113.12 203.0.113.1 198.51.100.9 198.51.100.9
check_all "Linux, IPv6" '[2001:db8:1::11]' '[2001:db8:1::12]' '[2001:db8:1::1]' '[2001:db8:2::9]' 2001:db8:2::9
{
    in_namespace switch conntrack -L -f ipv4
    in_namespace switch conntrack -L -f ipv6
} >"$folder/linux.list" 2>"$folder/conntrack.log"
check "connections with outside were some" test "$(outside_in_dump <"$folder/sluice.list" | wc -l)" -ge 10
check_equal "Linux had the same connections with outside" \
    "$(outside_in_dump <"$folder/sluice.list")" "$(outside_in_list <"$folder/linux.list")"
keep

exit $((checks_failed > 0))
