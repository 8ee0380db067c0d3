#!/usr/bin/env bash
# The same control connections of FTP through Sluice with alg=ftp and through Linux with
# nf_conntrack_ftp and nf_nat_ftp: both ends get the same, and the same is expected.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. scripts/lib/traffic-test.sh

router_mac=02:00:00:00:00:fe client_mac=02:00:00:00:00:10 server_mac=02:00:00:00:00:20
client=10.0.0.1 client6=fd00:a::10 plain=203.0.113.10 snat=203.0.113.11 real=203.0.113.12
translated=198.151.100.200 service=198.151.200.222
plain6=fd00:c::10 snat6=fd00:c::11 translated6=2001:db8:1234:5678:9abc:def0:1234:5678

add_namespace switch
add_host switch client $client_mac $client/24 10.0.0.254 $router_mac
add_host switch server $server_mac $plain/24 203.0.113.254 $router_mac
for address in $snat $real; do
    ip -n "$namespace_run-server" address add $address/24 dev eth0
done
add_ipv6_address client $client6/64
add_ipv6_address server $plain6/64
ip -n "$namespace_run-server" address add $snat6/64 dev eth0 nodad
for host in "client fd00:a::fe" "server fd00:c::fe"; do
    read -r host gateway <<<"$host"
    ip -n "$namespace_run-$host" neighbour add "$gateway" lladdr $router_mac dev eth0 nud permanent
    ip -n "$namespace_run-$host" route add default via "$gateway"
done

write_flows() {
    local control="in_port=client,tp_dst=21,ct_state=+trk+new,actions=ct(commit,alg=ftp"
    local to_server="mod_dl_dst:$server_mac,server"
    cat >"$folder/test.flows" <<FLOWS
table=0,priority=10,tcp,actions=ct(table=1,zone=5,nat)
table=0,priority=10,tcp6,actions=ct(table=1,zone=6,nat)
table=1,priority=10,ct_state=+trk+est,in_port=client,actions=$to_server
table=1,priority=10,ct_state=+trk+est,in_port=server,actions=mod_dl_dst:$client_mac,client
table=1,tcp,nw_dst=$plain,$control,zone=5),$to_server
table=1,tcp,nw_dst=$snat,$control,zone=5,nat(src=$translated)),$to_server
table=1,tcp,nw_dst=$service,$control,zone=5,nat(dst=$real)),$to_server
table=1,tcp6,ipv6_dst=$plain6,$control,zone=6),$to_server
table=1,tcp6,ipv6_dst=$snat6,$control,zone=6,nat(src=[$translated6])),$to_server
FLOWS
}

route_with_linux() {
    local router=$namespace_run-switch
    in_namespace switch sh -c '
        for each in all default client server; do
            echo 0 >/proc/sys/net/ipv6/conf/$each/disable_ipv6
        done
        echo 1 >/proc/sys/net/ipv4/ip_forward
        echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
    ip -n "$router" link set client address $router_mac
    ip -n "$router" link set server address $router_mac
    ip -n "$router" address add 10.0.0.254/24 dev client
    ip -n "$router" address add 203.0.113.254/24 dev server
    ip -n "$router" address add fd00:a::fe/64 dev client nodad
    ip -n "$router" address add fd00:c::fe/64 dev server nodad
    in_namespace switch nft -f - <<RULES
table ip ftp {
    ct helper ftp { type "ftp" protocol tcp; l3proto ip; }
    chain help { type filter hook prerouting priority filter; tcp dport 21 ct helper set "ftp"; }
    chain to { type nat hook prerouting priority dstnat; ip daddr $service dnat to $real; }
    chain from { type nat hook postrouting priority srcnat; ip daddr $snat snat to $translated; }
}
table ip6 ftp {
    ct helper ftp { type "ftp" protocol tcp; l3proto ip6; }
    chain help { type filter hook prerouting priority filter; tcp dport 21 ct helper set "ftp"; }
    chain from { type nat hook postrouting priority srcnat; ip6 daddr $snat6 snat to $translated6; }
}
RULES
}

