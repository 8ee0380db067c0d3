# shellcheck shell=bash
# Sourced: a Sluice in a namespace, and commands to it. Needs namespaces.sh.

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

# The config in the file $1 (or on standard input) with its list of workers replaced by the last core
# that this script may use, and its control core by the first.
config_for_this_machine() {
    local cores first last
    cores=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status)
    first=${cores%%[,-]*} last=${cores##*[,-]}
    sed -E "s/^workers:.*/workers: [$last]/; s/^control-core:.*/control-core: $first/" "${1:--}"
}

# A config with a port for each of "${@:2}", INTERFACE or NAME=INTERFACE, which are numbered from 1. The
# keys $1 are added as they are.
config_with() {
    local number=0 port
    config_for_this_machine <<'CONFIG'
eal: ["--no-huge", "-m", "256", "--no-pci", "--no-shconf", "--no-telemetry"]
workers: [1]
control-core: 0
mbufs: {count: 8192}
CONFIG
    printf '%s\nports:\n' "$1"
    for port in "${@:2}"; do
        number=$((number + 1))
        echo "  - {name: ${port%=*}, number: $number," \
            "devargs: \"net_af_packet$number,iface=${port#*=}\"}"
    done
}

# Starts Sluice in the namespace $1 with the config that config_with makes of the rest, and the flows
# in test.flows.
start_sluice_with() {
    config_with "$2"$'\nflows: [test.flows]' "${@:3}" >"$(namespaces_folder)/test.yaml"
    start_sluice "$1" "$(namespaces_folder)/test.yaml"
}
