package io.sluice.conntrack;

import io.sluice.packet.IpAddress;
import io.sluice.packet.TupleKey;

/**
 * One direction of a connection, as numbers people write.
 *
 * @param srcPort TCP, UDP and SCTP source port; the identifier of an ICMP or ICMPv6 echo; 0 for
 *     other protocols
 * @param dstPort TCP, UDP and SCTP destination port; for ICMP and ICMPv6 type times 256 plus code
 */
public record Tuple(IpAddress src, IpAddress dst, int srcPort, int dstPort) {
    /** Of IPv4, from numbers as {@link TupleKey} has them. */
    public static Tuple of(long addresses, int ports) {
        return of(
                IpAddress.ofIpv4(TupleKey.source(addresses)),
                IpAddress.ofIpv4(TupleKey.destination(addresses)),
                ports);
    }

    /** With ports as {@link TupleKey} has them. */
    public static Tuple of(IpAddress src, IpAddress dst, int ports) {
        return new Tuple(src, dst, TupleKey.sourcePort(ports), TupleKey.destinationPort(ports));
    }

    /** Of IPv6: source and destination in four longs from there on, ports as above. */
    public static Tuple ofWide(long[] words, int at, int ports) {
        return of(
                IpAddress.ofIpv6(words[at], words[at + 1]),
                IpAddress.ofIpv6(words[at + 2], words[at + 3]),
                ports);
    }
}
