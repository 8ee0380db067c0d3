#!/usr/bin/env bash
# Endpoint-independent mapping and filtering (docs/nat.md) with real sockets: a client learns its
# outside address and port from one server, and others reach it by them, from outside and inside;
# with the other filterings they do not. Then port blocks: the ports, the limit, the dumps and the
# log of real clients.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. scripts/lib/traffic-test.sh

# Asks from the host $1's port $2 at the address $3, port $4.
see() {
    in_namespace "$1" python3 scripts/lib/stun.py see "${@:2}"
}

# Has the host $1 listen at its port $2; what the server outside says of it, in $mapped.
listen() {
    start_in_namespace "$1" "$folder/$1.log" python3 scripts/lib/stun.py listen "$2" 198.51.100.9 3478
    wait_until 10 test -s "$folder/$1.log"
    mapped=$(<"$folder/$1.log")
}

# What clients' blocks are now, without what changes: "CLIENT FIRST-LAST" each, sorted.
blocks() {
    sluice nat blocks zone=1 | sed -E 's/client=([^,]*),.*ports=([^,]*),.*/\1 \2/' | sort
}

# The log of blocks, the types $1 alone, as "CLIENT FIRST-LAST".
logged() {
    sluice log --file "$folder/blocks" type="$1" |
        sed -E 's/.*client=([^,]*),.*ports=([^,]*),.*/\1 \2/' | sort
}

no_blocks() { [ -z "$(blocks)" ]; }
is_logged() { [ "$(logged block-released)" = "$1" ]; }

# Replaces the filtering in the flows by the word $1, and forgets all connections and mappings.
filter_by() {
    sed "s/,endpoint-independent-filtering/,$1/" docs/examples/carrier.flows >"$folder/other.flows"
    sluice flow replace "$(<"$folder/other.flows")" >/dev/null
    sluice ct flush zone=1 >/dev/null
}

add_namespace router
add_host router alice 02:00:00:00:00:01 10.0.0.1/24 10.0.0.254 02:00:00:00:00:fe
add_host router bob 02:00:00:00:00:02 10.0.0.2/24 10.0.0.254 02:00:00:00:00:fe
add_host router outside 02:00:00:00:00:09 198.51.100.9/24 198.51.100.254 02:00:00:00:00:fd
ip -n "$namespace_run-outside" address add 198.51.100.8/24 dev eth0
start_in_namespace outside "$folder/stun" python3 scripts/lib/stun.py serve 3478 3479
config_for_this_machine docs/examples/carrier.yaml >"$folder/carrier.yaml"
echo "event-log: {path: $folder/blocks, filter: \"type=block-allocated,block-released\"}" \
    >>"$folder/carrier.yaml"
cp docs/examples/carrier.flows "$folder"
start_sluice router "$folder/carrier.yaml"
first_is_answered() { [ "$(see alice 4000 198.51.100.9 3478)" != nothing ]; }
wait_until 10 first_is_answered

check_equal "alice is seen at one outside port by one server" 203.0.113.1:4000 \
    "$(see alice 4000 198.51.100.9 3478)"
