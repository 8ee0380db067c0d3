package io.sluice.conntrack;

import io.sluice.packet.Tcp;

/**
 * What a TCP segment does to its connection: Netfilter's nf_conntrack_proto_tcp as of Linux 6.1,
 * less what docs/differences.md lists. Stateless; the connection is changed only if the segment is
 * of it.
 */
final class TcpTracker {
    /** The segment is of the connection. */
    static final int ACCEPT = 0;

    /** So it is, but the connection does not live longer for it. */
    static final int ACCEPT_QUIETLY = 1;

    /** So it is, and it ends the connection at once. */
    static final int ACCEPT_AND_END = 2;

    /** The connection is over, and the segment begins another. */
    static final int REOPEN = 3;

    /** The segment does not fit; what was written to the connection must not be kept. */
    static final int INVALID = 4;

    private static final int REPLY = 1;

    private TcpTracker() {}

    /** Makes a connection that begins with this segment. */
    static void begin(TcpConnection c, TcpSegment segment) {
        c.clear();
        c.word = ConnState.withLastKind(c.word, TcpState.NO_KIND);
        c.set(ConnState.ZERO_WINDOW, true);
        beginAt(c, 0, segment.end);
        c.window[0] = Math.max(segment.window, 1);
        if (segment.has(Tcp.SYN)) {
            c.maxEnd[0] = segment.end;
            readOptions(c, 0, segment);
        } else {
            // From the middle: its windows' scale is not known, so they are not held against it.
            c.maxEnd[0] = segment.end + c.window[0];
            for (int direction = 0; direction < 2; direction++) {
                c.set(ConnState.SACK, direction, true);
                c.set(ConnState.LIBERAL, direction, true);
            }
        }
        track(c, 0, segment, false);
    }

    /**
     * Moves the connection.
     *
     * @param direction 0 for the original's, 1 for the reply's
     * @param liberal segments outside the window are of the connection too
     * @return ACCEPT... and so on
     */
    static int track(TcpConnection c, int direction, TcpSegment segment, boolean liberal) {
        if (!segment.hasPossibleFlags()) {
            return INVALID;
        }
        int kind = TcpState.kind(segment.flags);
        int before = c.state();
        int after = TcpState.next(direction == REPLY, kind, before);
        boolean looksAtWindow = true;
        if (after == TcpState.INVALID) {
            return INVALID;
        }
        if (isReopening(before, after) && mayReopen(c, direction)) {
            return REOPEN;
        }
        if (after == TcpState.IGNORE || isReopening(before, after)) {
            if (!answersIgnoredSyn(c, direction, kind, segment)) {
                ignore(c, direction, kind, segment);
                return ACCEPT_QUIETLY;
            }
            takeOverIgnoredSyn(c, direction, segment.acknowledgment);
            before = TcpState.SYN_SENT.ordinal();
            after = TcpState.SYN_RECV.ordinal();
        } else if (isChallengeAck(c, direction, kind, after)) {
            c.set(ConnState.CHALLENGE, false);
            seeReply(c, direction);
            return ACCEPT_QUIETLY;
        } else if (after == TcpState.SYN_SENT2.ordinal()) {
            c.set(ConnState.SIMULTANEOUS, true);
        } else if (after == TcpState.SYN_RECV.ordinal()) {
            boolean second = direction == REPLY && kind == TcpState.ACK;
            if (second && c.has(ConnState.SIMULTANEOUS)) {
                after = TcpState.ESTABLISHED.ordinal();
            }
        } else if (kind == TcpState.RST) {
            int rst = judgeReset(c, direction, segment, before);
            if (rst == INVALID_RESET) {
                return INVALID;
            }
            after = (rst & KEEPS_STATE) != 0 ? before : after;
            looksAtWindow = (rst & SKIPS_WINDOW) == 0;
        }
        if (looksAtWindow) {
            int result = checkWindow(c, direction, kind, segment, liberal);
            if (result != ACCEPT) {
                if (result == ACCEPT_QUIETLY) {
                    seeReply(c, direction);
                }
                return result;
            }
        }
        return move(c, direction, kind, before, after);
    }

