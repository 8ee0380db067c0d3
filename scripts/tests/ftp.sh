#!/usr/bin/env bash
# FTP through Sluice with alg=ftp: curl and lftp fetch and store files from vsftpd, active and passive, by
# IPv4 and IPv6, without translation, with SNAT and DNAT to longer and shorter addresses, by an unusual
# port, with commands in pieces. Data connections are let through by +rel only.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
. scripts/lib/traffic-test.sh

router_mac=02:00:00:00:00:fe client_mac=02:00:00:00:00:10 server_mac=02:00:00:00:00:20
# Clients, one with a short and one with a long address, and what they are seen as.
client=10.0.0.1 client_long=192.168.155.201 client6=fd00:a::10
translated_long=198.151.100.200 translated_short=9.8.7.6 translated6=2001:db8:1234:5678:9abc:def0:1234:5678
# The server, as who is not translated knows it, to where clients are translated, and behind two
# addresses that are not its own.
plain=203.0.113.10 snat=203.0.113.11 real=203.0.113.12 service_short=9.9.9.9 service_long=198.151.200.222
plain6=fd00:c::10 snat6=fd00:c::11 service6=2001:db8:ffff:eeee:dddd:cccc:bbbb:aaaa

make_site() {
    local address
    add_namespace switch
    add_host switch client $client_mac $client/24 10.0.0.254 $router_mac
    add_host switch server $server_mac $plain/24 203.0.113.254 $router_mac
    ip -n "$namespace_run-client" address add $client_long/24 dev eth0
    for address in $snat $real; do
        ip -n "$namespace_run-server" address add $address/24 dev eth0
    done
    add_ipv6_address client $client6/64
    add_ipv6_address server $plain6/64
    ip -n "$namespace_run-server" address add $snat6/64 dev eth0 nodad
    local host gateway
    for host in "client fd00:a::fe" "server fd00:c::fe"; do
        read -r host gateway <<<"$host"
        ip -n "$namespace_run-$host" neighbour add $gateway lladdr $router_mac dev eth0 nud permanent
        ip -n "$namespace_run-$host" route add default via $gateway
    done
}

# start_server PORT: vsftpd for anonymous users, with a folder where they may store files.
start_server() {
    cat >"$folder/vsftpd-$1.conf" <<CONFIG
listen_ipv6=YES
listen_port=$1
background=NO
anonymous_enable=YES
anon_root=$folder/ftp
write_enable=YES
anon_upload_enable=YES
anon_umask=022
secure_chroot_dir=$folder/empty
seccomp_sandbox=NO
port_promiscuous=NO
pasv_promiscuous=NO
connect_from_port_20=YES
one_process_model=NO
CONFIG
    start_in_namespace server "$folder/vsftpd-$1.log" vsftpd "$folder/vsftpd-$1.conf"
    wait_until 10 in_namespace server bash -c "exec 3<>/dev/tcp/127.0.0.1/$1"
}

