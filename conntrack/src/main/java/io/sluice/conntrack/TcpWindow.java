package io.sluice.conntrack;

import io.sluice.packet.Memory;

/**
 * Whether a segment lies where its receiver can want it, as Netfilter's connection tracking decides
 * it (van Rooij, "Real Stateful TCP Packet Filtering in IP Filter", 2001, with bounds after RFC
 * 9293): data up to the end of the window that was offered and not older than a window, no
 * acknowledgment of what was not sent, and none that is overly old.
 *
 * <p>{@link #pass} is what a cached way does for each packet. All other packets take {@link
 * TcpTracker}; both must move a connection alike.
 */
public final class TcpWindow {
    /** The segment is in the window. */
    static final int INSIDE = 0;

    /** More data than was asked for, by less than a window: nothing else is wrong with it. */
    static final int OVERSHOOT = 1;

    /** The segment cannot belong to the connection. */
    static final int OUTSIDE = 2;

    /** The segment is so old that it changes nothing. */
    static final int OLD = 3;

    /** Windows beyond count as this: two bits of the word in the record are for other things. */
    static final int MAX_WINDOW = (1 << 30) - 1;

    /** The last segment of this direction did not end at its highest end: TcpNotes says where. */
    static final int OLD_END = 1 << 30;

    /**
     * Differs from the other direction's bit when the original direction spoke last, and is equal
     * when the reply did: so each writes its own line only, and only when the turn changes.
     */
    static final int TURN = 1 << 31;

    // Acknowledgments may be that much older than the newest data, whatever the window.
    private static final int MIN_ACK_AGE = 66_000;

    private TcpWindow() {}

    /** Whether the one sequence number comes before the other (RFC 9293 section 3.4). */
    static boolean isBefore(int one, int other) {
        return one - other < 0;
    }

    static boolean isAfter(int one, int other) {
        return other - one < 0;
    }

    /** The larger window, or as large a one as a record can hold. */
    static int wider(int window, int other) {
        int larger = Integer.compareUnsigned(window, other) < 0 ? other : window;
        return Integer.compareUnsigned(larger, MAX_WINDOW) > 0 ? MAX_WINDOW : larger;
    }

    /**
     * Compares a segment with what is known of its sender and its receiver.
     *
     * @param sack the highest byte that the segment acknowledges
     * @param maxEnd how far the receiver let the sender send
     * @param sent the highest end that the sender has sent
     * @param window the largest that the sender offered
     * @param otherSent the highest end that the receiver has sent
     * @param otherWindow the largest that the receiver offered; 0: not known
     */
    static int check(
            int sequence,
            int end,
            int sack,
            int maxEnd,
            int sent,
            int window,
            int otherSent,
            int otherWindow) {
        boolean recentAck = isAfter(sack, otherSent - Math.max(window, MIN_ACK_AGE) - 1);
        boolean recentData = isAfter(end, sent - otherWindow - 1);
        boolean ackOfSent = isBefore(sack, otherSent + 1);
        if (!isBefore(sequence, maxEnd + 1)) {
            boolean little = Integer.compareUnsigned(end - maxEnd + 1, otherWindow) <= 0;
            return otherWindow != 0 && recentData && recentAck && little && ackOfSent
                    ? OVERSHOOT
                    : OUTSIDE;
        }
        if (!ackOfSent) {
            return OUTSIDE;
        }
        return (otherWindow == 0 || recentData) && recentAck ? INSIDE : OLD;
    }

    /**
     * Lets a segment that only acknowledges or carries data pass and moves the window of an
     * established connection, when that is all it does; moving it twice by the same segment is as
     * once.
     *
     * @param connection its reference in the packet's direction
     * @param line of that direction
     * @return false, with nothing changed, when {@link Tracker#track} must look at it
     */
    public static boolean pass(ConnTable table, int connection, long line, TcpSegment segment) {
        long other = table.line(connection ^ 1);
        int direction = connection & 1;
        int state = Memory.getInt(table.original(connection) + ConnLayout.STATE);
        int word = Memory.getInt(line + ConnLayout.TCP_WINDOW);
        int otherWord = Memory.getInt(other + ConnLayout.TCP_WINDOW);
        int window = word & MAX_WINDOW;
        int sent = Memory.getInt(line + ConnLayout.TCP_END);
        int maxEnd = Memory.getInt(other + ConnLayout.TCP_OTHER_MAX_END);
        int ack = segment.acknowledgment;
        int sack = ConnState.has(state, ConnState.SACK, direction ^ 1) ? segment.sack : ack;
        if (segment.window == 0 || window == 0) {
            return false;
        }
        int turn = direction == 0 ? ~otherWord & TURN : otherWord & TURN;
        int end = segment.end;
        int checked =
                check(
                        segment.sequence,
                        end,
                        sack,
                        maxEnd,
                        sent,
                        window,
                        Memory.getInt(other + ConnLayout.TCP_END),
                        otherWord & MAX_WINDOW);
        if (checked != INSIDE) {
            return checked == OUTSIDE
                    && isLiberal(table, state, connection)
                    && takeTurn(line, word, turn);
        }
        int acknowledges = ConnState.MAX_ACK << direction;
        if (isBefore(end, sent)
                || isAfter(end, maxEnd)
                || (state & (acknowledges | ConnState.ZERO_WINDOW)) != acknowledges) {
            return false;
        }
        int scaled = segment.window << ConnState.scale(state, direction);
        put(line + ConnLayout.TCP_WINDOW, word, wider(window, scaled + (sack - ack)) | turn);
        put(line + ConnLayout.TCP_END, sent, end);
        int maxAck = Memory.getInt(line + ConnLayout.TCP_MAX_ACK);
        if (isAfter(ack, maxAck)) {
            Memory.putInt(line + ConnLayout.TCP_MAX_ACK, ack);
        }
        int otherMaxEnd = Memory.getInt(line + ConnLayout.TCP_OTHER_MAX_END);
        if (isAfter(sack + scaled, otherMaxEnd)) {
            Memory.putInt(line + ConnLayout.TCP_OTHER_MAX_END, sack + scaled);
        }
        return true;
    }

    /** Lines of which nothing changes stay shared between cores. */
    private static void put(long address, int before, int after) {
        if (before != after) {
            Memory.putInt(address, after);
        }
    }

    private static boolean isLiberal(ConnTable table, int state, int connection) {
        return ConnState.has(state, ConnState.LIBERAL, connection & 1)
                || table.zones().isTcpLiberal(Lifetime.zone(table.original(connection)));
    }

    private static boolean takeTurn(long line, int word, int turn) {
        put(line + ConnLayout.TCP_WINDOW, word, (word & ~TURN) | turn);
        return true;
    }
}
