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

    private WayLayout() {}
}
