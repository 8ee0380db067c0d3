#!/usr/bin/env bash
# Real connections between two hosts, through docs/examples/event-log.flows, and what is told of
# them: each has one beginning and one end with the right reason, in the stream and in the log, which
# outlives a Sluice that is killed.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. scripts/lib/traffic-test.sh

events=$folder/events

# How many lines of the file $1 match the pattern $2.
lines() {
    grep -cE -e "$2" "$1" || true
}

has_lines() {
    [ "$(lines "$1" "$2")" -ge "$3" ]
}

# A datagram from the client to the port $1 of the server.
datagram() {
    # shellcheck disable=SC2016 # its own shell's
    in_namespace client bash -c 'echo >/dev/udp/10.0.0.2/$0' "$1"
}

# Follows the events with the filter "${@:2}" into the file $1.
follow() {
    scripts/sluice --socket "$(sluice_socket)" ct events "${@:2}" >"$1" 2>&1 &
    process_ids+=($!)
}

# What is logged, of the filter.
logged() {
    scripts/sluice log --file "$folder/log/connections" "$@"
}

start() {
    start_sluice_with router "
conntrack:
  max-connections: 131072
  zones:
    5: {timeouts: {tcp-time-wait: 1, tcp-close: 1}}
    6: {timeouts: {udp-unreplied: 1}}
event-log: {path: $folder/log/connections, filter: 'type=destroy,zone=5'}" p0=client p1=server
}

add_namespace router
add_host router client 02:00:00:00:00:01 10.0.0.1/24
add_host router server 02:00:00:00:00:02 10.0.0.2/24
knows client 10.0.0.2 02:00:00:00:00:02
knows server 10.0.0.1 02:00:00:00:00:01
start_web_server server server
# The example, and two ports of the server that it does not know.
cat docs/examples/event-log.flows - >"$folder/test.flows" <<'FLOWS'
table=0,priority=20,udp,in_port=p0,tp_dst=7000,actions=ct(commit,zone=7),p1
table=0,priority=20,udp,in_port=p0,tp_dst=9999,actions=ct(commit,zone=6,log),p1
FLOWS
start

check_equal "flows with ct(commit,log) are dumped as they were written" 2 \
    "$(sluice flow dump | grep -c 'ct(commit,log,zone=6)')"
follow "$events"
follow "$events.json" type=new,destroy zone=5 mark=7 --format=json
follow "$events.none" type=destroy zone=5 mark=8
heard() { datagram 1 && sleep 0.3 && holds ',dport=1)' "$events"; }
check "who asks for events hears of a datagram" wait_until 20 heard
# The two others have asked at the same time.
sleep 2

for _ in $(seq 20); do
    in_namespace client curl -sf --noproxy '*' --max-time 20 http://10.0.0.2/ >/dev/null
done
for _ in $(seq 5); do
    # Nobody listens there: the server's kernel answers with RST.
    in_namespace client curl -s --noproxy '*' --max-time 20 http://10.0.0.2:81/ >/dev/null || true
done
for _ in $(seq 3); do datagram 9999; done
for _ in $(seq 4); do datagram 7000; done
check "four datagrams begin connections in zone 7" wait_until 5 has_lines "$events" '^\[NEW\] udp.*zone=7' 4
sluice ct flush zone=7 >/dev/null
check "20 connections end by FIN" \
    wait_until 40 has_lines "$events" '^\[DESTROY\] tcp.*dport=80.*zone=5,mark=7.*reason=fin$' 20
check "5 by RST" wait_until 40 has_lines "$events" '^\[DESTROY\] tcp.*dport=81.*reason=rst$' 5
check "3 datagrams to a logged port end by timeout" \
    wait_until 40 has_lines "$events" '^\[DESTROY\] udp.*dport=9999.*zone=6.*reason=timeout$' 3
check "4 by the flush of their zone" \
    wait_until 40 has_lines "$events" '^\[DESTROY\] udp.*dport=7000.*zone=7.*reason=flush$' 4
check_equal "of the 25 TCP connections, as many have begun" 25 "$(lines "$events" '^\[NEW\] tcp.*mark=7')"
check_equal "and ended, each once" "25 25" \
    "$(lines "$events" '^\[DESTROY\] tcp') $(grep -E '^\[DESTROY\] tcp' "$events" | sort -u | wc -l)"