    private static boolean isReopening(int before, int after) {
        boolean over = before == TcpState.TIME_WAIT.ordinal() || before == TcpState.CLOSE.ordinal();
        return over && after == TcpState.SYN_SENT.ordinal();
    }

    /** A side has closed it in order, or the one that opens anew has reset it. */
    private static boolean mayReopen(TcpConnection c, int direction) {
        return c.has(ConnState.CLOSE_BEGUN)
                || (c.lastDirection == direction && c.lastKind() == TcpState.RST);
    }

    private static void seeReply(TcpConnection c, int direction) {
        if (direction == REPLY) {
            c.set(ConnState.SEEN_REPLY, true);
        }
    }

    private static int move(TcpConnection c, int direction, int kind, int before, int after) {
        c.setLast(direction, kind);
        c.word = ConnState.withKind(c.word, after);
        if (before != after && after == TcpState.FIN_WAIT.ordinal()) {
            c.set(ConnState.CLOSE_BEGUN, true);
        }
        if (!c.has(ConnState.SEEN_REPLY)) {
            if (kind == TcpState.RST) {
                // Nobody is there: no reason to remember it.
                return ACCEPT_AND_END;
            }
            seeReply(c, direction);
            // Whoever only repeats a SYN must not keep the connection, and its translation, alive.
            boolean repeated = kind == TcpState.SYN && before == TcpState.SYN_SENT.ordinal();
            return repeated ? ACCEPT_QUIETLY : ACCEPT;
        }
        boolean wasOpen =
                before == TcpState.SYN_RECV.ordinal() || before == TcpState.ESTABLISHED.ordinal();
        if (wasOpen && after == TcpState.ESTABLISHED.ordinal()) {
            c.set(ConnState.ASSURED, true);
        }
        return ACCEPT;
    }

    // Segments that are let through without being believed: the ends may be in sync though we are
    // not, and if they are not, the receiver will say so.

    private static boolean answersIgnoredSyn(
            TcpConnection c, int direction, int kind, TcpSegment segment) {
        return kind == TcpState.SYN_ACK
                && c.lastKind() == TcpState.SYN
                && c.lastDirection != direction
                && c.noted
                && c.endedAt(segment.acknowledgment);
    }

    /** The SYN that was not believed was right: the connection begins with it. */
    private static void takeOverIgnoredSyn(TcpConnection c, int direction, int end) {
        int sender = direction ^ 1;
        int syn = c.lastSyn;
        c.reset(direction);
        c.reset(sender);
        beginAt(c, sender, end);
        c.maxEnd[sender] = end;
        c.window[sender] = Math.max(TcpNotes.synWindow(syn), 1);
        c.word = ConnState.withScale(c.word, sender, TcpNotes.synScale(syn));
        c.set(ConnState.SACK, sender, TcpNotes.synSackPermitted(syn));
        c.set(ConnState.LIBERAL, sender, false);
        c.set(ConnState.CLOSE_BEGUN, false);
        c.set(ConnState.CHALLENGE, false);
    }

    private static void ignore(TcpConnection c, int direction, int kind, TcpSegment segment) {
        if (kind == TcpState.SYN && direction != REPLY) {
            c.lastSyn = TcpNotes.syn(segment.window, segment.scale, segment.sackPermitted);
            c.set(ConnState.SIMULTANEOUS, false);
            // The answer of RFC 5961 to a SYN looks as if it acknowledged the last FIN.
            c.set(ConnState.CHALLENGE, c.is(TcpState.LAST_ACK));
        }
        if (c.is(TcpState.SYN_SENT) && kind == TcpState.ACK && direction == REPLY) {
            c.lastAck = segment.acknowledgment;
        }
        c.noteOldEnd(direction, segment.end);
        c.setIgnored(direction, kind);
        seeReply(c, direction);
    }

    private static boolean isChallengeAck(TcpConnection c, int direction, int kind, int after) {
        return after == TcpState.TIME_WAIT.ordinal()
                && c.is(TcpState.LAST_ACK)
                && kind == TcpState.ACK
                && c.lastDirection != direction
                && c.lastKind() == TcpState.SYN
                && c.has(ConnState.CHALLENGE);
    }

