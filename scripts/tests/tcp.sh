#!/usr/bin/env bash
# Real TCP through a stateful firewall, over links that lose packets: every packet is in its window.
# Forged ones are not.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. scripts/lib/traffic-test.sh

megabytes=60

# How many packets table 1 found invalid.
invalid() {
    sluice flow dump "table=1,ct_state=+trk+inv" | flow_packets 'ct_state=.*inv'
}

# Fetches the file and compares it.
fetches_whole() {
    [ "$(fetch client http://10.0.0.2/files/data | sha256sum | cut -d' ' -f1)" = "$1" ]
}

uploads_whole() {
    in_namespace client python3 -c '
import socket, sys
s = socket.create_connection(("10.0.0.2", 9000), timeout=120)
s.sendall(open(sys.argv[1], "rb").read())
s.shutdown(socket.SHUT_WR)
sys.exit(s.makefile().read() != sys.argv[2])' "$folder/server/files/data" "$1"
}

# Small requests on connections that are opened and closed, 8 at a time.
fetches_many() {
    seq 400 | in_namespace client xargs -P 8 -I N \
        curl -sS --noproxy '*' --max-time 60 -o /dev/null http://10.0.0.2/?N
}

packets_were_lost() {
    local lost
    lost=$(in_namespace client nft list table inet loss | sed -nE 's/.*counter packets ([0-9]+) .*/\1/p')
    [ "$lost" -gt 5 ]
}

# Sends a TCP packet with the flags $1, the sequence number $2 and the acknowledgment $3 as if it came
# from the client's end of its open connection.
forge() {
    local packet
    packet=$(sluice packet compose "tcp,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02,nw_ttl=64,\
nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=$port,tp_dst=9000,tcp_flags=$1")
    packet=${packet:0:76}$2$3${packet:92}
    sluice packet out "in_port=client,packet=$packet,actions=resubmit(,0)"
}

# Acknowledgments with numbers half a circle apart: wherever the windows are, three are too far ahead in
# one of them, and one is only old.
forge_acknowledgments() {
    local sequence acknowledgment
    for sequence in 00000000 80000000; do
        for acknowledgment in 00000000 80000000; do
            forge ack $sequence $acknowledgment
        done
    done
}

add_namespace firewall
add_host firewall client 02:00:00:00:00:01 10.0.0.1/24
add_host firewall server 02:00:00:00:00:02 10.0.0.2/24
start_web_server server hello
mkdir "$folder/server/files"
head -c ${megabytes}M /dev/urandom >"$folder/server/files/data"
sum=$(sha256sum "$folder/server/files/data" | cut -d' ' -f1)
cat >"$folder/receive.py" <<'PYTHON'
import hashlib, socket, threading
def receive(s):
    sum = hashlib.sha256()
    while data := s.recv(1 << 16):
        sum.update(data)
    s.sendall(sum.hexdigest().encode())
    s.close()
listener = socket.create_server(("", 9000))
while True:
    threading.Thread(target=receive, args=(listener.accept()[0],), daemon=True).start()
PYTHON
start_in_namespace server "$folder/receive.log" python3 "$folder/receive.py"

cat >"$folder/test.flows" <<'FLOWS'
table=0,priority=0,actions=normal
table=0,priority=10,tcp,actions=ct(table=1,zone=5)
table=1,priority=3,tcp,ct_state=+trk+inv,actions=drop
table=1,priority=2,tcp,ct_state=+trk+est,actions=normal
table=1,priority=1,tcp,ct_state=+trk+new,tcp_flags=+syn-ack,in_port=client,actions=ct(commit,zone=5),normal
FLOWS
start_sluice_with firewall 'conntrack: {max-connections: 4096}' client server

check "a file comes whole" fetches_whole "$sum"
check "a file goes whole" uploads_whole "$sum"
check "400 connections open and close, 8 at a time" fetches_many
check_equal "no packet was invalid" 0 "$(invalid)"
check_equal "the cache answered most of them" 1 \
    "$(sluice stats workers --format=json |
        sed -E 's/.*"cache_hits":([0-9]+),"slow_path":([0-9]+).*/\1 \2/' |
        awk '{ print ($1 > 4 * $2) }')"
for host in client server; do
    in_namespace $host nft -f - <<'RULES'
table inet loss {
    chain in { type filter hook input priority 0; tcp dport != 0 numgen random mod 100 < 2 counter drop; }
    chain out { type filter hook output priority 0; tcp dport != 0 numgen random mod 100 < 2 drop; }
}
RULES
done
megabytes=8
truncate -s ${megabytes}M "$folder/server/files/data"
sum=$(sha256sum "$folder/server/files/data" | cut -d' ' -f1)
check "a file comes whole over bad links" fetches_whole "$sum"
check "a file goes whole over bad links" uploads_whole "$sum"
check_equal "no packet was invalid there either" 0 "$(invalid)"
check "packets were lost" packets_were_lost

start_in_namespace client "$folder/idle.log" python3 -c '
import socket, time
s = socket.create_connection(("10.0.0.2", 9000))
s.sendall(b"x")
time.sleep(600)'
open_connection() {
    sluice ct dump zone=5 dport=9000 state=established | sed -nE 's/.*orig=\([^)]*sport=([0-9]+).*/\1/p'
}
has_opened() {
    [ -n "$(open_connection)" ]
}
check "a connection is open" wait_until 10 has_opened
port=$(open_connection)
forge_acknowledgments
check_equal "three of four forged packets are invalid, and the old one is not" 3 "$(invalid)"
forge rst 00000000 00000000
check_equal "a forged RST is invalid" 4 "$(invalid)"
check_equal "the connection is still open" "$port" "$(open_connection)"
sluice dpctl ct-disable-tcp-seq-chk >/dev/null
forge_acknowledgments
check_equal "without the check all pass" 4 "$(invalid)"

exit $((checks_failed > 0))
