# shellcheck shell=bash
# Sourced: hosts made of network namespaces, and the programs that run in them, for scripts that
# send real traffic. Everything one run makes carries its name and process number, so that runs do
# not meet, and so that a run removes what an earlier one that was killed has left behind.
#
# The caller sets namespace_run=NAME-$$ (NAME is its own file name) and calls namespaces_begin. Needs
# processes.sh.

PATH=$PATH:/usr/sbin:/sbin
process_ids=()

# Where the caller may keep its files; short, because the control socket's path has a limit.
namespaces_folder() {
    echo "/run/$namespace_run"
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

# Tells the host $1 that the address $2 is at the MAC address $3.
knows() {
    ip -n "$namespace_run-$1" neighbour replace "$2" lladdr "$3" dev eth0 nud permanent
}

# Gives the host $1 the IPv6 address $2; its own duplicate detection would only delay the test.
add_ipv6_address() {
    in_namespace "$1" sh -c '
        echo 0 >/proc/sys/net/ipv6/conf/lo/disable_ipv6
        echo 0 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6
        echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad'
    ip -n "$namespace_run-$1" address add "$2" dev eth0 nodad
}

# scripts/lib/datagrams.py with the arguments "${@:2}" as the host $1.
datagrams() {
    in_namespace "$1" python3 scripts/lib/datagrams.py "${@:2}"
}