# A SYN that comes again is translated before it is looked at: flows match where it came from (ct_nw_dst).
write_flows() {
    local control="in_port=client,ct_state=+trk+new-rel,actions=ct(commit,alg=ftp"
    local to_server="mod_dl_dst:$server_mac,server" to_client="mod_dl_dst:$client_mac,client"
    cat >"$folder/test.flows" <<FLOWS
table=0,priority=10,tcp,actions=ct(table=1,zone=5,nat)
table=0,priority=10,tcp6,actions=ct(table=1,zone=6,nat)
table=0,priority=0,actions=drop
table=1,priority=10,ct_state=+trk+est-rpl,in_port=client,actions=$to_server
table=1,priority=10,ct_state=+trk+est+rpl,in_port=client,actions=$to_server
table=1,priority=10,ct_state=+trk+est,in_port=server,actions=$to_client
table=1,priority=10,ct_state=+trk+new+rel,tcp,in_port=client,actions=ct(commit,zone=5,nat),$to_server
table=1,priority=10,ct_state=+trk+new+rel,tcp,in_port=server,actions=ct(commit,zone=5,nat),$to_client
table=1,priority=10,ct_state=+trk+new+rel,tcp6,in_port=client,actions=ct(commit,zone=6,nat),$to_server
table=1,priority=10,ct_state=+trk+new+rel,tcp6,in_port=server,actions=ct(commit,zone=6,nat),$to_client
table=1,priority=5,tcp,tp_dst=21,ct_nw_dst=$plain,$control,zone=5),$to_server
table=1,priority=5,tcp,tp_dst=2121,ct_nw_dst=$plain,$control,zone=5),$to_server
table=1,priority=5,tcp,tp_dst=21,ct_nw_src=$client,ct_nw_dst=$snat,$control,zone=5,nat(src=$translated_long)),$to_server
table=1,priority=5,tcp,tp_dst=21,ct_nw_src=$client_long,ct_nw_dst=$snat,$control,zone=5,nat(src=$translated_short)),$to_server
table=1,priority=5,tcp,tp_dst=2121,ct_nw_dst=$snat,$control,zone=5,nat(src=$translated_long)),$to_server
table=1,priority=5,tcp,tp_dst=21,ct_nw_dst=$service_short,$control,zone=5,nat(dst=$real)),$to_server
table=1,priority=5,tcp,tp_dst=21,ct_nw_dst=$service_long,$control,zone=5,nat(dst=$real)),$to_server
table=1,priority=5,tcp6,tp_dst=21,ct_ipv6_dst=$plain6,$control,zone=6),$to_server
table=1,priority=5,tcp6,tp_dst=21,ct_ipv6_dst=$snat6,$control,zone=6,nat(src=[$translated6])),$to_server
table=1,priority=5,tcp6,tp_dst=21,ct_ipv6_dst=$service6,$control,zone=6,nat(dst=[$plain6])),$to_server
table=1,priority=0,actions=drop
FLOWS
}

# Fetches two files by one control connection of curl; its options are "${@:3}".
curl_gets() {
    in_namespace client curl -gsS --noproxy '*' --max-time 60 --no-ftp-skip-pasv-ip "${@:3}" \
        "ftp://$1:$2/large" "ftp://$1:$2/hello" | sha256sum
}

