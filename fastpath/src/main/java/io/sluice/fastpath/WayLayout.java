package io.sluice.fastpath;

/**
 * What all packets of a way share: one cache line, few enough of them to stay in the first-level
 * cache.
 *
 * <pre>
 *  0  8  packets    since they were last added to the flows' counters
 *  8  8  frame bytes
 * 16  8  IP bytes
 * 24  8  mask of frame bytes 0-7 that are kept
 * 32  8  frame bytes 0-7 that are set
 * 40  4  mask of frame bytes 8-11 that are kept
 * 44  4  frame bytes 8-11 that are set
 * 48  4  output port, or -1 minus the ordinal of a DropReason
 * 52  2  0: usual; else WITH_EXTRAS or IPV6
 * 56  8  extras: 0, or what these bytes say
 *
 * extras   56  1  which of the next are exact: bit 0 TOS, bit 1 TTL, bit 2 TCP flags
 *          57  1  TOS
 *          58  1  TTL: the exact one, or the least
 *          59  1  TOS to write
 *          60  2  TCP flags, 12 bits
 *          62  1  how much less the TTL becomes
 *          63  1  1
 * </pre>
 */
final class WayLayout {
    static final int SHIFT = 6;
    static final int BYTES_EACH = 1 << SHIFT;

    static final int PACKETS = 0;
    static final int FRAME_BYTES = 8;
    static final int IP_BYTES = 16;
    static final int KEEP_LOW = 24;
    static final int SET_LOW = 32;
    static final int KEEP_HIGH = 40;
    static final int SET_HIGH = 44;
    static final int OUTPUT = 48;
    static final int UNUSUAL = 52;
    static final int EXTRAS = 56;

    static final int WITH_EXTRAS = 1;

    /** Of IPv6, with extras or without. */
    static final int IPV6 = 2;

    static final int EXACT_TOS = 1;
    static final int EXACT_TTL = 2;
    static final int EXACT_TCP_FLAGS = 4;

    /** In no extras: a way of IPv6 that depends on the flow label is not cached. */
    static final int EXACT_LABEL = 8;

    private WayLayout() {}
}