    // What judgeReset says: one of these, or a sum of the others.
    private static final int INVALID_RESET = -1;
    private static final int KEEPS_STATE = 1;
    private static final int SKIPS_WINDOW = 2;

    /** A RST must hit its receiver's next number exactly, or the receiver will ask (RFC 5961). */
    private static int judgeReset(TcpConnection c, int direction, TcpSegment segment, int before) {
        if (before >= TcpState.FIN_WAIT.ordinal() && before <= TcpState.CLOSE.ordinal()) {
            // The ports may be in use again, and all we know is of before.
            return SKIPS_WINDOW;
        }
        int other = direction ^ 1;
        boolean assured = c.has(ConnState.ASSURED);
        int keeps = 0;
        if (c.has(ConnState.MAX_ACK, other) && c.lastKind() != TcpState.SYN) {
            boolean established = assured && before == TcpState.ESTABLISHED.ordinal();
            int number = segment.sequence;
            if (number == 0 && !established) {
                // Most likely the answer to a SYN that was let through.
                return 0;
            }
            if (TcpWindow.isBefore(number, c.maxAck[other])) {
                return INVALID_RESET;
            }
            boolean continues =
                    c.lastKind() == TcpState.ACK
                            && c.lastDirection == direction
                            && c.endedAt(number);
            if (!established || number == c.maxAck[other] || continues) {
                return 0;
            }
            keeps = KEEPS_STATE;
        }
        // A SYN that was believed notes no end: only a RST from the other side can answer it.
        boolean answersLast =
                c.lastKind() == TcpState.SYN
                        ? c.has(ConnState.SEEN_REPLY)
                                && c.lastDirection != direction
                                && c.notedEnd() == segment.acknowledgment
                        : !assured
                                && c.lastKind() == TcpState.ACK
                                && c.endedAt(segment.acknowledgment);
        boolean answersChallenge =
                c.is(TcpState.SYN_SENT)
                        && c.lastKind() == TcpState.ACK
                        && c.lastDirection == REPLY
                        && c.noted
                        && segment.sequence == c.lastAck;
        return answersLast || answersChallenge ? keeps | SKIPS_WINDOW : keeps;
    }

    /** Looks at the window and moves it; ACCEPT, ACCEPT_QUIETLY or INVALID. */
    private static int checkWindow(
            TcpConnection c, int direction, int kind, TcpSegment segment, boolean liberal) {
        int other = direction ^ 1;
        int sequence = segment.sequence;
        int end = segment.end;
        int ack = segment.acknowledgment;
        int sack = c.has(ConnState.SACK, other) ? segment.sack : ack;
        if (learnsSender(c, direction, segment, sack)) {
            return ACCEPT;
        }
        boolean noAck = !segment.has(Tcp.ACK);
        // Some set ACK in a RST and mean nothing by the number.
        if (noAck || (kind == TcpState.RST && ack == 0)) {
            ack = c.end[other];
            sack = ack;
        }
        if (kind == TcpState.RST && sequence == 0 && c.is(TcpState.SYN_SENT)) {
            // The answer to a SYN.
            sequence = c.end[direction];
            end = sequence;
        }
        boolean lenient = liberal || c.has(ConnState.LIBERAL, direction);
        int checked =
                TcpWindow.check(
                        sequence,
                        end,
                        sack,
                        c.maxEnd[direction],
                        c.end[direction],
                        c.window[direction],
                        c.end[other],
                        c.window[other]);
        switch (checked) {
            case TcpWindow.OUTSIDE -> {
                return lenient ? ACCEPT : INVALID;
            }
            case TcpWindow.OLD -> {
                return lenient ? ACCEPT : ACCEPT_QUIETLY;
            }
            case TcpWindow.OVERSHOOT -> {
                // The receiver may take it, and acknowledge it.
                c.setEndOnly(direction, end);
                return lenient ? ACCEPT : ACCEPT_QUIETLY;
            }
            default -> {}
        }
        int scale = kind <= TcpState.SYN_ACK ? 0 : ConnState.scale(c.word, direction);
        moveWindow(c, direction, end, ack, sack, segment.window << scale);
        if (!noAck) {
            noteAck(c, direction, ack);
        }
        if (kind == TcpState.ACK) {
            c.noteEnd(direction, end);
            c.set(ConnState.ZERO_WINDOW, segment.window == 0);
        }
        return ACCEPT;
    }

