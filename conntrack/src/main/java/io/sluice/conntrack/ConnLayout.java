package io.sluice.conntrack;

/**
 * How a connection lies in memory: two cache lines, one for each direction. A packet of a direction
 * writes that direction's line only, and reads no other unless it is TCP's, so that two workers
 * which serve the two directions of a connection do not contend.
 *
 * <pre>
 *        original's line, at record + 0           reply's line, at record + 64
 *  0  8  addresses, as in the packet              the same of the reply     set once
 *  8  8  ports, zone, protocol (TupleKey)         the same of the reply     set once
 * 16  4  version: see below                       the same                  slow path
 * 20  4  its zone's epoch when it was made        its zone's                set once
 * 24  4  last seen, ms                            the same                  that direction's worker
 * 28  4  state and status                         ct_mark                   slow path
 * 32  8  packets and a part of when it was made   the same                  that direction's worker
 * 40  8  bytes and a part of when it was made     the same                  that direction's worker
 * 48 16  TCP window: see below                   the same                  that direction's worker
 *
 * of a TCP connection, sequence numbers in host order:
 * 48  4  highest end of what was sent
 * 52  4  highest acknowledgment sent; before the first one the end of what the other began with
 * 56  4  how far the other direction may send
 * 60  4  largest window offered (bits 0-29), TcpWindow.OLD_END, TcpWindow.TURN
 *
 * of an SCTP connection, in host order:
 * 48  4  verification tag of the direction's packets; 0: not known
 * </pre>
 *
 * <p>The directions may be in different zones; the connection is counted in, limited by and timed
 * by the original's. The version's two low bits say what the record is, the four above them why its
 * connection has ended (the original's line; 0 while it lives); the rest counts the changes that a
 * cached way must notice, over all the connections that the record ever held. What counters and
 * time share is {@link LineCounters}' affair. A new connection writes the original's line last,
 * with release; {@link ConnTable#find} pairs with it.
 */
final class ConnLayout {
    static final int LINE_SHIFT = 6;
    static final int LINE_BYTES = 1 << LINE_SHIFT;
    static final int RECORD_BYTES = 2 * LINE_BYTES;

    static final int ADDRESSES = 0;
    static final int PORTS_AND_SCOPE = ADDRESSES + Long.BYTES;
    static final int VERSION = PORTS_AND_SCOPE + Long.BYTES;
    static final int ZONE_EPOCH = VERSION + Integer.BYTES;
    static final int LAST_SEEN_MS = ZONE_EPOCH + Integer.BYTES;
    static final int STATE = LAST_SEEN_MS + Integer.BYTES;
    static final int MARK = STATE;
    static final int PACKETS = STATE + Integer.BYTES;
    static final int BYTES = PACKETS + Long.BYTES;
    static final int TCP = BYTES + Long.BYTES;
    static final int TCP_END = TCP;
    static final int TCP_MAX_ACK = TCP_END + Integer.BYTES;
    static final int TCP_OTHER_MAX_END = TCP_MAX_ACK + Integer.BYTES;
    static final int TCP_WINDOW = TCP_OTHER_MAX_END + Integer.BYTES;
    static final int SCTP_TAG = TCP;

    /**
     * In a record that was removed or is free: the index of the next such, or -1. Who has found the
     * connection just before may still read its keys, and count in it; but nobody asks for the
     * epoch of what is not alive.
     */
    static final int NEXT_FREE = ZONE_EPOCH;

    static final int VERSION_ALIVE = 0;
    static final int VERSION_DEAD = 1;
    static final int VERSION_FREE = 3;
    static final int VERSION_KIND = 3;
    static final int VERSION_REASON_SHIFT = 2;
    static final int VERSION_REASON = 0xF << VERSION_REASON_SHIFT;
    static final int VERSION_STEP = 1 << 6;

    private ConnLayout() {}
}
