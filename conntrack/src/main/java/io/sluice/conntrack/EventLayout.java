package io.sluice.conntrack;

/**
 * How an event lies in memory, in rings and in logs. Numbers are little-endian.
 *
 * <pre>
 *   0  8  sequence: 1 for the first event since the start
 *   8  8  when it happened, ms        in rings by the table's clock, in logs since 1970 UTC
 *  16  8  first packet, ms            the same
 *  24  8  last packet, ms             the same
 *  32  1  type: 1 new, 2 update, 3 destroy, 4 lost, 5 block-allocated, 6 block-released
 *  33  1  destroy: ordinal of the reason
 *  34  1  IP protocol
 *  35  1  flags: 1 answers were seen, 2 its end is always logged, 4 IPv6
 *  36  4  kind of timeout, for TCP the state: ordinal of {@link Timeouts}' kinds
 *  40  4  ct_mark
 *  44  2  zone
 *  46  2  zone of the reply direction
 *  48 16  ct_label: the lower 64 bits, the upper
 *  64 16  source address, network order; IPv4 as ::ffff:a.b.c.d
 *  80 16  destination address
 *  96 16  source address of the reply direction
 * 112 16  its destination address
 * 128  2  source port; ICMP: identifier
 * 130  2  destination port; ICMP: type times 256 plus code
 * 132  4  the same two of the reply direction
 * 136  8  packets      lost: new events that were lost
 * 144  8  bytes        lost: updates
 * 152  8  packets of the reply direction  lost: destroy events
 * 160  8  bytes of the reply direction   lost: events of port blocks
 * 168 20  0
 * 188  4  in logs: CRC32c of the bytes before, 1 in the place of 0; written last
 * </pre>
 *
 * <p>Of a port block there are the number, the times, which are all the same, the type, IPv6, the
 * zones, the client in the place of the source address, the outside address in that of the reply's
 * destination, and the first and last port in those of the reply's ports; the rest is 0.
 */
public final class EventLayout {
    public static final int RECORD_BYTES = 192;

    public static final int SEQUENCE = 0;
    public static final int TIME_MS = 8;
    public static final int FIRST_MS = 16;
    public static final int LAST_MS = 24;
    public static final int TYPE = 32;
    static final int REASON = 33;
    static final int PROTOCOL = 34;
    static final int FLAGS = 35;
    static final int KIND = 36;
    static final int MARK = 40;
    static final int ZONE = 44;
    static final int REPLY_ZONE = 46;
    static final int LABEL_LOW = 48;
    static final int LABEL_HIGH = 56;
    static final int TUPLE_ADDRESSES = 64;
    static final int REPLY_ADDRESSES = 96;
    static final int TUPLE_PORTS = 128;
    static final int REPLY_PORTS = 132;
    static final int PACKETS = 136;
    static final int BYTES = 144;
    static final int REPLY_PACKETS = 152;
    static final int REPLY_BYTES = 160;
    static final int ZEROS = 168;
    public static final int CRC = 188;

    /** The first of four counts in a record of the type {@link #TYPE_LOST}. */
    public static final int LOST = PACKETS;

    public static final int TYPE_LOST = 4;

    static final int FLAG_SEEN_REPLY = 1;
    static final int FLAG_LOGGED = 2;
    static final int FLAG_IPV6 = 4;

    private EventLayout() {}
}
