#!/usr/bin/env bash
# Every command of docs/load-balancer.md, in its order, with real web servers and a client.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. scripts/lib/traffic-test.sh
. scripts/lib/server-lan.sh
. scripts/lib/documents.sh

page=docs/load-balancer.md

has_state_in_shop() {
    [ "$(sluice backend list shop | awk -v backend="$1" '$2 == backend { print $4 }')" = "$2" ]
}

all_up() {
    has_state 10.0.0.11:80 up && has_state 10.0.0.12:80 up && has_state 10.0.0.13:80 up
}

start_server_lan 3
config_for_this_machine docs/examples/load-balancer.yaml >"$folder/load-balancer.yaml"
start_sluice router "$folder/load-balancer.yaml"
run_examples $page "The first service" 1 1
check "its backend is found" wait_until 10 has_state 10.0.0.11:80 up
check_equal "and answers" s1=5 "$(shares http://192.0.2.10 5)"
run_examples $page "The first service" 2 2
check "all backends are found" wait_until 10 all_up
run_examples $page "The first service" 3 5
# What it says of a client comes true.
for port in 4001 4002 4003 4004 4005 4006; do
    said=$(sluice service explain web src=192.0.2.9:$port | sed -nE 's/backend 10\.0\.0\.1([0-9]):80 .*/s\1/p')
    check_equal "the client at port $port gets the backend that service explain names" "$said" \
        "$(fetch outside --local-port $port -H 'Connection: close' http://192.0.2.10/)"
done
got=$(shares http://192.0.2.10 200)
check_equal "200 connections, 200 answers ($got)" 200 "$(sum_of "$got")"
all_closed() {
    [ "$(sluice backend list | awk 'NR > 1 { sum += $6 } END { print sum }')" = 0 ]
}
check "all connections are closed" wait_until 10 all_closed
run_examples $page "Taking backends away" 1 1
got=$(shares http://192.0.2.10 50)
check_equal "others answer all ($got)" 50 "$(sum_of "$got")"
check "the drained one gives none" test "${got/s1/}" = "$got"
run_examples $page "Taking backends away" 2 2
got=$(shares http://192.0.2.10 50)
check_equal "the one that is left answers all ($got)" 50 "$(sum_of "$got")"
check "the deleted one gives none" test "${got/s2/}" = "$got"
ip -n "$namespace_run-router" address add 10.0.0.2/24 dev inside
run_examples $page "Backends that fall ill" 1 1
check "the backend that answers is up" wait_until 10 has_state_in_shop 10.0.0.13:80 up
check "the other is down" wait_until 10 has_state_in_shop 10.0.0.13:81 down
run_examples $page "Backends that fall ill" 2 2
check_equal "the one that answers gets all connections" s3=20 "$(shares http://192.0.2.11 20)"
run_examples $page "When Sluice is not the backends' gateway" 1 1
ip -n "$namespace_run-s3" route del default
inner_answers() {
    [ "$(shares http://192.0.2.12 5)" = s3=5 ]
}
check "a backend without a way to clients answers them" wait_until 10 inner_answers
check_examples_run $page

exit $((checks_failed > 0))
