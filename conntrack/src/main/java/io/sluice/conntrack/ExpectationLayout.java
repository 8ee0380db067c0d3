package io.sluice.conntrack;

/**
 * How an expectation lies in memory: two cache lines. Numbers are in host order, an IPv4 address is
 * in the lower of two words.
 *
 * <pre>
 *   0  4  state (bits 0-1) and generation: how many expectations the place held
 *   4  4  next in its bucket, plus one; of a free place the next free one    under the lock
 *   8  4  the one before it of the same master, plus one                     under the lock
 *  12  4  master's reference, in the direction of the expected connection    set once
 *  16  4  master's generation                                                set once
 *  20  4  when it is given up, ms                                            set once
 *  24  4  source port, or NewExpectation.ANY_PORT                            set once
 *  28  4  destination port                                                   set once
 *  32  4  destination port behind the master's translation                   set once
 *  36  4  protocol (bits 0-7) and flags                                      set once
 *  40  4  zone                                                               set once
 *  44  4  helper                                                             set once
 *  48 32  source and destination                                             set once
 *  80  8  master's addresses, as in its original direction                   set once
 *  88  8  master's ports, zone, protocol                                     set once
 *  96 32  master's addresses if they are IPv6                                set once
 * </pre>
 *
 * <p>What is set once is written while the place is free, and valid while its word stays the same.
 */
final class ExpectationLayout {
    static final int SHIFT = 7;

    static final int WORD = 0;
    static final int NEXT = WORD + Integer.BYTES;
    static final int OLDER = NEXT + Integer.BYTES;
    static final int MASTER = OLDER + Integer.BYTES;
    static final int MASTER_GENERATION = MASTER + Integer.BYTES;
    static final int DEADLINE_MS = MASTER_GENERATION + Integer.BYTES;
    static final int SRC_PORT = DEADLINE_MS + Integer.BYTES;
    static final int DST_PORT = SRC_PORT + Integer.BYTES;
    static final int TRANSLATED_PORT = DST_PORT + Integer.BYTES;
    static final int FLAGS = TRANSLATED_PORT + Integer.BYTES;
    static final int ZONE = FLAGS + Integer.BYTES;
    static final int HELPER = ZONE + Integer.BYTES;
    static final int SRC = HELPER + Integer.BYTES;
    static final int DST = SRC + 2 * Long.BYTES;
    static final int MASTER_ADDRESSES = DST + 2 * Long.BYTES;
    static final int MASTER_PORTS_AND_SCOPE = MASTER_ADDRESSES + Long.BYTES;
    static final int MASTER_WIDE = MASTER_PORTS_AND_SCOPE + Long.BYTES;

    static final int FREE = 0;
    static final int WAITING = 1;

    /** A connection is being made that it is for. */
    static final int TAKEN = 2;

    static final int STATE = 3;
    static final int GENERATION_STEP = 4;

    static final int PROTOCOL = 0xFF;
    static final int IPV6 = 0x100;
    static final int ANY_SOURCE = 0x200;
    static final int PERMANENT = 0x400;
    static final int TIED = 0x800;

    private ExpectationLayout() {}
}
