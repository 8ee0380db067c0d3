# shellcheck shell=bash
# Sourced: hosts and routers of IPv4 and IPv6, linked with each other. Needs namespaces.sh.

# Links the interface $2 of the namespace $1, whose MAC address is $3, to $5 of $4 with $6.
link() {
    ip link add "$2" netns "$namespace_run-$1" address "$3" type veth \
        peer name "$5" netns "$namespace_run-$4" address "$6"
    no_offloads "$1" "$2"
    no_offloads "$4" "$5"
    ip -n "$namespace_run-$1" link set "$2" up
    ip -n "$namespace_run-$4" link set "$5" up
}

# Makes the namespace $1 with IPv6, without limits for ICMP errors, forwarding if $2 is 1.
add_ip_namespace() {
    add_namespace "$1"
    in_namespace "$1" sh -c "
        cd /proc/sys/net
        for each in all default lo; do echo 0 >ipv6/conf/\$each/disable_ipv6; done
        for each in all default; do echo 0 >ipv4/conf/\$each/rp_filter; done
        echo 0 >ipv6/conf/default/accept_dad
        echo 0 >ipv4/icmp_ratelimit
        echo 0 >ipv6/icmp/ratelimit
        echo $2 >ipv4/ip_forward
        echo $2 >ipv6/conf/all/forwarding"
}

# ip's words after the namespace $1.
net() {
    ip -n "$namespace_run-$1" "${@:2}"
}
