#!/usr/bin/env bash
# Pings of 4000 bytes and datagrams of 8000 go through SNAT and DNAT and back, IPv4 and IPv6, in
# fragments; a path that is too narrow for them heals; and docs/fragments.md says what is printed.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. scripts/lib/traffic-test.sh
. scripts/lib/routers.sh
. scripts/lib/documents.sh

page=docs/fragments.md
# client - Sluice - hop - server; hop is a router made of Linux.
sluice_mac=02:00:00:00:00:01 client_mac=02:00:00:00:00:02 hop_mac=02:00:00:00:00:03
translated=198.51.100.1 service=192.0.2.80 server=203.0.113.10
translated6=2001:db8:b::1 service6=2001:db8:b::80 server6=fd00:c::10 outside6=fd00:c::20
narrow=1350 narrow6=1400

make_site() {
    add_namespace switch
    add_ip_namespace client 0
    add_ip_namespace hop 1
    add_ip_namespace server 0
    link client eth0 $client_mac switch inside 02:00:00:00:00:11
    link switch outside 02:00:00:00:00:12 hop toward $hop_mac
    link hop server 02:00:00:00:00:13 server eth0 02:00:00:00:00:14
    net client address add 10.0.0.10/24 dev eth0
    net client address add fd00:a::10/64 dev eth0 nodad
    net hop address add 198.51.100.254/24 dev toward
    net hop address add fd00:b::2/64 dev toward nodad
    net hop address add 203.0.113.1/24 dev server
    net hop address add fd00:c::1/64 dev server nodad
    net server address add $server/24 dev eth0
    net server address add $server6/64 dev eth0 nodad
    net server address add $outside6/64 dev eth0 nodad
    # Whatever crosses Sluice is sent to its MAC address.
    net client neighbour add 10.0.0.1 lladdr $sluice_mac dev eth0 nud permanent
    net client neighbour add fd00:a::1 lladdr $sluice_mac dev eth0 nud permanent
    net hop neighbour add $translated lladdr $sluice_mac dev toward nud permanent
    net hop neighbour add fd00:b::1 lladdr $sluice_mac dev toward nud permanent
    net client route add default via 10.0.0.1
    net client route add default via fd00:a::1
    net hop route add 10.0.0.0/24 via $translated
    net hop route add fd00:a::/64 via fd00:b::1
    net hop route add $translated6/128 via fd00:b::1
    net server route add default via 203.0.113.1
    net server route add default via fd00:c::1
}

write_flows() {
    cat >"$folder/test.flows" <<FLOWS
table=0,priority=10,ip,actions=ct(table=1,zone=5,nat)
table=0,priority=10,ipv6,actions=ct(table=1,zone=6,nat)
table=0,priority=0,actions=drop
table=1,priority=20,in_port=inside,ip,nw_dst=$service,ct_state=+trk+new,actions=ct(commit,zone=5,nat(dst=$server)),mod_dl_dst:$hop_mac,outside
table=1,priority=10,in_port=inside,ip,ct_state=+trk+new,actions=ct(commit,zone=5,nat(src=$translated)),mod_dl_dst:$hop_mac,outside
table=1,priority=20,in_port=inside,ipv6,ipv6_dst=$service6,ct_state=+trk+new,actions=ct(commit,zone=6,nat(dst=[$server6])),mod_dl_dst:$hop_mac,outside
table=1,priority=10,in_port=inside,ipv6,ct_state=+trk+new,actions=ct(commit,zone=6,nat(src=[$translated6])),mod_dl_dst:$hop_mac,outside
table=1,priority=10,in_port=inside,ct_state=+trk+est-rpl,actions=mod_dl_dst:$hop_mac,outside
table=1,priority=10,in_port=outside,ct_state=+trk+est+rpl,actions=mod_dl_dst:$client_mac,inside
table=1,priority=10,in_port=outside,ct_state=+trk+rel+rpl,actions=mod_dl_dst:$client_mac,inside
table=1,priority=0,actions=drop
FLOWS
}

# Linux puts fragments together for DPDK's af_packet ports (PACKET_FANOUT_FLAG_DEFRAG); pcap's get them as
# they are.
start_with_fragments() {
    config_for_this_machine >"$folder/test.yaml" <<CONFIG
eal: ["--no-huge", "-m", "256", "--no-pci", "--no-shconf", "--no-telemetry"]
workers: [1]
control-core: 0
mbufs: {count: 8192}
ports:
  - {name: inside, number: 1, devargs: "net_pcap1,rx_iface_in=inside,tx_iface=inside"}
  - {name: outside, number: 2, devargs: "net_pcap2,rx_iface_in=outside,tx_iface=outside"}
flows: [test.flows]
$1
CONFIG
    start_sluice switch "$folder/test.yaml"
}

