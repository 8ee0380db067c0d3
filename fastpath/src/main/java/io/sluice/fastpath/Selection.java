package io.sluice.fastpath;

import java.util.List;

/**
 * How a select group finds the bucket for a packet.
 *
 * @param parameter of the method: the hash's basis, in its lower 32 bits for {@link Method#DP_HASH}
 *     whose upper 32 bits name the algorithm
 * @param fields what {@link Method#HASH} is over; empty: its default
 */
public record Selection(Method method, long parameter, List<HashedField> fields) {
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
        DP_HASH
    }

    /** For groups that say nothing, and for those that select nothing. */
    public static final Selection DEFAULT = new Selection(Method.UNSAID, 0, List.of());

    /** The algorithm of {@link Method#DP_HASH} that gives both directions the same. */
    public static final int SYMMETRIC = 1;

    public Selection {
        fields = List.copyOf(fields);
    }

    /** Of {@link Method#DP_HASH}. */
    public int algorithm() {
        return (int) (parameter >>> 32);
    }
}