# dialogues NAME COMMAND HOST WORD...: the client's dialogues; then, while they are open, what is
# expected according to COMMAND, in the file NAME.
dialogues() {
    local output=$folder/$1 command=$2
    shift 2
    mkfifo "$folder/open"
    in_namespace client python3 scripts/lib/ftp_dialogues.py client "$@" \
        <"$folder/open" >>"$output" 2>&1 &
    local pid=$!
    process_ids+=($pid)
    exec 9>"$folder/open"
    wait_until 40 sh -c "tail -n 1 '$output' | grep -qx open" || true
    $command | sort >>"$output"
    exec 9>&-
    wait $pid || true
    rm "$folder/open"
}

# Expected connections: source, destination, port.
expected_by_sluice() {
    sluice ct expect-dump | sed -nE 's/^tcp,orig=\(src=([^,]*),dst=([^,]*),sport=0,dport=([0-9]+)\).*/expected \1 \2 \3/p'
}

expected_by_linux() {
    local family
    for family in ipv4 ipv6; do
        in_namespace switch conntrack -L expect -f $family 2>/dev/null
    done | sed -nE 's/^[0-9]+ .*proto=6 src=([^ ]*) dst=([^ ]*) sport=0 dport=([0-9]+) .*/expected \1 \2 \3/p'
}

# All dialogues into the file $1; what is expected is what $2 says.
all_dialogues() {
    dialogues "$1" "$2" $plain \
        "PORT 10,0,0,1,19,136" "200 ok" "EPRT |1|10.0.0.1|5001|" "200 ok" \
        "PASV" "227 Entering Passive Mode (203,0,113,10,19,138)." "EPSV" "229 ok (|||5003|)" \
        "PORT 10,0,0,2,19,140" "200 somebody else's"
    dialogues "$1" "$2" $snat \
        "PORT 10,0,0,1,19,146" "200 ok" "port 10,0,0,1,19,147" "200 ok" \
        "EPRT |1|10.0.0.1|5012|" "200 ok" "eprt !1!10.0.0.1!5013!" "200 ok" \
        "PORT 10,0,0,2,19,150" "200 somebody else's" "LIST" "150 here" \
        "PASV" "227 Entering Passive Mode (203,0,113,11,19,151)." "EPSV" "229 ok (|||5016|)"
    dialogues "$1" "$2" $service \
        "PORT 10,0,0,1,19,156" "200 ok" "EPRT |1|10.0.0.1|5021|" "200 ok" \
        "PASV" "227 Entering Passive Mode (203,0,113,12,19,158)." "PASV" "227 =203,0,113,12,19,159" \
        "PASV" "227 203,0,113,12,19,160 there" "EPSV" "229 Entering Extended Passive Mode (|||5025|)" \
        "PASV" "227 somebody else's (9,9,9,9,19,162)" "STAT" "227-203,0,113,12,19,163"
    dialogues "$1" "$2" $plain6 \
        "EPRT |2|$client6|5030|" "200 ok" "EPSV" "229 ok (|||5031|)" \
        "EPRT |2|fd00:a::11|5032|" "200 somebody else's"
    dialogues "$1" "$2" $snat6 "EPSV" "229 ok (|||5041|)"
}

start_in_namespace server "$folder/server.log" python3 scripts/lib/ftp_dialogues.py server
wait_until 10 in_namespace server bash -c 'exec 3<>/dev/tcp/127.0.0.1/21; echo -e "SITE x\r\nNOOP\r\nNOOP\r" >&3'
write_flows
start_sluice_with switch 'conntrack: {max-connections: 1024, expectations: {max: 1024}}' client server
all_dialogues sluice expected_by_sluice
sluice exit >/dev/null
wait_until 20 all_gone "$sluice_pid"
route_with_linux
all_dialogues linux expected_by_linux

check "all dialogues came to their end" test "$(grep -c '^open$' "$folder/sluice")" = 5
check "something was expected in each" test "$(grep -c '^expected ' "$folder/sluice")" -ge 18
check_equal "both ends get through Sluice what they get through Linux, and the same is expected" "" \
    "$(diff "$folder/sluice" "$folder/linux" || true)"

exit $((checks_failed > 0))