write_programs() {
    cat >"$folder/echo.py" <<'PYTHON'
import select
import socket
import sys


# One for each address, which is the one that answers come from.
def opened(address):
    s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((address, 7))
    return s


sockets = [opened(address) for address in sys.argv[1:]]
while True:
    for s in select.select(sockets, [], [])[0]:
        data, sender = s.recvfrom(65536)
        s.sendto(data, sender)
PYTHON
    # What came back of the bytes sent: all, none, or others. Tries again, as who has sent too much does.
    cat >"$folder/ask.py" <<'PYTHON'
import errno
import os
import socket
import sys

host, size, tries = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(2)
s.connect((host, 7))
sent, answer = os.urandom(size), "none"
for _ in range(tries):
    try:
        s.send(sent)
        answer = "all" if s.recv(65536) == sent else "others"
        break
    except OSError as e:
        # Nothing came, or an error that says how long fragments may be.
        if not isinstance(e, TimeoutError) and e.errno != errno.EMSGSIZE:
            raise
print(answer)
PYTHON
}

ask() {
    in_namespace client python3 "$folder/ask.py" "$1" "$2" "${3:-3}"
}

pings() {
    in_namespace client ping -n -q -c 3 -i 0.2 -W 5 -s 4000 "$1" | sed -nE 's/.* ([0-9]+) received.*/\1/p'
}

learned_mtu() {
    net client route get "$1" | sed -nE 's/.* mtu (lock )?([0-9]+).*/\2/p'
}

status() {
    sluice dpctl ipf-get-status | sed -nE "s/^ *$1: //p"
}

make_site
write_flows
write_programs
start_in_namespace server "$folder/echo.log" python3 "$folder/echo.py" $server $server6 $outside6
start_with_fragments ""
wait_until 20 in_namespace client ping -q -c 1 -W 1 $server
sluice ct flush >/dev/null
run_examples $page "" 1 1
check_equal "SNAT: a ping of 4000 bytes comes back" 1 \
    "$(in_namespace client ping -n -q -c 1 -W 5 -e 77 -s 4000 $server | sed -nE 's/.* ([0-9]+) received.*/\1/p')"
run_examples $page "" 2 2
for way in "SNAT $server" "DNAT $service" "IPv6-SNAT $outside6" "IPv6-DNAT $service6"; do
    read -r name host <<<"$way"
    check_equal "${name/-/ }: pings of 4000 bytes come back" 3 "$(pings "$host")"
    check_equal "${name/-/ }: a datagram of 8000 bytes comes back whole" all "$(ask "$host" 8000)"
    check_equal "${name/-/ }: the longest datagram comes back whole" all "$(ask "$host" 65000)"
done
check_equal "every fragment that waited has gone on" "$(status 'v4 frags accepted')" "$(status 'v4 frags completed')"
check_equal "every fragment of IPv6 that waited has gone on" "$(status 'v6 frags accepted')" "$(status 'v6 frags completed')"
check "there were many" test "$(status 'v4 frags completed')" -gt 200

# IPv6 routers cut nothing: the sender learns it from an error about a translated fragment.
net hop route add $server6/128 dev server mtu lock $narrow6
net hop route add $outside6/128 dev server mtu lock $narrow6
check_equal "IPv6 SNAT: a path that is too narrow for fragments heals" all "$(ask $outside6 8000 5)"
check_equal "IPv6 SNAT: the client has learned the path's MTU" $narrow6 "$(learned_mtu $outside6)"
check_equal "IPv6 DNAT: a path that is too narrow for fragments heals" all "$(ask $service6 8000 5)"
check_equal "IPv6 DNAT: the client has learned the path's MTU" $narrow6 "$(learned_mtu $service6)"

check_equal "no packet was dropped for another reason than a flow's" 0 \
    "$(sluice stats drops | awk 'NR > 1 && $2 != "flow" { sum += $1 } END { print sum + 0 }')"
run_examples $page Bounds 1 2
check_examples_run $page

# Routers of IPv4 cut fragments once more, and make short ones that are not the last.
net hop route change 10.0.0.0/24 via $translated mtu lock $narrow
net hop route change 198.51.100.0/24 dev toward mtu lock $narrow
check_equal "fragments of fragments are too small, as long as there is a least" none "$(ask $service 8000 1)"
check "and counted" test "$(dropped fragment-too-small)" -gt 0
kill -TERM "$sluice_pid"
wait_until 20 all_gone "$sluice_pid"
start_with_fragments 'conntrack: {fragments: {min-ipv4: 0}}'
check_equal "without a least fragments of fragments come whole" all "$(ask $service 8000)"
check_equal "SNAT: they do too" all "$(ask $server 8000)"

exit $((checks_failed > 0))
