package io.sluice.fastpath;

import java.util.Arrays;

/**
 * The packet whose beginning an ICMP or ICMPv6 error carries: its tuple, which translations change,
 * and where its headers lie in the frame. {@link QuotedParser} reads it; as with the packet around
 * it, changes reach the frame when that is written ({@link QuotedWriter}). Used by the worker's
 * thread; reused.
 */
final class QuotedPacket {
    /** Where its IP header lies; 0 when there is none that connections could be looked up by. */
    long networkAt;

    boolean ipv6;
    int protocol;

    /** Where the transported header lies, of which only the beginning may be there. */
    long transportAt;

    /** Bytes from there on that the error carries. */
    int transportBytes;

    /** The same of the packet as it was sent, as far as its IP header can be believed. */
    int sentTransportBytes;

    /** The IPv6 destination was to change on the way, and checksums are over the last one. */
    boolean routed;

    /** Source and destination of IPv4 as {@link io.sluice.packet.TupleKey} has them. */
    long addresses;

    /** Ports, or identifier, type and code of a query, as TupleKey has them; 0 without. */
    int ports;

    /** Source and destination of IPv6, two numbers each, the upper first. */
    final long[] wide = new long[FlowKey.WIDE_WORDS];

    // The tuple as the frame has it.
    long writtenAddresses;
    int writtenPorts;
    final long[] writtenWide = new long[FlowKey.WIDE_WORDS];

    void clear() {
        networkAt = 0;
    }

    boolean isThere() {
        return networkAt != 0;
    }

    boolean isWritten() {
        return !isThere()
                || (addresses == writtenAddresses
                        && ports == writtenPorts
                        && Arrays.equals(wide, writtenWide));
    }

    void noteWritten() {
        if (isThere()) {
            writtenAddresses = addresses;
            writtenPorts = ports;
            System.arraycopy(wide, 0, writtenWide, 0, wide.length);
        }
    }

    /** The same in a copy of the frame that lies so many bytes behind the other's. */
    void copyFrom(QuotedPacket other, long distance) {
        if (!other.isThere()) {
            clear();
            return;
        }
        networkAt = other.networkAt + distance;
        ipv6 = other.ipv6;
        protocol = other.protocol;
        transportAt = other.transportAt + distance;
        transportBytes = other.transportBytes;
        sentTransportBytes = other.sentTransportBytes;
        routed = other.routed;
        copyTuple(other);
        writtenAddresses = other.writtenAddresses;
        writtenPorts = other.writtenPorts;
        System.arraycopy(other.writtenWide, 0, writtenWide, 0, wide.length);
    }

    /** Takes over what translations change, if one of the two is there. */
    void copyTuple(QuotedPacket other) {
        if (isThere() || other.isThere()) {
            addresses = other.addresses;
            ports = other.ports;
            System.arraycopy(other.wide, 0, wide, 0, wide.length);
        }
    }
}