# Fetches three files and stores one by one control connection; settings of lftp are $3.
lftp_gets_and_puts() {
    rm -f "$folder"/got/* "$folder/ftp/upload/$4"
    in_namespace client timeout 60 lftp -c "
        set net:timeout 15; set net:max-retries 1; set ftp:ssl-allow no; set ftp:use-feat no
        set ftp:fix-pasv-address no; set ftp:sync-mode yes; set xfer:clobber yes; $3
        open -u anonymous,x@y -p $2 ftp://$1
        get large -o $folder/got/large; get hello -o $folder/got/hello
        put $folder/ftp/large -o upload/$4; get hello -o $folder/got/again" >"$folder/lftp.log" 2>&1 ||
        cat "$folder/lftp.log" >&2
    cat "$folder/got/large" "$folder/got/hello" "$folder/got/again" "$folder/ftp/upload/$4" | sha256sum
}

# check_programs WORDS HOST PORT [curl's option...]: curl and lftp in all modes that the family has.
check_programs() {
    local words=$1 host=$2 port=$3 mode
    shift 3
    local modes=("EPSV" "EPRT -P -")
    [[ $host == *:* ]] || modes+=("PASV --disable-epsv" "PORT -P - --disable-eprt")
    for mode in "${modes[@]}"; do
        # shellcheck disable=SC2086 # options
        check_equal "$words: curl fetches two files, ${mode%% *}" "$two_files" \
            "$(curl_gets "$host" "$port" ${mode#"${mode%% *}"} "$@" || true)"
    done
    [ $# = 0 ] || return 0
    for mode in yes no; do
        check_equal "$words: lftp fetches three files and stores one, passive-mode $mode" "$four_files" \
            "$(lftp_gets_and_puts "$host" "$port" \
                "set ftp:passive-mode $mode; set ftp:prefer-epsv no" "file-$RANDOM" || true)"
    done
}

# check_pieces WORDS HOST PORT MODE...: commands of 3, 7 and 12 bytes a segment.
check_pieces() {
    local mode piece
    for mode in "${@:4}"; do
        for piece in 3 7 12; do
            check_equal "$1: three transfers, $mode, with commands in pieces of $piece bytes" \
                "hello hello hello" \
                "$(in_namespace client python3 scripts/lib/ftp_commands.py client "$2" "$3" "$mode" $piece 2>&1)"
        done
    done
}

not() {
    ! "$@"
}

# Whether somebody in the namespace $1 can connect to port $3 of $2.
can_connect() {
    in_namespace "$1" timeout 2 bash -c "exec 3<>/dev/tcp/$2/$3" 2>/dev/null
}

make_site
mkdir -p "$folder/ftp/upload" "$folder/empty" "$folder/got"
head -c 300000 /dev/urandom >"$folder/ftp/large"
echo hello >"$folder/ftp/hello"
chmod 755 "$folder"
chown ftp "$folder/ftp/upload"
two_files=$(cat "$folder/ftp/large" "$folder/ftp/hello" | sha256sum)
four_files=$(cat "$folder"/ftp/{large,hello,hello,large} | sha256sum)
start_server 21
start_server 2121
start_in_namespace server "$folder/web.log" python3 -m http.server --directory "$folder/empty" 8000
start_in_namespace client "$folder/web-client.log" python3 -m http.server --directory "$folder/empty" 8000
for host in client server; do
    wait_until 10 in_namespace $host bash -c "exec 3<>/dev/tcp/127.0.0.1/8000"
done
write_flows
start_sluice_with switch 'conntrack: {max-connections: 4096}' client server

check_programs "not translated" $plain 21
check_programs "not translated, port 2121" $plain 2121 --retry 0
check_programs "SNAT to a longer address" $snat 21
check_programs "SNAT to a shorter address" $snat 21 --interface $client_long
check_programs "SNAT, port 2121" $snat 2121 --retry 0
check_programs "DNAT from a shorter address" $service_short 21
check_programs "DNAT from a longer address" $service_long 21
check_programs "IPv6, not translated" "[$plain6]" 21
check_programs "IPv6, SNAT" "[$snat6]" 21
check_programs "IPv6, DNAT" "[$service6]" 21
check_pieces "SNAT" $snat 21 PORT EPRT
check_pieces "DNAT" $service_long 21 PASV EPSV PORT
check_pieces "IPv6, SNAT" $snat6 21 EPRT
check_equal "SNAT: a command whose second part waits for an acknowledgment" "hello hello hello" \
    "$(in_namespace client python3 scripts/lib/ftp_commands.py quickly $snat 21 2>&1)"
check "the client reaches no port that no control connection named" not can_connect client $plain 8000
check "nor the server the client" not can_connect server $client 8000
# Whether the hosts drop every 25th packet of TCP that comes, so that it is sent again.
lose() {
    local host
    for host in client server; do
        in_namespace $host nft -f - <<'RULES'
table inet lose {
    chain input { type filter hook input priority 0; meta l4proto tcp numgen random mod 25 == 0 drop; }
}
RULES
    done
}

check_equal "no packet was dropped for another reason than a flow's" 0 \
    "$(sluice stats drops | awk 'NR > 1 && $2 != "flow" { sum += $1 } END { print sum + 0 }')"

lose
check_equal "SNAT, every 25th packet lost: lftp fetches three files and stores one, active" "$four_files" \
    "$(lftp_gets_and_puts $snat 21 "set ftp:passive-mode no; set ftp:prefer-epsv no" lossy || true)"
check_equal "DNAT, every 25th packet lost: lftp fetches three files and stores one, passive" "$four_files" \
    "$(lftp_gets_and_puts $service_long 21 "set ftp:passive-mode yes; set ftp:prefer-epsv no" lossy2 || true)"
for mode in PORT EPRT; do
    check_equal "SNAT, every 25th packet lost: three transfers, $mode, with commands in pieces of 5 bytes" \
        "hello hello hello" \
        "$(in_namespace client python3 scripts/lib/ftp_commands.py client $snat 21 "$mode" 5 2>&1)"
done

exit $((checks_failed > 0))
