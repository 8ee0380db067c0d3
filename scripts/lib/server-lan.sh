# shellcheck shell=bash
# Sourced: a client and web servers around the namespace router, where Sluice is to run between its
# interfaces "outside" (to the client) and "inside". Needs namespaces.sh and web.sh.

# Makes the client, and the servers 1 to $1 that answer with their names s1, s2 ...
start_server_lan() {
    local n
    add_namespace router
    add_host router outside 02:00:00:00:00:01 192.0.2.9/24
    add_namespace lan
    ip -n "$namespace_run-lan" link add br0 type bridge
    ip -n "$namespace_run-lan" link set br0 up
    ip -n "$namespace_run-router" link add inside address 02:00:00:00:00:fe type veth \
        peer name router netns "$namespace_run-lan"
    no_offloads router inside
    no_offloads lan router
    ip -n "$namespace_run-router" link set inside up
    ip -n "$namespace_run-lan" link set router up master br0
    for n in $(seq "$1"); do
        add_server "$n"
    done
}

add_server() {
    add_host lan "s$1" "02:00:00:00:01:0$1" "10.0.0.1$1/24"
    ip -n "$namespace_run-lan" link set "s$1" master br0
    ip -n "$namespace_run-s$1" route add default via 10.0.0.1
    start_web_server "s$1" "s$1"
}

# How many of $2 connections to the URL $1 each server answered, such as "s1=3 s2=5".
shares() {
    local answers
    answers=$(in_namespace outside curl -s --noproxy '*' -m 20 -H 'Connection: close' \
        "$1/[1-$2]" || true)
    sort <<<"$answers" | uniq -c | awk '{ printf "%s%s=%s", sep, $2, $1; sep = " " }'
}

sum_of() {
    tr ' ' '\n' <<<"$1" | cut -d= -f2 | awk '{ sum += $1 } END { print sum + 0 }'
}

state_of() {
    sluice backend list | awk -v backend="$1" '$2 == backend { print $4 }'
}

has_state() {
    [ "$(state_of "$1")" = "$2" ]
}
