# shellcheck shell=bash
# Sourced: hosts made of network namespaces, and the programs that run in them, for scripts that
# send real traffic. Everything one run makes carries its name and process number, so that runs do
# not meet, and so that a run removes what an earlier one that was killed has left behind.
#
# The caller sets namespace_run=NAME-$$ (NAME is its own file name) and calls namespaces_begin.

PATH=$PATH:/usr/sbin:/sbin
process_ids=()

# Where the caller may keep its files; short, because the control socket's path has a limit.
namespaces_folder() {
    echo "/run/$namespace_run"
}

# Calls the function $1 when the script ends, by itself or by a signal. The first thing that a signal
# does is to have later ones ignored: bash forgets what to do at exit when a second one comes then.
at_end() {
    # shellcheck disable=SC2064 # now
    trap "$1" EXIT
    trap 'trap "" HUP INT TERM; exit 129' HUP
    trap 'trap "" HUP INT TERM; exit 130' INT
    trap 'trap "" HUP INT TERM; exit 143' TERM
}

# Removes what killed runs of the same script left, and makes the folder. Needs root.
namespaces_begin() {
    if [ "$(id -u)" != 0 ]; then
        echo "$0: network namespaces need root" >&2
        exit 1
    fi
    namespaces_remove_leftovers "${namespace_run%-*}"
    mkdir -m 700 "$(namespaces_folder)"
}

# Ends the programs started here and removes the namespaces and the folder. For at_end.
namespaces_end() {
    trap '' HUP INT TERM
    local pid ours=()
    for pid in "${process_ids[@]}"; do
        # The number of one that has ended may be another's by now.
        ! grep -qs "^PPid:[[:space:]]*$$\$" "/proc/$pid/status" || ours+=("$pid")
    done
    end_processes "${ours[@]}"
    remove_run "$namespace_run"
}

# Removes what runs of the script named $1 left that are no more.
namespaces_remove_leftovers() {
    local run
    for run in $(runs_of "$1"); do
        run_is_alive "$1" "${run##*-}" || remove_run "$run"
    done
}

# NAME-PID of every run of the script named $1 that there is a trace of.
runs_of() {
    {
        ip netns list 2>/dev/null | cut -d' ' -f1
        find /run -maxdepth 1 -name "$1-*" -printf '%f\n'
    } | sed -nE "s/^($1-[0-9]+)(-.*)?$/\1/p" | sort -u
}

# Whether the process $2 is a run of the script named $1, other than this one, which has just begun.
run_is_alive() {
    [ "$2" != $$ ] && [ -r "/proc/$2/cmdline" ] &&
        tr '\0' '\n' <"/proc/$2/cmdline" 2>/dev/null | grep -qE "(^|/)${1#sluice-}(\.sh)?$"
}

remove_run() {
    local namespace
    for namespace in $(ip netns list | cut -d' ' -f1); do
        [[ $namespace == "$1"-* ]] || continue
        # shellcheck disable=SC2046 # a list of numbers
        end_processes $(ip netns pids "$namespace" 2>/dev/null)
        ip netns del "$namespace" 2>/dev/null || true
    done
    rm -rf "/run/$1"
}

