#!/usr/bin/env bash
# ICMP and ICMPv6 errors find their way back through Sluice: traceroute, refused datagrams, and path
# MTU discovery in both directions, through SNAT and DNAT, and for IPv6 without translation too.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. scripts/lib/traffic-test.sh
. scripts/lib/routers.sh

# client - near - Sluice - hop - server; near and hop are routers made of Linux.
sluice_mac=02:00:00:00:00:01 near_mac=02:00:00:00:00:02 hop_mac=02:00:00:00:00:03
translated=198.51.100.1 service=192.0.2.80 server=203.0.113.10 server6=fd00:c::10
# Clients that reach $outside6 are seen as $translated6; $service6 is $server6.
translated6=2001:db8:b::1 service6=2001:db8:b::80 outside6=fd00:c::20
mtu_to_server=1200 mtu_to_client=1300
mtu6_to_server=1350 mtu6_to_client=1400

make_site() {
    add_namespace switch
    add_ip_namespace client 0
    add_ip_namespace near 1
    add_ip_namespace hop 1
    add_ip_namespace server 0
    link client eth0 02:00:00:00:00:10 near client 02:00:00:00:00:11
    link near toward $near_mac switch near 02:00:00:00:00:12
    link switch hop 02:00:00:00:00:13 hop toward $hop_mac
    link hop server 02:00:00:00:00:14 server eth0 02:00:00:00:00:15
    net client address add 10.0.0.10/24 dev eth0
    net client address add fd00:a::10/64 dev eth0 nodad
    net near address add 10.0.0.1/24 dev client
    net near address add fd00:a::1/64 dev client nodad
    net near address add 10.0.1.1/24 dev toward
    net near address add fd00:b::1/64 dev toward nodad
    net hop address add 198.51.100.254/24 dev toward
    net hop address add fd00:b::2/64 dev toward nodad
    net hop address add 203.0.113.1/24 dev server
    net hop address add fd00:c::1/64 dev server nodad
    net server address add $server/24 dev eth0
    net server address add $server6/64 dev eth0 nodad
    net server address add $outside6/64 dev eth0 nodad
    # Whatever crosses Sluice is sent to its MAC address.
    net near neighbour add 10.0.1.2 lladdr $sluice_mac dev toward nud permanent
    net near neighbour add fd00:b::2 lladdr $sluice_mac dev toward nud permanent
    net hop neighbour add $translated lladdr $sluice_mac dev toward nud permanent
    net hop neighbour add fd00:b::1 lladdr $sluice_mac dev toward nud permanent
    net hop route add $translated6/128 via fd00:b::1
    net client route add default via 10.0.0.1
    net client route add default via fd00:a::1
    net near route add default via 10.0.1.2
    net near route add default via fd00:b::2
    net hop route add 10.0.0.0/24 via $translated
    net hop route add fd00:a::/64 via fd00:b::1
    net server route add default via 203.0.113.1
    net server route add default via fd00:c::1
    # Narrow in one direction each, so that the ends' own MTU, which TCP tells the other, stays 1500.
    net hop route add $server/32 dev server mtu lock $mtu_to_server
    net near route add 10.0.0.10/32 dev client mtu lock $mtu_to_client
    net hop route add $server6/128 dev server mtu lock $mtu6_to_server
    net hop route add $outside6/128 dev server mtu lock $mtu6_to_server
    net near route add fd00:a::10/128 dev client mtu lock $mtu6_to_client
}

write_config() {
    cat >"$folder/errors.flows" <<FLOWS
table=0,priority=10,ip,actions=ct(table=1,zone=5,nat)
table=0,priority=10,ipv6,actions=ct(table=1,zone=6,nat)
table=0,priority=0,actions=drop
table=1,priority=20,in_port=near,ip,nw_dst=$service,ct_state=+trk+new,actions=ct(commit,zone=5,nat(dst=$server)),mod_dl_dst:$hop_mac,hop
table=1,priority=10,in_port=near,ip,ct_state=+trk+new,actions=ct(commit,zone=5,nat(src=$translated)),mod_dl_dst:$hop_mac,hop
table=1,priority=20,in_port=near,ipv6,ipv6_dst=$service6,ct_state=+trk+new,actions=ct(commit,zone=6,nat(dst=[$server6])),mod_dl_dst:$hop_mac,hop
table=1,priority=20,in_port=near,ipv6,ipv6_dst=$outside6,ct_state=+trk+new,actions=ct(commit,zone=6,nat(src=[$translated6])),mod_dl_dst:$hop_mac,hop
table=1,priority=10,in_port=near,ipv6,ct_state=+trk+new,actions=ct(commit,zone=6),mod_dl_dst:$hop_mac,hop
table=1,priority=10,in_port=near,ct_state=+trk+est-rpl,actions=mod_dl_dst:$hop_mac,hop
table=1,priority=10,in_port=hop,ct_state=+trk+est+rpl,actions=mod_dl_dst:$near_mac,near
table=1,priority=10,in_port=near,ct_state=+trk+rel-rpl,actions=mod_dl_dst:$hop_mac,hop
table=1,priority=10,in_port=hop,ct_state=+trk+rel+rpl,actions=mod_dl_dst:$near_mac,near
table=1,priority=0,actions=drop
FLOWS
    cat >"$folder/errors.yaml" <<'CONFIG'
eal: ["--no-huge", "-m", "256", "--no-pci", "--no-shconf", "--no-telemetry"]
workers: [1]
control-core: 0
ports:
  - {name: near, number: 1, devargs: "net_af_packet1,iface=near"}
  - {name: hop, number: 2, devargs: "net_af_packet2,iface=hop"}
mbufs: {count: 8192}
conntrack: {max-connections: 4096}
flows: [errors.flows]
CONFIG
    config_for_this_machine "$folder/errors.yaml" >"$folder/config.yaml"
}