check_equal "each has gone through its states" "20 20 20 20" \
    "$(for state in SYN_RECV ESTABLISHED FIN_WAIT TIME_WAIT; do
        grep -E "^\[UPDATE\] tcp.*dport=80.*state=$state" "$events" |
            sed -E 's/.*sport=([0-9]+),dport=80.*/\1/' | sort -u | wc -l
    done | paste -sd' ')"
check_equal "packets and bytes of both directions are counted" 20 \
    "$(lines "$events" '^\[DESTROY\] tcp.*dport=80,packets=[56789],bytes=[0-9]{3}\).*packets=[3-9],bytes=[0-9]{3}\)')"
check_equal "the filter lets through what it names, as JSON" "25 25" \
    "$(lines "$events.json" '"type":"new"') $(lines "$events.json" '"type":"destroy"')"
check_equal "and nothing else" "50 0" "$(lines "$events.json" .) $(lines "$events.none" .)"
check_equal "no event was lost" "0 0 0" \
    "$(for type in new update destroy; do sluice stats events | cell $type lost; done | paste -sd' ')"

# A reader that does not read holds up nobody, and is told in the end what it missed.
cat >"$folder/reader.py" <<'PYTHON'
import json, os, re, socket, sys, time
connection = socket.socket(socket.AF_UNIX)
connection.connect(sys.argv[1])
connection.sendall(b'{"id":1,"method":"ct/events","params":["type=new","proto=udp"]}')
connection.recv(100)
open(sys.argv[2] + '/asked', 'w').close()
while not os.path.exists(sys.argv[2] + '/read'):
    time.sleep(0.1)
connection.settimeout(5)
text = ''
try:
    while 'lost here' not in text:
        text += connection.recv(1 << 20).decode()
except TimeoutError:
    pass
print(len(re.findall(r'\[NEW\]', text)), *re.findall(r'([0-9]+) events were lost here', text))
PYTHON
python3 "$folder/reader.py" "$(sluice_socket)" "$folder" >"$folder/reader" 2>&1 &
reader=$!
process_ids+=($reader)
wait_until 20 test -e "$folder/asked"
before=$(sluice stats events | cell new events)
in_namespace client python3 - <<'PYTHON'
import socket, time
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for port in range(10000, 50000):
    udp.sendto(b'x', ('10.0.0.2', port))
    if port % 50 == 0:
        time.sleep(0.005)
PYTHON
wait_until 20 eval '[ "$(sluice stats events | cell new events)" -ge $((before + 39000)) ]' || true
begun=$(($(sluice stats events | cell new events) - before))
echo "     $begun connections began while nobody read"
is_answered() {
    timeout 10 scripts/sluice --socket "$(sluice_socket)" status >/dev/null
}
check "a command is answered meanwhile" is_answered
touch "$folder/read"
wait $reader || true
read -r got missed <"$folder/reader"
check_equal "what a reader gets and what it is told it missed is all" "$begun" "$((got + ${missed:-0}))"
check "and it did miss some ($got read, $missed missed)" test "${missed:-0}" -gt 0

logged >"$folder/logged" || true
check_equal "the log has the ends that its filter names" "25 20 5" \
    "$(lines "$folder/logged" 'zone=5') $(lines "$folder/logged" 'reason=fin') $(lines "$folder/logged" 'reason=rst')"
check_equal "and those that ct(commit,log) asked for, nothing else" "3 28" \
    "$(lines "$folder/logged" 'dport=9999') $(lines "$folder/logged" .)"
check_equal "it is filtered" 5 "$(logged zone=5 dport=81 | wc -l)"

kill -KILL "$sluice_pid"
wait_until 5 all_gone "$sluice_pid"
check_equal "when Sluice is killed, the log tells what had ended" "$(cat "$folder/logged")" "$(logged)"
scripts/sluice log --file "$folder/log/connections" --follow --format=json >"$folder/followed" 2>&1 &
process_ids+=($!)
start
for _ in $(seq 2); do
    in_namespace client curl -sf --noproxy '*' --max-time 20 http://10.0.0.2/ >/dev/null
done
check "one who follows the log sees what the next one appends" \
    wait_until 30 has_lines "$folder/followed" '"reason":"fin"' 22
check_equal "behind what was there" "30 28" \
    "$(logged | wc -l) $(logged | head -n 28 | cmp - "$folder/logged" >/dev/null && wc -l <"$folder/logged")"

exit $((checks_failed > 0))
