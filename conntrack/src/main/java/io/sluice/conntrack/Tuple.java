package io.sluice.conntrack;

import io.sluice.packet.TupleKey;

/**
 * One direction of a connection, as numbers people write: addresses are network-order values.
 *
 * @param srcPort TCP and UDP source port; the identifier of an ICMP echo; 0 for other protocols
 * @param dstPort TCP and UDP destination port; for ICMP type times 256 plus code
 */
public record Tuple(int src, int dst, int srcPort, int dstPort) {
    /** From numbers as {@link TupleKey} has them. */
    public static Tuple of(long addresses, int ports) {
        return new Tuple(
                TupleKey.source(addresses),
                TupleKey.destination(addresses),
                TupleKey.sourcePort(ports),
                TupleKey.destinationPort(ports));
    }
}
