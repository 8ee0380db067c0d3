# shellcheck shell=bash
# Sourced: numbers out of what Sluice's commands print. Needs sluice.sh.

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

# How many packets were dropped for the reason $1.
dropped() {
    sluice stats drops | awk -v reason="$1" '$2 == reason { print $1 }'
}

# How many packets were dropped otherwise than because a flow said so.
unwanted_drops() {
    sluice stats drops | awk 'NR > 1 && $2 != "flow" { sum += $1 } END { print sum + 0 }'
}
