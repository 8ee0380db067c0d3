#!/usr/bin/env bash
# A stateful firewall for IPv6: hosts inside reach servers outside, nobody outside reaches them.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. scripts/lib/traffic-test.sh

inside_reaches_outside() {
    in_namespace inside ping -q -c 1 -W 1 fd00::2
}

nobody_outside_gets_in() {
    ! in_namespace outside ping -q -c 2 -i 0.2 -W 1 fd00::1 >"$folder/ping.log"
}

web() {
    fetch inside -f "http://[fd00::2]/$1"
}

add_namespace switch
add_host switch inside 02:00:00:00:00:01 10.0.0.1/24
add_host switch outside 02:00:00:00:00:02 10.0.0.2/24
add_ipv6_address inside fd00::1/64
add_ipv6_address outside fd00::2/64
cat >"$folder/test.flows" <<'FLOWS'
# Neighbour discovery belongs to no connection.
table=0,priority=20,icmp6,icmp_type=135,actions=normal
table=0,priority=20,icmp6,icmp_type=136,actions=normal
table=0,priority=10,ipv6,actions=ct(table=1,zone=6)
table=1,priority=10,ipv6,ct_state=+trk+new,in_port=inside,actions=ct(commit,zone=6,exec(load:0xbeef->NXM_NX_CT_LABEL[64..79])),outside
table=1,priority=10,ipv6,ct_state=+trk+est,ct_label=0xbeef0000000000000000,actions=normal
table=1,priority=1,actions=drop
FLOWS
mkdir "$folder/web"
echo hello >"$folder/web/index.html"
head -c 5000000 /dev/urandom >"$folder/web/large"
start_in_namespace outside "$folder/web.log" python3 -m http.server --bind :: --directory "$folder/web" 80
wait_until 20 in_namespace outside curl -sf --noproxy '*' -m 1 'http://[fd00::2]/'
start_sluice_with switch 'conntrack: {max-connections: 1024}' inside outside

check "a host inside is answered from outside" wait_until 10 inside_reaches_outside
check "the ping is a connection" grep -qE \
    '^icmpv6,orig=\(src=fd00::1,dst=fd00::2,id=[0-9]+,type=128,code=0\),reply=\(src=fd00::2,dst=fd00::1,id=[0-9]+,type=129,code=0\),zone=6,labels=0xbeef0000000000000000$' \
    <(sluice ct dump proto=icmpv6)
check "nobody outside reaches a host inside" nobody_outside_gets_in
check_equal "a web server outside answers" hello "$(web '')"
check_equal "a file of 5 MB arrives unharmed" "$(sha256sum <"$folder/web/large")" \
    "$(web large | sha256sum)"
check "connections are found by address, label and zone" grep -q \
    '^tcp,orig=(src=fd00::1,dst=fd00::2,' \
    <(sluice ct dump zone=6,src=fd00::1,reply-src=fd00::2,labels=0xbeef0000000000000000/0xffff0000000000000000,proto=tcp)
check_equal "and not by others" 0 "$(sluice ct count zone=6,dst=fd00::3)"
check_equal "nor by another label" 0 "$(sluice ct count labels=0xbeee0000000000000000)"
check_equal "what the JSON says of the label" 901658403578849173438464 \
    "$(sluice ct dump proto=tcp --format=json | grep -oE '"labels" ?: ?[0-9]+' | head -n 1 | grep -oE '[0-9]+')"
sluice ct flush zone=6 >/dev/null
check_equal "a flush leaves none" 0 "$(sluice ct count zone=6)"
check_equal "and the web server answers new connections" hello "$(web '')"

exit $((checks_failed > 0))
