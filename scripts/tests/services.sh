#!/usr/bin/env bash
# Services with real programs: a client finds the virtual address by ARP and neighbour discovery, is
# balanced over nginx servers of which Sluice knows nothing but their addresses, through one port or
# two and behind a gateway; a backend that comes, goes or gets another Ethernet address is noticed.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. scripts/lib/traffic-test.sh
. scripts/lib/server-lan.sh

answered_by() {
    shares "$1" 20 | grep -qE "$2"
}

has_state_in() {
    [ "$(sluice backend list "$1" | awk -v backend="$2" '$2 == backend { print $4 }')" = "$3" ]
}

gets_nothing() {
    ! fetch outside -m 2 -o "$folder/nothing" "$1" 2>"$folder/error"
}

# From where the third server got connections of those that have ended last.
seen_clients() {
    in_namespace s3 nft list set inet seen clients4 | grep -oE '[0-9]+\.[0-9.]+' | sort -u | tr '\n' ' '
    in_namespace s3 nft list set inet seen clients6 | grep -oE '[0-9a-f]+::[0-9a-f]+' | sort -u
}

refusal() {
    sluice "$@" 2>&1 || true
}

pings() {
    in_namespace "$1" ping -q -c 2 -i 0.2 -W 2 "$2" >"$folder/ping.log"
}

# What the first server itself got from service web and sent back: connections, packets and bytes in,
# packets and bytes out, of frames (nft counts without the 14 bytes of Ethernet's header).
count_at_server() {
    in_namespace s1 nft -f - <<'END'
table ip seen {
    chain in {
        type filter hook input priority 0
        ip saddr 192.0.2.9 tcp dport 80 tcp flags & (syn|ack) == syn counter
        ip saddr 192.0.2.9 tcp dport 80 counter
    }
    chain out {
        type filter hook output priority 0
        ip daddr 192.0.2.9 tcp sport 80 counter
    }
}
END
}
seen_at_server() {
    in_namespace s1 nft list table ip seen | awk '/counter packets/ {
        for (i = 1; i < NF; i++) if ($i == "packets") { packets[++n] = $(i + 1); bytes[n] = $(i + 3) }
    } END {
        print packets[1], packets[2], bytes[2] + 14 * packets[2], packets[3], bytes[3] + 14 * packets[3]
    }'
}
# The same of backend $1 (or "all") of web, as Sluice counts it.
carried() {
    sluice service stats web | awk -v backend="$1" '$2 == backend { print $4, $6, $7, $8, $9 }'
}
carried_before="0 0 0 0 0"
carried_as_seen() {
    [ "$(echo "$carried_before" "$(carried 10.0.0.11:80)" |
        awk '{ print $6 - $1, $7 - $2, $8 - $3, $9 - $4, $10 - $5 }')" = "$(seen_at_server)" ]
}
made_per_second() {
    sluice service stats web | awk '$2 == "all" { print $5 }'
}

start_server_lan 3
count_at_server
add_ipv6_address outside 2001:db8:2::9/64
for n in 1 2 3; do
    add_ipv6_address "s$n" "fd00::1$n/64"
    ip -n "$namespace_run-s$n" route add default via fd00::1
done
# One more is behind a gateway.
add_host lan gateway 02:00:00:00:01:fe 10.0.0.254/24
ip -n "$namespace_run-lan" link set gateway master br0
ip -n "$namespace_run-gateway" route add default via 10.0.0.1
in_namespace gateway sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
add_host gateway far 02:00:00:00:02:01 10.9.0.5/24
ip -n "$namespace_run-gateway" address add 10.9.0.1/24 dev far
ip -n "$namespace_run-far" route add default via 10.9.0.1
start_web_server far far
config_with '
interfaces:
  - {port: outside, address: 192.0.2.1/24}
  - {port: outside, address: "2001:db8:2::1/64"}
  - {port: inside, address: 10.0.0.1/24, gateway: 10.0.0.254}
  - {port: inside, address: "fd00::1/64"}
services:
  - {name: web, vip: "192.0.2.10:80", zone: 100, backends: ["10.0.0.11:80", "10.0.0.12:80"]}' \
    outside inside >"$folder/test.yaml"
start_sluice router "$folder/test.yaml"

