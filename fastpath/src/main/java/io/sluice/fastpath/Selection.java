package io.sluice.fastpath;

import java.util.List;

/**
 * How a select group finds the bucket for a packet.
 *
 * @param parameter of the method: the hash's basis, in its lower 32 bits for {@link Method#DP_HASH}
 *     whose upper 32 bits name the algorithm
 * @param fields what {@link Method#HASH} is over; empty: its default
 * @param affinitySeconds how long after its last new connection a client's next one goes through
 *     the same bucket; 0: no longer than others'
 * @param affinityClients how many clients are remembered for that, about
 */
public record Selection(
        Method method,
        long parameter,
        List<HashedField> fields,
        int affinitySeconds,
        int affinityClients) {
    /** The names are those of Open vSwitch's {@code selection_method}. */
    public enum Method {
        /** As {@link #DP_HASH} with the symmetric algorithm. */
        UNSAID,
        /**
         * Over some fields, or else over Ethernet addresses, VLAN, Ethernet type, IP addresses and
         * ports, the same in both directions.
         */
        HASH,
        /** Over the five-tuple. */
        DP_HASH,
        /** Over the five-tuple, in a {@link io.sluice.natlb.MaglevTable} of the buckets' names. */
        MAGLEV,
        /** The same over the source address alone. */
        SOURCE_HASH,
        /** For each new connection the next, by weight. */
        ROUND_ROBIN,
        /** For each new connection the one with the fewest, by weight. */
        LEAST_CONNECTIONS;

        /** Whether buckets' shares come from their names. */
        public boolean hasTable() {
            return this == MAGLEV || this == SOURCE_HASH;
        }

        /** Whether connections stay with the bucket that they were made in. */
        public boolean bindsConnections() {
            return compareTo(MAGLEV) >= 0;
        }
    }

    /** Clients that are remembered if nothing is said. */
    public static final int DEFAULT_AFFINITY_CLIENTS = 65_536;

    /** For groups that say nothing, and for those that select nothing. */
    public static final Selection DEFAULT = new Selection(Method.UNSAID, 0, List.of());

    /** The algorithm of {@link Method#DP_HASH} that gives both directions the same. */
    public static final int SYMMETRIC = 1;

    public Selection {
        fields = List.copyOf(fields);
    }

    /** A selection without affinity. */
    public Selection(Method method, long parameter, List<HashedField> fields) {
        this(method, parameter, fields, 0, DEFAULT_AFFINITY_CLIENTS);
    }

    /** Of {@link Method#DP_HASH}. */
    public int algorithm() {
        return (int) (parameter >>> 32);
    }
}
