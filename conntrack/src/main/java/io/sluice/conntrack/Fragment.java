package io.sluice.conntrack;

/**
 * A fragment of an IP packet, as it is offered to a {@link FragmentTable}: the parser has seen that
 * its lengths lie within its frame. Reused; used by one thread.
 */
public final class Fragment {
    /** Of IPv4 the first word, as TupleKey has it, and zeros; of IPv6 source and destination. */
    public final long[] addresses = new long[4];

    public boolean ipv6;

    /** What the fragments of a datagram have in common: 16 bits of IPv4, 32 of IPv6. */
    public int identification;

    /** Of IPv4. Of IPv6 it is 0: fragments may differ in it (RFC 8200 section 4.5). */
    public int protocol;

    /** Where flows have it tracked: the zone of the original direction, the reply's above it. */
    public int zones;

    /** Of the fragmented data, from here to before {@link #endByte}. */
    public int startByte;

    public int endByte;

    /** Whether it is not the last. */
    public boolean more;

    /** What the whole packet has before the data and counts in its length, should it be first. */
    public int headerBytes;

    /** Length of the fragment's IP packet. */
    public int packetBytes;

    // What the holder needs to go on with it.
    public long mbuf;
    public int port;

    /** From the beginning of the frame to the fragmented data. */
    public int dataOffset;

    /** That the frame lies in. */
    public int buffers;

    int dataBytes() {
        return endByte - startByte;
    }

    /** All of the key but addresses and identification. */
    long kind() {
        return ((ipv6 ? 1L : 0L) << 40) | ((long) protocol << 32) | (zones & 0xFFFFFFFFL);
    }
}