check_equal "by another port of it" 203.0.113.1:4000 "$(see alice 4000 198.51.100.9 3479)"
check_equal "and by another server" 203.0.113.1:4000 "$(see alice 4000 198.51.100.8 3478)"
listen bob 4000
check "bob, with the same port, is seen at another: $mapped" test "$mapped" != 203.0.113.1:4000
port=${mapped#*:}
check_equal "a peer that bob never heard of reaches him by it" 198.51.100.9:5001 \
    "$(see outside 5001 203.0.113.1 "$port")"
check_equal "and a second one" 198.51.100.9:5002 "$(see outside 5002 203.0.113.1 "$port")"
check_equal "and alice, whom he sees at her outside port" 203.0.113.1:4000 \
    "$(see alice 4000 203.0.113.1 "$port")"
check_equal "nobody is behind a port without a mapping" nothing "$(see outside 5001 203.0.113.1 2000)"
sluice ct dump proto=udp | sort >"$folder/dump"
check "the dump shows who came in" grep -q \
    "orig=(src=198.51.100.9,dst=203.0.113.1,sport=5001,dport=$port),reply=(src=10.0.0.2,dst=198.51.100.9,sport=4000,dport=5001)" \
    "$folder/dump"
check "and both sides of the hairpin" grep -q \
    "orig=(src=10.0.0.1,dst=203.0.113.1,sport=4000,dport=$port),reply=(src=10.0.0.2,dst=203.0.113.1,sport=4000,dport=4000)" \
    "$folder/dump"

filter_by address-dependent-filtering
check_equal "address-dependent: alice has a mapping again" 203.0.113.1:4000 \
    "$(see alice 4000 198.51.100.9 3478)"
check "and nat mappings shows it" grep -q \
    "^udp,inside=(src=10.0.0.1,sport=4000),outside=(src=203.0.113.1,sport=4000),zone=1,address-dependent-filtering," \
    <(sluice nat mappings zone=1 client=10.0.0.1 port=4000)
start_in_namespace alice "$folder/alice" python3 scripts/lib/stun.py serve 4000
is_served() { [ "$(see outside 6001 203.0.113.1 4000)" != nothing ]; }
check "any port of the server's address reaches her" wait_until 5 is_served
filter_by address-and-port-dependent-filtering
check_equal "address-and-port-dependent: nobody does" nothing "$(see outside 6002 203.0.113.1 4000)"

# Blocks of 64 ports, two for each client, held for a second.
sed 's/endpoint-independent-mapping,endpoint-independent-filtering/port-block-size=64,max-port-blocks=2,port-block-hold=1/' \
    docs/examples/carrier.flows >"$folder/blocks.flows"
sluice flow replace "$(<"$folder/blocks.flows")" >/dev/null
sluice ct flush zone=1 >/dev/null
refused_before=$(sluice stats drops | awk '$2 == "nat-block-limit" {print $1}')
in_namespace alice python3 scripts/lib/stun.py many 150 198.51.100.9 3478 >"$folder/many"
refused=$(($(sluice stats drops | awk '$2 == "nat-block-limit" {print $1}') - refused_before))
alices=$(blocks)
check_equal "of 150 connections to one server 128 have a port, of 2 blocks of 64" 128 \
    "$(sort -u "$folder/many" | wc -l)"
check_equal "the others are refused, with their reason" 22 "$refused"
check_equal "stats nat counts them" 22 \
    "$(sluice stats nat --format=json | python3 -c 'import json, sys
print(sum(row["block_limit"] for row in json.load(sys.stdin)))')"
check_equal "nat blocks shows two of alice" 2 "$(grep -c '^10.0.0.1 ' <<<"$alices")"
check "and all her ports are of these" awk -F '[ -]' '
    NR == FNR { for (port = $2; port <= $3; port++) hers[port] = 1; next }
    { split($0, end, ":"); if (!hers[end[2]]) exit 1 }' <(echo "$alices") "$folder/many"
check "bob has a block of his own" test "$(see bob 4100 198.51.100.9 3478)" != nothing
all=$(printf '%s\n%s' "$alices" "$(blocks | grep '^10.0.0.2 ')" | sort)
check_equal "the log has a line for each block, and none for connections" "$all" \
    "$(logged block-allocated)"
one=$(head -1 "$folder/many")
check_equal "whose a port is, is told by it" "10.0.0.1" \
    "$(sluice nat blocks outside=203.0.113.1 port="${one#*:}" --format=json |
        python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["client"])')"
sluice ct flush zone=1 >/dev/null
check "after a flush and the hold no block is left" wait_until 30 no_blocks
check "and the log says so of each" wait_until 5 is_logged "$all"

# Mappings end a second after their connections, and those after a second of silence.
sluice ct timeout-set zone=1 udp-unreplied=1 udp-replied=1 >/dev/null
sed 's/endpoint-independent-filtering/&,port-block-size=64,port-block-hold=10/' \
    docs/examples/carrier.flows >"$folder/both.flows"
sluice flow replace "$(<"$folder/both.flows")" >/dev/null
seen=$(see bob 4100 198.51.100.9 3478)
check_equal "a mapping of a block is the same for another server" "$seen" \
    "$(see bob 4100 198.51.100.8 3478)"
check "and is within it" test "$(sluice nat blocks client=10.0.0.2 port="${seen#*:}" | wc -l)" = 1
check "the block ends after the mapping" wait_until 60 no_blocks

exit $((checks_failed > 0))