check "the Ethernet address of the first backend is found" wait_until 5 has_state 10.0.0.11:80 up
check "and of the second" wait_until 5 has_state 10.0.0.12:80 up
got=$(shares http://192.0.2.10 100)
check_equal "100 connections, 100 answers ($got)" 100 "$(sum_of "$got")"
check "both servers gave some" grep -q 's1=.*s2=' <<<"$got"
check "service/stats counts what the server gets and sends, to the byte" wait_until 5 carried_as_seen
check_equal "and all 100 connections" 100 "$(carried all | cut -d' ' -f1)"
check "some of them in the last seconds" test "$(made_per_second)" -gt 0
check_equal "none goes on" 0 "$(sluice service stats web | awk '$2 == "all" { print $3 }')"
check_equal "in JSON too" 100 "$(sluice service stats web --format=json |
    python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["connections_made"])')"
check "the client found the virtual address by itself" \
    grep -q lladdr <(ip -n "$namespace_run-outside" neighbour show 192.0.2.10)
check "it can be pinged" pings outside 192.0.2.10
check "and so can the interface, from the other side" pings s1 10.0.0.1
sluice flow dump >"$folder/flows"
sluice flow replace "$(cat "$folder/flows")" >"$folder/replaced"
check_equal "a dump that is fed back changes nothing" "nothing changed" "$(cat "$folder/replaced")"
sluice flow replace 'table=0,priority=1,actions=drop' >/dev/null
sluice flow del >/dev/null
check_equal "services outlive flow/replace and flow/del" \
    "$(wc -l <"$folder/flows")" "$(sluice flow dump | wc -l)"
check "and answer" answered_by http://192.0.2.10 's[12]='

# A download that goes on while its backend is drained.
mkdir -p "$folder/s1/files" "$folder/s2/files"
head -c 3000000 /dev/urandom >"$folder/s1/files/large"
cp "$folder/s1/files/large" "$folder/s2/files/large"
open_at() {
    sluice backend list web | awk -v backend="$1" '$2 == backend { print $6 }'
}
are_open_at() {
    [ "$(open_at "$1")" = "$2" ]
}
sluice backend drain web 10.0.0.12:80 >/dev/null
fetch outside --limit-rate 150k -o "$folder/got" http://192.0.2.10/files/large &
download=$!
check "a slow download goes through the first backend" wait_until 5 are_open_at 10.0.0.11:80 1
sluice backend add web 10.0.0.12:80 >/dev/null
sluice backend drain web 10.0.0.11:80 >/dev/null
check_equal "a backend that drains says so" draining "$(state_of 10.0.0.11:80)"
check_equal "it has the download, which is counted" 1 "$(open_at 10.0.0.11:80)"
check_equal "and gets no new connection" s2=50 "$(shares http://192.0.2.10 50)"
wait "$download" || true
check_equal "the download arrives whole" "$(sha256sum <"$folder/s1/files/large")" \
    "$(sha256sum <"$folder/got")"
check "then none is left" wait_until 10 are_open_at 10.0.0.11:80 0
sluice backend add web 10.0.0.11:80 >/dev/null
check "a backend that is added again takes connections" wait_until 5 answered_by http://192.0.2.10 s1=

