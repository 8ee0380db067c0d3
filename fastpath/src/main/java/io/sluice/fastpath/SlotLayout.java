package io.sluice.fastpath;

/**
 * What the stages of the {@link Pipeline} know of one packet of a burst: one cache line, written
 * and read by the worker's thread. All in one place at constant offsets, because the compiler has
 * registers for one base address and not for that of an array for each field.
 *
 * <pre>
 *  0  8  mbuf
 *  8  8  frame          address of the Ethernet header
 * 16  8  addresses      as TupleKey has them, of IPv6 their hash
 * 24  8  tuple          ports, input port and protocol; 0: the packet is not ordinary
 * 32  8  first          where the search for its cache entry begins
 * 40  8  entry          its cache entry, valid or not; 0: none
 * 48  8  line           of its connection; with no entry, where the index may have it
 * 56  8  second line    with no entry, the other place where the index may have it; before that,
 *                       of IPv6: where the addresses of its entry may lie
 * </pre>
 */
final class SlotLayout {
    static final int SHIFT = 6;
    static final int BYTES = 1 << SHIFT;

    static final int MBUF = 0;
    static final int FRAME = 8;
    static final int ADDRESSES = 16;
    static final int TUPLE = 24;
    static final int FIRST = 32;
    static final int ENTRY = 40;
    static final int LINE = 48;
    static final int SECOND_LINE = 56;

    /** No tuple of an ordinary packet: those have a protocol. */
    static final long NOT_ORDINARY = 0;

    private SlotLayout() {}
}
