# shellcheck shell=bash
# Sourced: the site of docs/examples/edge.flows, made of namespaces, with its Sluice running.
# Needs namespaces.sh, web.sh and sluice.sh.

edge_servers="server1 server2 server3"
edge_virtual_ip=192.0.2.80
edge_outside_ip=198.51.100.10
# What hosts inside are seen as.
edge_translated_ip=198.51.100.1

# Makes the hosts and their web servers, and starts Sluice. A server answers with its name, the
# server outside with the address that it sees.
start_edge() {
    local folder router_mac=02:00:00:00:00:01 n
    folder=$(namespaces_folder)
    add_namespace router
    add_host router client 02:00:00:00:00:10 10.0.0.10/24 10.0.0.1 $router_mac
    add_host router outside 02:00:00:00:00:20 $edge_outside_ip/24 $edge_translated_ip $router_mac
    for n in 1 2 3; do
        add_host router server$n 02:00:00:00:00:3$n 10.0.1.1$n/24 10.0.1.1 $router_mac
        start_web_server server$n server$n
    done
    # shellcheck disable=SC2016 # nginx's variable
    start_web_server outside '$remote_addr'
    config_for_this_machine docs/examples/edge.yaml >"$folder/edge.yaml"
    cp docs/examples/edge.flows "$folder"
    start_sluice router "$folder/edge.yaml"
}