# Asks the processes to end, waits, and makes them.
end_processes() {
    [ $# -gt 0 ] || return 0
    kill "$@" 2>/dev/null || true
    wait_until 10 all_gone "$@" || kill -KILL "$@" 2>/dev/null || true
    wait_until 5 all_gone "$@" || echo "$0: still running: $*" >&2
}

all_gone() {
    local pid
    for pid in "$@"; do
        # A process that has ended but was not waited for is gone.
        ! grep -qs '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$pid/status" || return 1
    done
}

# Tries the command until it succeeds, for $1 seconds at most; its output is not shown.
wait_until() {
    local deadline=$(($(date +%s%N) + $1 * 1000000000))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$(date +%s%N)" -lt "$deadline" ] || return 1
        sleep 0.1
    done
}

# Makes a namespace, without IPv6: neighbour discovery would disturb the counting of packets.
add_namespace() {
    ip netns add "$namespace_run-$1"
    in_namespace "$1" sh -c '
        for each in all default; do
            [ ! -e /proc/sys/net/ipv6/conf/$each ] ||
                echo 1 >/proc/sys/net/ipv6/conf/$each/disable_ipv6
        done'
    ip -n "$namespace_run-$1" link set lo up
}

# Makes the host $2 at the interface of the same name in the namespace $1, with MAC address $3, IPv4
# address and prefix length $4 and, if given, the gateway $5 at the MAC address $6.
add_host() {
    local router=$namespace_run-$1 host=$namespace_run-$2
    add_namespace "$2"
    ip link add "$2" netns "$router" type veth peer name eth0 address "$3" netns "$host"
    no_offloads "$1" "$2"
    no_offloads "$2" eth0
    ip -n "$router" link set "$2" up
    ip -n "$host" link set eth0 up
    ip -n "$host" address add "$4" dev eth0
    [ $# -gt 4 ] || return 0
    ip -n "$host" neighbour add "$5" lladdr "$6" dev eth0 nud permanent
    ip -n "$host" route add default via "$5"
}

# Frames that leave a veth otherwise carry partial checksums and may be larger than the MTU.
no_offloads() {
    in_namespace "$1" ethtool -K "$2" rx off tx off tso off gso off gro off >/dev/null
}

# Runs a command in a namespace.
in_namespace() {
    ip netns exec "$namespace_run-$1" "${@:2}"
}

# Starts a program in the namespace $1 that ends with this script even if that is killed; $! and
# process_ids know it. Its output goes to the file $2.
start_in_namespace() {
    setpriv --pdeathsig TERM ip netns exec "$namespace_run-$1" "${@:3}" </dev/null >"$2" 2>&1 &
    process_ids+=($!)
}

# Starts nginx as the host $1; it answers every request with the text $2 (nginx's variables may be
# in it) and keeps connections open.
start_web_server() {
    local folder
    folder=$(namespaces_folder)/$1
    mkdir "$folder"
    cat >"$folder/nginx.conf" <<CONF
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {}
http {
    access_log access.log;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    keepalive_requests 1000000;
    server {
        listen 80;
        location / {
            default_type text/plain;
            return 200 "$2\n";
        }
        location /files/ {
            root .;
        }
    }
}
CONF
    start_in_namespace "$1" "$folder/output" nginx -e stderr -p "$folder" -c "$folder/nginx.conf"
    wait_until 20 in_namespace "$1" curl -sf --noproxy '*' http://127.0.0.1/ || {
        echo "$0: the web server of $1 does not answer:" >&2
        cat "$folder/output" >&2
        exit 1
    }
}

# Starts Sluice in the namespace $1 with the config file $2 and waits until it is ready.
start_sluice() {
    local log
    log=$(namespaces_folder)/sluice.log
    start_in_namespace "$1" "$log" scripts/sluice --socket "$(sluice_socket)" run --config "$2"
    sluice_pid=$!
    wait_until 60 sluice_is_ready_or_gone "$log"
    grep -q '^sluice ready$' "$log" || {
        echo "$0: Sluice did not become ready; it said:" >&2
        cat "$log" >&2
        exit 1
    }
}

sluice_is_ready_or_gone() {
    grep -q '^sluice ready$' "$1" || all_gone "$sluice_pid"
}

sluice_socket() {
    echo "$(namespaces_folder)/sluice.sock"
}

# A command to the Sluice that start_sluice started.
sluice() {
    scripts/sluice --socket "$(sluice_socket)" "$@"
}

# A config with its list of workers replaced by the last core this script may use, and its control
# core by the first: $1 to standard output.
config_for_this_machine() {
    local cores first last
    cores=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status)
    first=${cores%%[,-]*} last=${cores##*[,-]}
    sed -E "s/^workers:.*/workers: [$last]/; s/^control-core:.*/control-core: $first/" "$1"
}

# The cell in the column $2 of the first line of a table (on standard input) that has $1 as one of
# its words; 0 if there is none.
cell() {
    awk -v row="$1" -v column="$2" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        !done { for (i = 1; i <= NF; i++) if ($i == row) { print $at[column]; done = 1; break } }
        END { if (!done) print 0 }'
}

# The sum of n_packets of the flows on standard input that match the pattern $1.
flow_packets() {
    sed -nE "/$1/s/.*n_packets=([0-9]+).*/\1/p" | awk '{ sum += $1 } END { print sum + 0 }'
}
