package io.sluice.fastpath;

import io.sluice.packet.Ipv4;

/**
 * Where the headers of a frame lie, and which there are. Addresses stay right when a tag is added
 * to the frame or taken off, because only what is before the tag moves. Used by the worker's
 * thread; reused.
 */
final class Headers {
    /** What follows the Ethernet header and its tags. */
    enum Network {
        OTHER,
        /** ARP or RARP, of IPv4 over Ethernet. */
        ARP,
        IPV4,
        IPV6
    }

    Network network = Network.OTHER;
    long networkAt;

    /** The IP protocol whose header lies at {@link #transportAt}; 0 when none that we know. */
    int transport;

    long transportAt;

    /** From there to the end of the IP packet. */
    int transportBytes;

    /** Part of a packet, so that a checksum over all of it cannot be computed. */
    boolean fragment;

    // Of a fragment: what it shares with the others; the bytes of the packet that it has, from
    // which of them on; whether more follow.
    int identification;
    long fragmentAt;
    int fragmentBytes;
    int fragmentOffset;
    boolean moreFragments;

    /**
     * Of a first fragment whose others are here: the bytes of all of them, which the transport
     * header is read as a part of; 0: the fragment is read for itself.
     */
    int wholeBytes;

    /** The IPv6 destination changes on the way, and checksums are over the last one. */
    boolean routed;

    // Of neighbour discovery: the target, and the addresses in the options; 0 where there is none.
    long targetAt;
    long sourceLinkAt;
    long targetLinkAt;

    void clear() {
        network = Network.OTHER;
        networkAt = 0;
        transport = 0;
        transportAt = 0;
        transportBytes = 0;
        fragment = false;
        wholeBytes = 0;
        routed = false;
        targetAt = 0;
        sourceLinkAt = 0;
        targetLinkAt = 0;
    }

    /** The same headers in a copy of the frame that lies so many bytes behind the other's. */
    void copyFrom(Headers other, long distance) {
        network = other.network;
        networkAt = other.networkAt + distance;
        transport = other.transport;
        transportAt = other.transportAt + distance;
        transportBytes = other.transportBytes;
        fragment = other.fragment;
        identification = other.identification;
        fragmentAt = moved(other.fragmentAt, distance);
        fragmentBytes = other.fragmentBytes;
        fragmentOffset = other.fragmentOffset;
        moreFragments = other.moreFragments;
        wholeBytes = other.wholeBytes;
        routed = other.routed;
        targetAt = moved(other.targetAt, distance);
        sourceLinkAt = moved(other.sourceLinkAt, distance);
        targetLinkAt = moved(other.targetLinkAt, distance);
    }

    private static long moved(long address, long distance) {
        return address == 0 ? 0 : address + distance;
    }

    /** Notes that it is a fragment; the offset is in bytes. */
    void setFragment(int shared, int offset, boolean more, long at, int bytes) {
        fragment = true;
        identification = shared;
        fragmentOffset = offset;
        moreFragments = more;
        fragmentAt = at;
        fragmentBytes = bytes;
    }

    /** A part of a packet, of which nothing but its addresses is known. */
    boolean isPart() {
        return fragment && wholeBytes == 0;
    }

    boolean isIp() {
        return network == Network.IPV4 || network == Network.IPV6;
    }

    boolean hasPorts() {
        return transport == Ipv4.PROTO_TCP
                || transport == Ipv4.PROTO_UDP
                || transport == Ipv4.PROTO_SCTP;
    }
}
