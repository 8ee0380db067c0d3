#!/usr/bin/env bash
# A fast failover group follows the links of two servers, both with the same addresses.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. scripts/lib/traffic-test.sh

# How many packets the bucket in place $1 of the group has counted.
bucket_packets() {
    sluice group stats group_id=1 | sed -nE "s/.*,bucket$1:packet_count=([0-9]+).*/\1/p"
}

# Whether the ping of a client is answered, and the bucket $1 has sent it.
answered_through() {
    local before
    before=$(bucket_packets "$1")
    in_namespace client ping -q -c 1 -W 1 10.0.0.2 && [ "$(bucket_packets "$1")" -gt "$before" ]
}

add_namespace switch
add_host switch client 02:00:00:00:00:01 10.0.0.1/24
add_host switch main 02:00:00:00:00:02 10.0.0.2/24
add_host switch spare 02:00:00:00:00:02 10.0.0.2/24
cat >"$folder/test.flows" <<'FLOWS'
group_id=1,type=ff,bucket=watch_port:main,main,bucket=watch_port:spare,spare
in_port=client,actions=group:1
in_port=main,actions=client
in_port=spare,actions=client
FLOWS
start_sluice_with switch 'conntrack: {max-connections: 1024}' client main spare

check "the main server answers" wait_until 5 answered_through 0
ip -n "$namespace_run-main" link set eth0 down
check "when its link goes down, the spare one answers" wait_until 5 answered_through 1
check_equal "the link is shown as down" 1 "$(sluice port list main | grep -c ' down ')"
ip -n "$namespace_run-main" link set eth0 up
check "when it is up again, the main server answers" wait_until 5 answered_through 0
sluice group insert-buckets \
    group_id=1,command_bucket_id=first,bucket=bucket_id:9,watch_port:spare,spare >/dev/null
check "a bucket that is inserted first takes the packets" wait_until 5 answered_through 0
sluice group remove-buckets group_id=1,command_bucket_id=9 >/dev/null
check "when it is removed, they take the old way" wait_until 5 answered_through 0
ip -n "$namespace_run-main" link set eth0 down
ip -n "$namespace_run-switch" link set spare down
both_down() {
    ! in_namespace client ping -q -c 1 -W 0.2 10.0.0.2 &&
        [ "$(dropped no-bucket)" -gt 0 ]
}
check "without a live bucket packets are dropped and counted" wait_until 5 both_down
sluice group dump >"$folder/dump"
check_equal "a dump that is fed back changes nothing" \
    "$(cat "$folder/dump")" "$(sluice group mod "$(cat "$folder/dump")" >/dev/null && sluice group dump)"

exit $((checks_failed > 0))