for algorithm in source_hash round_robin least_connections; do
    sluice service add other vip=192.0.2.11:80 zone=100 algorithm=$algorithm >/dev/null
    sluice backend add other 10.0.0.11:80 >/dev/null
    sluice backend add other 10.0.0.12:80 >/dev/null
    check "$algorithm: its backends are found" wait_until 5 answered_by http://192.0.2.11 's[12]='
    got=$(shares http://192.0.2.11 20)
    check_equal "$algorithm: 20 connections, 20 answers ($got)" 20 "$(sum_of "$got")"
    sluice service del other >/dev/null
done

# Floods of questions for the virtual address and, of IPv6, the interface's.
flood() {
    in_namespace outside python3 scripts/lib/neighbour-flood.py eth0 "$1" "$2"
}
# How many packets came to the meter $1 of services, and how many of them it dropped.
metered() {
    sluice meter stats "meter=$1" --format=json | python3 -c '
import json, sys
meter = json.load(sys.stdin)[0]
print(meter["packets"], meter["bands"][0]["dropped_packets"])'
}
for address in 192.0.2.10 2001:db8:2::1; do
    before=$(metered 4261412864)
    began_ms=$(($(date +%s%N) / 1000000))
    answers=$(flood "$address" 20000)
    took_ms=$(($(date +%s%N) / 1000000 - began_ms))
    read -r came lost <<<"$(echo "$before" "$(metered 4261412864)" | awk '{ print $3 - $1, $4 - $2 }')"
    passed=$((came - lost))
    check "a flood of questions for $address comes to its meter ($came of 20000)" test "$came" -gt 5000
    check "no more pass than 1000 a second and 100 at once ($passed in $took_ms ms)"         test "$passed" -le $((took_ms + 101))
    check_equal "each of those is answered" "$passed" "$answers"
done
flood 192.0.2.10 100000 >"$folder/flood" &
flood=$!
process_ids+=("$flood")
sluice backend add web 10.0.0.13:80 >/dev/null
check "a new backend is found during a flood" wait_until 4 has_state 10.0.0.13:80 up
check "and answers" wait_until 2 answered_by http://192.0.2.10 s3=
check "while the flood goes on" kill -0 "$flood"
wait "$flood"
sluice backend del web 10.0.0.13:80 >/dev/null

# Turns would spread a client's connections; affinity keeps them together.
shares_from() {
    local n
    for n in $(seq "$2"); do
        fetch outside --interface "$1" -H 'Connection: close' http://192.0.2.12/
    done | sort | uniq -c | awk '{ printf "%s%s=%s", sep, $2, $1; sep = " " }'
}
explained() {
    sluice service explain sticky src=$1:1
}
ip -n "$namespace_run-outside" address add 192.0.2.8/24 dev eth0
sluice service add sticky vip=192.0.2.12:80 zone=100 algorithm=round_robin affinity=3 >/dev/null
sluice backend add sticky 10.0.0.11:80 >/dev/null
sluice backend add sticky 10.0.0.12:80 >/dev/null
sticky_up() {
    [ "$(sluice backend list sticky | grep -c ' up ')" = 2 ]
}
check "affinity: its backends are found" wait_until 5 sticky_up
check "affinity: a client that was not there gets its turn" grep -q 'chosen by round_robin' \
    <<<"$(explained 192.0.2.9)"
one=$(shares_from 192.0.2.9 10)
other=$(shares_from 192.0.2.8 10)
check_equal "affinity: one server for all of a client, and another for another's" "s1=10 s2=10" \
    "$(printf '%s\n' "$one" "$other" | sort | tr '\n' ' ' | sed 's/ $//')"
check "affinity: service/explain says why" grep -q 'whose last one, less than 3 s ago, went there' \
    <<<"$(explained 192.0.2.8)"
has_ended() {
    explained 192.0.2.8 | grep -q 'chosen by round_robin'
}
check "affinity: it ends" wait_until 8 has_ended
shares_from 192.0.2.9 1 >"$folder/last"
sluice backend drain sticky "10.0.0.1$(sed -E 's/s(.)=.*/\1/' "$folder/last"):80" >/dev/null
check "affinity: not with a backend that drains" grep -q 'chosen by round_robin' \
    <<<"$(explained 192.0.2.9)"
sluice service del sticky >/dev/null
ip -n "$namespace_run-outside" address del 192.0.2.8/24 dev eth0

sluice backend add web 10.9.0.5 >/dev/null
check "a backend behind the gateway is found" wait_until 5 has_state 10.9.0.5 up
check "and answers" wait_until 10 answered_by http://192.0.2.10 far=
before=$(carried all)
sluice backend del web 10.9.0.5 >/dev/null
check_equal "when it is deleted, the service has still carried the same" "$before" "$(carried all)"
check "when it is deleted, others answer all" answered_by http://192.0.2.10 's[12]='
got=$(shares http://192.0.2.10 50)
check_equal "as many as there are ($got)" "50 0" "$(sum_of "$got") $(grep -c far <<<"$got" || true)"

sluice service add web6 'vip=[2001:db8:2::10]:80' zone=100 >/dev/null
sluice backend add web6 '[fd00::11]:80' >/dev/null
sluice backend add web6 '[fd00::13]:80' weight=2 >/dev/null
check "IPv6: the Ethernet addresses are found" wait_until 5 has_state '[fd00::11]:80' up
check "IPv6: of both backends" wait_until 5 has_state '[fd00::13]:80' up
got=$(shares 'http://[2001:db8:2::10]' 60)
check_equal "IPv6: 60 connections, 60 answers ($got)" 60 "$(sum_of "$got")"
check "IPv6: both servers gave some" grep -q 's1=.*s3=' <<<"$got"
check "IPv6: the virtual address can be pinged" pings outside 2001:db8:2::10

# Answers that do not come back by themselves: the third server has no way to the client but to Sluice's
# own network, and the first one is on the server's.
in_namespace s3 nft -f - <<'END'
table inet seen {
    set clients4 { type ipv4_addr; flags dynamic; }
    set clients6 { type ipv6_addr; flags dynamic; }
    chain in {
        type filter hook input priority 0
        ct state established tcp dport 80 add @clients4 { ip saddr }
        ct state established tcp dport 80 add @clients6 { ip6 saddr }
    }
}
END
ip -n "$namespace_run-s3" route del default
ip -n "$namespace_run-s3" -6 route del default
sluice service add direct vip=192.0.2.14:80 zone=100 >/dev/null
sluice service add hidden vip=192.0.2.15:80 zone=100 mode=snat >/dev/null
sluice service add hidden6 'vip=[2001:db8:2::15]:80' zone=100 mode=snat >/dev/null
sluice backend add direct 10.0.0.13:80 >/dev/null
sluice backend add hidden 10.0.0.13:80 >/dev/null
sluice backend add hidden6 '[fd00::13]:80' >/dev/null
check "a server without a way back is found" wait_until 5 has_state_in hidden 10.0.0.13:80 up
check "by IPv6 too" wait_until 5 has_state_in hidden6 '[fd00::13]:80' up
check "its answers go nowhere" gets_nothing http://192.0.2.14/
check_equal "with mode=snat they come" s3=50 "$(shares http://192.0.2.15 50)"
check_equal "with IPv6 too" s3=20 "$(shares 'http://[2001:db8:2::15]' 20)"
check_equal "service/stats counts 50 connections" 50 \
    "$(sluice service stats hidden | awk '$2 == "all" { print $4 }')"
check_equal "the server sees Sluice's address" "10.0.0.1 fd00::1" "$(seen_clients)"
hairpin=$(fetch s1 http://192.0.2.15/)
check_equal "a client on the server's own network is answered" s3 "$hairpin"
mkdir -p "$folder/s3/files"
cp "$folder/s1/files/large" "$folder/s3/files/large"
fetch outside -o "$folder/got" http://192.0.2.15/files/large
check_equal "a download arrives whole" "$(sha256sum <"$folder/s3/files/large")" \
    "$(sha256sum <"$folder/got")"
ip -n "$namespace_run-s3" route add default via 10.0.0.1
ip -n "$namespace_run-s3" -6 route add default via fd00::1
check_equal "both modes stand beside each other" "s3=20 s3=20" \
    "$(shares http://192.0.2.14 20) $(shares http://192.0.2.15 20)"
for service in direct hidden hidden6; do
    sluice service del $service >/dev/null
done
check_equal "no second connection is left" 0 "$(sluice ct count zone=65001)"

# A server that is replaced by another machine tells so (RFC 5227), or is asked when it is silent.
carried_before=$(carried 10.0.0.11:80)
in_namespace s1 nft delete table ip seen
count_at_server
ip -n "$namespace_run-s1" link set eth0 address 02:00:00:00:01:99
in_namespace s1 ping -q -c 1 -W 1 10.0.0.1 >/dev/null || true
moved() {
    sluice backend list | grep -q '10.0.0.11:80 .* 02:00:00:00:01:99 '
}
check "another Ethernet address of a backend is noticed" wait_until 5 moved
check "and it answers there" wait_until 10 answered_by http://192.0.2.10 s1=
check "what it has carried goes on ($carried_before, then $(carried 10.0.0.11:80))" \
    wait_until 5 carried_as_seen

# Health checks by an interface of the kernel.
ip -n "$namespace_run-router" address add 10.0.0.2/24 dev inside
sluice service add checked vip=192.0.2.20:80 zone=100 check=http check-body=s interval=0.2 \
    timeout=0.2 fall=3 rise=2 >/dev/null
sluice backend add checked 10.0.0.12:80 >/dev/null
sluice backend add checked 10.0.0.13:80 >/dev/null
checked_is() {
    [ "$(sluice backend list checked | awk -v backend="$1" '$2 == backend { print $4 }')" = "$2" ]
}
check "a backend that answers its check takes connections" wait_until 5 checked_is 10.0.0.12:80 up
check "and so does the other" wait_until 5 checked_is 10.0.0.13:80 up
# shellcheck disable=SC2046 # a list of numbers
kill $(ip netns pids "$namespace_run-s3")
check "one whose server has ended is down" wait_until 5 checked_is 10.0.0.13:80 down
check_equal "with what its last check came to" "Connection refused" \
    "$(sluice backend list checked | sed -n 's/.*02:00:00:00:01:03  [0-9]*  *//p')"
check_equal "and gets no connection" s2=50 "$(shares http://192.0.2.20 50)"
# shellcheck disable=SC2046 # a list of numbers
kill $(ip netns pids "$namespace_run-s2")
check "and then the other" wait_until 5 checked_is 10.0.0.12:80 down
before=$(dropped no-bucket)
fetch outside --connect-timeout 1 http://192.0.2.20/ >"$folder/nobody.log" 2>&1 || true
check "with all down, packets are dropped as no-bucket" test "$(dropped no-bucket)" -gt "$before"
rm -r "$folder/s3"
start_web_server s3 s3
check "a server that is back is up again" wait_until 5 checked_is 10.0.0.13:80 up
check_equal "and answers" s3=20 "$(shares http://192.0.2.20 20)"
sluice service del checked >/dev/null
sluice service add open vip=192.0.2.20:80 zone=100 check=tcp check-port=9 interval=0.2 fall=1 \
    fail-open=yes >/dev/null
sluice backend add open 10.0.0.13:80 >/dev/null
check "a service that fails open" wait_until 5 test "$(sluice backend list open | grep -c 10.0.0.13)" = 1
check "goes on with backends that are down" wait_until 5 answered_by http://192.0.2.20 s3=20
sluice service del open >/dev/null

# Clients that only send, and notice nothing.
rm -r "$folder/s2"
start_web_server s2 s2
sluice service add sink vip=192.0.2.20:514 proto=udp zone=100 check=tcp check-port=80 interval=0.2 \
    fall=2 >/dev/null
sluice backend add sink 10.0.0.12:514 >/dev/null
sluice backend add sink 10.0.0.13:514 >/dev/null
sink_is() {
    [ "$(sluice backend list sink | awk -v backend="$1" '$2 == backend { print $4 }')" = "$2" ]
}
sent_to() {
    sluice ct dump zone=100 | grep -c "^udp.*reply=(src=$1," || true
}
gets_some() {
    [ "$(sent_to "$1")" -gt 0 ]
}
check "a UDP service is checked by another port" wait_until 5 sink_is 10.0.0.12:514 up
check "of each backend" wait_until 5 sink_is 10.0.0.13:514 up
in_namespace outside python3 -c '
import socket, time
ends = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(100)]
for each in ends:
    each.connect(("192.0.2.20", 514))
until = time.monotonic() + 30
while time.monotonic() < until:
    for each in ends:
        try:
            each.send(b"x")
        except OSError:
            pass  # nobody listens there
    time.sleep(0.001)
' &
sender=$!
check "one backend gets some of what 100 senders send" wait_until 5 gets_some 10.0.0.12
check "and the other" wait_until 5 gets_some 10.0.0.13
# shellcheck disable=SC2046 # a list of numbers
kill $(ip netns pids "$namespace_run-s3")
check "one falls" wait_until 5 sink_is 10.0.0.13:514 down
sleep 0.5
check_equal "and is sent nothing more" "0 100" "$(sent_to 10.0.0.13) $(sent_to 10.0.0.12)"
sluice service del sink >/dev/null
# shellcheck disable=SC2046 # a list of numbers
kill $(ip netns pids "$namespace_run-outside")
wait "$sender" 2>/dev/null || true

check_equal "a service of the same address and port is refused" \
    "sluice: 192.0.2.10:80 of tcp is service web's, which has 192.0.2.10:80" \
    "$(refusal service add other vip=192.0.2.10:80)"
check_equal "a backend of the other family is refused" \
    "sluice: backend [fd00::11]:80 is no address of IPv4, as the vip of service web is" \
    "$(refusal backend add web '[fd00::11]:80')"
check_equal "a misspelt word is refused" "; did you mean 'algorithm'?" \
    "$(refusal service add x vip=192.0.2.11:80 algorithmm=maglev | grep -o ';.*')"
check_equal "flows of services are not changed by hand" \
    "sluice: group 4261412865 is made by services: service/... and backend/... change it" \
    "$(refusal group del group_id=4261412865)"
sluice service del web >/dev/null
sluice service del web6 >/dev/null
check_equal "a deleted service leaves no flow of its own" 0 \
    "$(sluice flow dump | grep -cE 'cookie=0x5e4e00000000000[1-9]' || true)"
check_equal "no group" "" "$(sluice group dump)"
check_equal "and no connection" 0 "$(sluice ct count zone=100)"

exit $((checks_failed > 0))
