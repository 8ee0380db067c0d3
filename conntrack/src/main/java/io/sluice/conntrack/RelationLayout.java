package io.sluice.conntrack;

/**
 * What lies beside the record of a connection that has a helper, or that was expected, by the
 * record's number. Others never touch it.
 *
 * <pre>
 *  0  4  0: nothing; else helper (bits 0-7) and the flags below   set once, 0 when the connection is freed
 *  4  4  generation: how many such connections the record held    when one is freed
 *  8  4  its newest expectation, 0: none                          under the lock of Expectations
 * 12  4  how many expectations it has                             under that lock
 * 16  4  how many connections live that it made expected             under that lock
 * of one that was expected, set once:
 * 20  4  its master's reference
 * 24  4  the generation of its master
 * 28  4  unused
 * 32  8  its master's addresses, as in its original direction
 * 40  8  its master's ports, zone, protocol
 * 48 32  its master's addresses if they are IPv6
 * 80 48  the helper's own                                         0 when the connection is made
 * </pre>
 */
final class RelationLayout {
    static final int SHIFT = 7;
    static final int BYTES = 1 << SHIFT;

    static final int WORD = 0;
    static final int GENERATION = WORD + Integer.BYTES;
    static final int EXPECTATION = GENERATION + Integer.BYTES;
    static final int EXPECTATIONS = EXPECTATION + Integer.BYTES;
    static final int CHILDREN = EXPECTATIONS + Integer.BYTES;
    static final int MASTER = CHILDREN + Integer.BYTES;
    static final int MASTER_GENERATION = MASTER + Integer.BYTES;
    static final int MASTER_ADDRESSES = MASTER_GENERATION + 2 * Integer.BYTES;
    static final int MASTER_PORTS_AND_SCOPE = MASTER_ADDRESSES + Long.BYTES;
    static final int MASTER_WIDE = MASTER_PORTS_AND_SCOPE + Long.BYTES;
    static final int OWN = MASTER_WIDE + 4 * Long.BYTES;
    static final int OWN_BYTES = BYTES - OWN;

    static final int HELPER_MASK = 0xFF;

    /** It was expected. */
    static final int RELATED = 0x100;

    /** It ends when its master does. */
    static final int TIED = 0x200;

    /** Connections that it makes expected may outlive it. */
    static final int UNTIED = 0x400;

    private RelationLayout() {}
}
