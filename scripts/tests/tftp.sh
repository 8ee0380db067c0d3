#!/usr/bin/env bash
# TFTP with real clients and servers through docs/examples/related.flows: reads and writes through SNAT,
# through DNAT and over IPv6, and none where no flow asks for the helper; and the commands of
# docs/related.md print what the page says.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. scripts/lib/traffic-test.sh
. scripts/lib/documents.sh

page=docs/related.md
router_mac=02:00:00:00:00:fe

# Gives the host $1 the IPv6 address $2, and the gateway $3.
add_ipv6() {
    add_ipv6_address "$1" "$2/64"
    ip -n "$namespace_run-$1" neighbour add "$3" lladdr $router_mac dev eth0 nud permanent
    ip -n "$namespace_run-$1" route add default via "$3"
}

# Asks for a file from port 4000 of alice, and prints who answers what.
ask='
import socket
alice = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
alice.bind(("10.0.0.1", 4000))
alice.sendto(b"\0\1boot.img\0octet\0", ("192.0.2.9", 69))
alice.settimeout(60)
while True:
    data, sender = alice.recvfrom(2048)
    print(sender[0], sender[1], data[4:].decode(), flush=True)
'

# The datagram that a server begins a transfer with, from the port $1.
answer() {
    in_namespace outside python3 -c '
import socket, sys
outside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
outside.bind(("192.0.2.9", int(sys.argv[1])))
outside.sendto(b"\0\3\0\1block", ("192.0.2.1", 4000))' "$1"
}

start_server() {
    mkdir "$folder/$1"
    chmod 777 "$folder/$1"
    head -c 2000000 /dev/urandom >"$folder/$1/large"
    head -c 100000 /dev/urandom >"$folder/$1/small"
    start_in_namespace "$1" "$folder/$1.log" in.tftpd --foreground --create --permissive \
        --user root --secure "$folder/$1"
    wait_until 20 listens "$1"
}

listens() {
    in_namespace "$1" ss -Hlun 'sport = 69' | grep -q .
}

# get HOST ADDRESS FILE: the checksum of what the host reads from there.
get() {
    in_namespace "$1" curl -sfg --noproxy '*' -m 60 --tftp-blksize 1428 "tftp://$2/$3" | sha256sum
}

does_not_get() {
    ! in_namespace "$1" curl -sfg --noproxy '*' -m 3 "tftp://$2/$3" -o "$folder/nothing"
}

has_dropped() {
    [ "$(sluice stats drops --format=json | python3 -c '
import json, sys
print(sum(row["packets"] for row in json.load(sys.stdin) if row["reason"] == sys.argv[1]))' "$1")" -ge "$2" ]
}

most_are_cached() {
    sluice stats workers --format=json | python3 -c '
import json, sys
(worker,) = json.load(sys.stdin)
print(worker["cache_hits"], "packets took a cached way,", worker["slow_path"], "the slow path")
sys.exit(worker["cache_hits"] <= worker["slow_path"])'
}

add_namespace router
add_host router alice 02:00:00:00:00:01 10.0.0.1/24 10.0.0.254 $router_mac
add_host router outside 02:00:00:00:00:09 192.0.2.9/24
for address in 192.0.2.1 192.0.2.2; do
    knows outside $address $router_mac
done
add_ipv6 alice fd00::1 fd00::fe
add_ipv6 outside 2001:db8::9 2001:db8::fe
config_for_this_machine docs/examples/related.yaml >"$folder/related.yaml"
cp docs/examples/related.flows "$folder"
start_sluice router "$folder/related.yaml"

echo "--- the page"
start_in_namespace alice "$folder/asked" python3 -c "$ask"
asker=$!
is_expected() { [ -n "$(sluice ct expect-dump)" ]; }
check "alice's request makes its answer expected" wait_until 20 is_expected
run_examples $page "What is expected" 1 1
answer 5000
check "alice gets the answer" wait_until 10 holds "192.0.2.9 5000 block" "$folder/asked"
run_examples $page "What comes of it" 1 1
answer 5001
check "an answer from another port is not expected" wait_until 10 has_dropped no-match 1
check_equal "and does not come" 1 "$(wc -l <"$folder/asked")"
follow_example $page "Tied fate" 1
check "somebody waits for the end" wait_until 20 grep -qs " 03 [0-9]* $folder/" /proc/net/unix
sluice status >"$folder/status"
run_examples $page "Tied fate" 2 2
followed_example 1 30
check_examples_run $page
end_processes "$asker"
sluice ct flush zone=5 >/dev/null

echo "--- real clients and servers"
start_server alice
start_server outside
check_equal "alice reads through SNAT" "$(sha256sum <"$folder/outside/large")" \
    "$(get alice 192.0.2.9 large)"
check_equal "outside reads through DNAT" "$(sha256sum <"$folder/alice/large")" \
    "$(get outside 192.0.2.2 large)"
check_equal "alice reads over IPv6" "$(sha256sum <"$folder/outside/large")" \
    "$(get alice '[2001:db8::9]' large)"
cp "$folder/alice/small" "$folder/written"
check "alice writes through SNAT" in_namespace alice \
    tftp -m binary 192.0.2.9 -c put "$folder/written" written
check_equal "what was written" "$(sha256sum <"$folder/written")" \
    "$(sha256sum <"$folder/outside/written")"
check_equal "nothing waits any more" "" "$(sluice ct expect-dump)"
check "data takes cached ways" most_are_cached
check_equal "each transfer has its request's mark" 2 "$(sluice ct count zone=5 src=192.0.2.9 mark=7)"
check_equal "and over IPv6" 1 "$(sluice ct count zone=5 src=2001:db8::9 mark=8)"

echo "--- fate"
sluice ct flush zone=5 src=10.0.0.1 dport=69 >/dev/null
check_equal "transfers end with their requests" 0 "$(sluice ct count zone=5 src=192.0.2.9 dst=192.0.2.1)"
sluice ct flush zone=5 dst=192.0.2.2 dport=69 >/dev/null
check_equal "where a flow says untied they do not" 1 "$(sluice ct count zone=5 src=10.0.0.1 dst=192.0.2.9)"

echo "--- without the helper"
sed -E 's/alg=tftp,(untied,)?//' docs/examples/related.flows >"$folder/without.flows"
sluice flow replace "$(cat "$folder/without.flows")" >/dev/null
check "no file comes where no flow asks for the helper" does_not_get alice 192.0.2.9 small
check_equal "and nothing is expected" "" "$(sluice ct expect-dump)"

exit $((checks_failed > 0))
