package io.sluice.fastpath;

/**
 * An entry of the flow cache: one cache line with everything a packet of a known way needs, besides
 * its connection and what all packets of the way share ({@link WayLayout}).
 *
 * <pre>
 *  0  8  addresses                     key: as TupleKey has them, of IPv6 a hash
 *  8  8  ports, input port, protocol   key; 0: the entry was never used
 * 16  8  frame bytes 0-7               key: destination and half the source Ethernet address
 * 24  4  frame bytes 8-11              key: the other half
 * 28  4  generation                    what the way was compiled under
 * 32  4  connection                    reference of its direction
 * 36  4  version                       of that direction's line
 * 40  4  way
 * 44  4  connections (bits 0-7), 0x100: depends on learned addresses, 0x200: the way has extras,
 *        0x400: the connections are TCP's or more than one, 0x800: of IPv6
 * 48  8  addresses to write; of IPv6 unused
 * 56  4  ports to write
 * 60  2  what that adds to the IPv4 checksum's complement
 * 62  2  what that adds to the TCP or UDP checksum's complement
 * </pre>
 *
 * <p>Further connections of the way are in the entry's line of a second array, which is touched
 * only by ways that pass several zones: pairs of reference and version. Addresses of IPv6 are in a
 * third one ({@link WideLayout}).
 */
final class CacheLayout {
    static final int ENTRY_BYTES = 64;

    static final int ADDRESSES = 0;
    static final int PORTS_AND_SCOPE = 8;
    static final int MACS_LOW = 16;
    static final int MACS_HIGH = 24;
    static final int GENERATION = 28;
    static final int CONNECTION = 32;
    static final int VERSION = 36;
    static final int WAY = 40;
    static final int FLAGS = 44;
    static final int NEW_ADDRESSES = 48;
    static final int NEW_PORTS = 56;
    static final int DELTAS = 60;

    static final int CONNECTIONS_MASK = 0xFF;
    static final int ON_LEARNED_MACS = 0x100;
    static final int HAS_EXTRAS = 0x200;

    /** There is more to do than to look at one connection and count in it. */
    static final int TCP_OR_FURTHER = 0x400;

    /** The entry has a line in {@link WideLayout}. */
    static final int IPV6 = 0x800;

    /** What most entries are not: one test finds all that needs more than they do. */
    static final int UNUSUAL = HAS_EXTRAS | IPV6;

    /** Connections that a cached way may touch: one in the entry, the others in its second line. */
    static final int MAX_CONNECTIONS = 1 + ENTRY_BYTES / Long.BYTES;

    private CacheLayout() {}
}
