package io.sluice.fastpath;

import io.sluice.packet.Ipv4;
import io.sluice.packet.TupleKey;

/**
 * The fields {@code ct_nw_src}, {@code ct_tp_dst} and so on of a flow key: the tuple of a
 * connection's original direction. Stateless.
 */
final class ConnectionTuple {
    private static final Field[][] PAIRS = {
        {Field.NW_PROTO, Field.CT_NW_PROTO},
        {Field.NW_SRC, Field.CT_NW_SRC},
        {Field.NW_DST, Field.CT_NW_DST},
        {Field.IPV6_SRC, Field.CT_IPV6_SRC},
        {Field.IPV6_DST, Field.CT_IPV6_DST},
        {Field.TP_SRC, Field.CT_TP_SRC},
        {Field.TP_DST, Field.CT_TP_DST},
    };

    private ConnectionTuple() {}

    /** Writes a tuple as {@link TupleKey} has it. */
    static void write(long[] key, long addresses, int ports, int protocol) {
        int transport =
                protocol == Ipv4.PROTO_ICMP || protocol == Ipv4.PROTO_ICMPV6
                        ? (ports & 0xFF0000) | (ports >>> 24)
                        : Integer.reverseBytes(ports);
        FlowKey.setConnectionTuple(key, addresses, transport, protocol);
    }

    /** Exchanges the packet's tuple and the connection's. */
    static void swap(long[] key) {
        for (Field[] pair : PAIRS) {
            long high = pair[0].getHigh(key);
            long low = pair[0].get(key);
            pair[0].set(key, pair[1].getHigh(key), pair[1].get(key));
            pair[1].set(key, high, low);
        }
    }
}