    /**
     * Learns what a side begins with, if it does; true when there is nothing more to look at: the
     * second SYN of a simultaneous open.
     */
    private static boolean learnsSender(
            TcpConnection c, int direction, TcpSegment segment, int sack) {
        int other = direction ^ 1;
        boolean syn = segment.has(Tcp.SYN);
        boolean unknown = c.window[direction] == 0;
        boolean opening = c.is(TcpState.SYN_SENT) || c.is(TcpState.SYN_RECV);
        if (syn && (unknown || (opening && TcpWindow.isAfter(segment.end, c.end[direction])))) {
            learnFromSyn(c, direction, segment);
            return !segment.has(Tcp.ACK) && (unknown || direction == REPLY);
        }
        if (unknown) {
            beginAt(c, direction, segment.end);
            int scale = ConnState.scale(c.word, direction);
            c.window[direction] = Math.max(segment.window << scale, 1);
            c.maxEnd[direction] = segment.end + c.window[direction];
            if (c.window[other] == 0) {
                c.end[other] = sack;
                c.maxEnd[other] = sack;
            } else if (sack == c.end[other] + 1) {
                // Most likely the answer to a keepalive.
                c.end[other]++;
            }
        }
        return false;
    }

    /** What a side begins with is nothing that must be acknowledged. */
    private static void beginAt(TcpConnection c, int direction, int end) {
        c.end[direction] = end;
        if (!c.has(ConnState.MAX_ACK, direction ^ 1)) {
            c.maxAck[direction ^ 1] = end;
        }
    }

    private static void learnFromSyn(TcpConnection c, int direction, TcpSegment segment) {
        beginAt(c, direction, segment.end);
        c.maxEnd[direction] = segment.end;
        c.window[direction] = Math.max(segment.window, 1);
        readOptions(c, direction, segment);
        // RFC 7323 section 2.2: windows are scaled if both sides have said so.
        boolean both = ConnState.hasScale(c.word, 0) && ConnState.hasScale(c.word, 1);
        if (direction == REPLY && !both) {
            c.word = ConnState.withScale(c.word, 0, TcpSegment.NO_SCALE);
            c.word = ConnState.withScale(c.word, 1, TcpSegment.NO_SCALE);
        }
    }

    private static void readOptions(TcpConnection c, int direction, TcpSegment segment) {
        if (segment.hasOptions) {
            c.word = ConnState.withScale(c.word, direction, segment.scale);
            c.set(ConnState.SACK, direction, segment.sackPermitted);
            c.set(ConnState.MAX_ACK, direction, false);
            c.maxAck[direction] = c.end[direction ^ 1];
        }
    }

    private static void moveWindow(
            TcpConnection c, int direction, int end, int ack, int sack, int offered) {
        int other = direction ^ 1;
        c.window[direction] = TcpWindow.wider(c.window[direction], offered + (sack - ack));
        if (TcpWindow.isAfter(end, c.end[direction])) {
            c.end[direction] = end;
        }
        if (c.window[other] != 0 && TcpWindow.isAfter(end, c.maxEnd[direction])) {
            // A probe of a window that is full: it was larger than we knew.
            int more = end - c.maxEnd[direction];
            c.window[other] = TcpWindow.wider(c.window[other] + more, 0);
        }
        if (TcpWindow.isAfter(sack + offered, c.maxEnd[other] - 1)) {
            c.maxEnd[other] = sack + Math.max(offered, 1);
        }
    }

    private static void noteAck(TcpConnection c, int direction, int ack) {
        boolean first = !c.has(ConnState.MAX_ACK, direction);
        if (first || TcpWindow.isAfter(ack, c.maxAck[direction])) {
            c.maxAck[direction] = ack;
            c.set(ConnState.MAX_ACK, direction, true);
        }
    }
}