# GET /N answers N bytes, PUT the number of bytes that came.
write_web_server() {
    cat >"$folder/web.py" <<'PYTHON'
import http.server
import socket


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(bytes(int(self.path[1:])))

    def do_PUT(self):
        left, got = int(self.headers["Content-Length"]), 0
        while got < left:
            got += len(self.rfile.read(min(65536, left - got)))
        self.answer(str(got).encode())


class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6


Server(("::", 80), Handler).serve_forever()
PYTHON
}

# The addresses of the routers and the host that traceroute meets on its way to $1, one line.
hops() {
    in_namespace client traceroute -n -q 1 -w 3 -m 6 "${@:2}" "$1" 2>&1 |
        awk 'NR > 1 { printf "%s%s", between, $2; between = " " }'
}

# What a program of the client is told when it sends a datagram to a closed port of $1.
refusal() {
    in_namespace client python3 - "$1" <<'PYTHON'
import errno, socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(5)
s.connect((sys.argv[1], 9999))
s.send(b"anybody there?")
try:
    s.recv(100)
except OSError as e:
    print(errno.errorcode.get(e.errno, "nothing"))
PYTHON
}

upload() {
    head -c 3000000 /dev/zero | in_namespace client \
        curl -gsS --noproxy '*' --max-time 60 -H 'Expect:' -T - -H 'Transfer-Encoding:' \
        -H 'Content-Length: 3000000' "http://$1/upload"
}

download() {
    in_namespace client curl -gsS --noproxy '*' --max-time 60 "http://$1/3000000" | wc -c
}

# The MTU that the host $1 has learned for packets to $2; 1500 is its interface's.
learned_mtu() {
    net "$1" route get "$2" | sed -nE 's/.* mtu (lock )?([0-9]+).*/\2/p'
}

# check_path WORDS HOST SEEN MTU BACK: data of both directions, where the client's packets to HOST fit
# through MTU and the server's to SEEN through BACK, after both ends learned it.
check_path() {
    local host=$2
    [[ $host != *:* ]] || host="[$host]"
    # First the wider way: who has learned an MTU has the other side send no more either.
    check_equal "$1: a file comes down whole" 3000000 "$(download "$host")"
    check_equal "$1: the server has learned the path's MTU" "$5" "$(learned_mtu server "$3")"
    check_equal "$1: a file goes up whole" 3000000 "$(upload "$host")"
    check_equal "$1: the client has learned the path's MTU" "$4" "$(learned_mtu client "$2")"
}

make_site
write_config
write_web_server
start_in_namespace server "$folder/web.log" python3 "$folder/web.py"
wait_until 20 in_namespace server curl -sf --noproxy '*' -m 1 http://127.0.0.1/1
start_sluice switch "$folder/config.yaml"

# Behind a translated destination every hop has the service's address, as with Netfilter.
for way in "-U UDP" "-I ICMP" "-T TCP"; do
    read -r option name <<<"$way"
    check_equal "SNAT: traceroute by $name sees each hop" \
        "10.0.0.1 198.51.100.254 $server" "$(hops $server "$option")"
    check_equal "DNAT: traceroute by $name gets there" \
        "10.0.0.1 $service $service" "$(hops $service "$option")"
    check_equal "IPv6: traceroute by $name sees each hop" \
        "fd00:a::1 fd00:b::2 $server6" "$(hops $server6 "$option")"
    check_equal "IPv6 SNAT: traceroute by $name sees each hop" \
        "fd00:a::1 fd00:b::2 $outside6" "$(hops $outside6 "$option")"
    check_equal "IPv6 DNAT: traceroute by $name gets there" \
        "fd00:a::1 $service6 $service6" "$(hops $service6 "$option")"
done
for way in "SNAT $server" "DNAT $service" "IPv6 $server6" "IPv6-SNAT $outside6" "IPv6-DNAT $service6"; do
    read -r name host <<<"$way"
    check_equal "${name/-/ }: a closed port refuses a datagram at once" ECONNREFUSED "$(refusal "$host")"
done
check_path SNAT $server $translated $mtu_to_server $mtu_to_client
check_path DNAT $service 10.0.0.10 $mtu_to_server $mtu_to_client
check_path IPv6 $server6 fd00:a::10 $mtu6_to_server $mtu6_to_client
# The ends know the paths that they have just learned by other addresses: they forget them.
net client -6 route flush cache
net server -6 route flush cache
check_path "IPv6 SNAT" $outside6 $translated6 $mtu6_to_server $mtu6_to_client
net server -6 route flush cache
check_path "IPv6 DNAT" $service6 fd00:a::10 $mtu6_to_server $mtu6_to_client
check_equal "no packet was dropped for another reason than a flow's" 0 \
    "$(sluice stats drops | awk 'NR > 1 && $2 != "flow" { sum += $1 } END { print sum + 0 }')"

exit $((checks_failed > 0))
