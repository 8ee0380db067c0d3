# shellcheck shell=bash
# Sourced: runs the commands that a page of docs/ shows and compares what they print with what the page
# says. Needs checks.sh, processes.sh and sluice.sh.
#
# An example is a block whose lines begin with "$ scripts/sluice "; what a command prints is below it.
# Figures that differ from run to run are compared as figures only: times, how many packets a
# connection of TCP took, and what a service has carried. The log of ended connections is that in $folder/log.

examples_run=()

# run_examples PAGE SECTION FIRST LAST: the commands of the section's examples from number FIRST to LAST.
# What comes before the first section is in the section "".
run_examples() {
    local number line command expected
    for number in $(seq "$3" "$4"); do
        example "$@" "$number"
        command="" expected=""
        while IFS= read -r line; do
            if [[ $line == '$ scripts/sluice '* ]]; then
                [ -z "$command" ] || run_example "$command" "$expected"
                command=${line#'$ scripts/sluice '} expected=""
            else
                expected+=$line$'\n'
            fi
        done <"$folder/example"
        [ -z "$command" ] || run_example "$command" "$expected"
    done
}

# Finds the example number ${*: -1} of the section $2 of the page $1.
example() {
    awk -v section="## $2" -v number="${*: -1}" '
        BEGIN { here = section == "## " }
        /^## / { here = $0 == section }
        here && /^```/ { inside = !inside; first = inside; next }
        here && inside && first { block += /^\$ scripts\/sluice /; first = 0 }
        here && inside && block == number' "$1" >"$folder/example"
    check "$1, section '$2', has an example ${*: -1}" grep -q '^\$ scripts/sluice ' "$folder/example"
    examples_run+=("$1 $2 ${*: -1}")
}

run_example() {
    check_equal "sluice $1" "$(without_figures <<<"${2%$'\n'}")" \
        "$(example_command "$1" 2>&1 | without_figures)"
}

# follow_example PAGE SECTION NUMBER: starts the example's command, which goes on printing until the
# script ends.
follow_example() {
    example "$@"
    local command
    command=$(head -n 1 "$folder/example")
    tail -n +2 "$folder/example" | without_figures >"$folder/expected-$3"
    example_command "${command#'$ scripts/sluice '}" >"$folder/followed-$3" 2>&1 &
    process_ids+=($!)
}

# followed_example NUMBER SECONDS: checks that the followed example of this number prints what the page
# says within that time.
followed_example() {
    wait_until "$2" has_followed "$1" || true
    check_equal "what example $1 goes on printing" "$(cat "$folder/expected-$1")" \
        "$(without_figures <"$folder/followed-$1")"
}

has_followed() {
    without_figures <"$folder/followed-$1" | cmp -s - "$folder/expected-$1"
}

# The command of a page; the words as the shell reads them, quotes included: the page is ours.
example_command() {
    local words
    eval "words=($1)"
    case ${words[0]} in
        log) scripts/sluice "${words[@]}" --file "$folder/log/connections" ;;
        *) sluice "${words[@]}" ;;
    esac
}

without_figures() {
    sed -E 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/TIME/; s/duration=[0-9.]+/duration=SECONDS/
        /tcp,orig=/s/packets=[0-9]+,bytes=[0-9]+/packets=N,bytes=N/g
        /^service +backend +connections /,$ { s/ +/ /g; s/( [0-9]+)+$/ FIGURES/ }'
}

# check_examples_run PAGE [SECTION]: checks that every example of the page was run, but those of the
# section, which another test runs.
check_examples_run() {
    awk -v page="$1" -v other="${2:-no section}" '
        /^## / { section = substr($0, 4); block = 0 }
        /^```/ { inside = !inside; first = inside; next }
        inside && first && section != other && /^\$ scripts\/sluice / { print page, section, ++block }
        { first = 0 }' \
        "$1" | sort >"$folder/examples"
    check_equal "every example of $1 was run" "" \
        "$(printf '%s\n' "${examples_run[@]}" | sort | comm -13 - "$folder/examples")"
}
