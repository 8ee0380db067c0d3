package io.sluice.conntrack;

import io.sluice.packet.Sctp;

/**
 * What an SCTP packet does to its connection: Netfilter's nf_conntrack_proto_sctp as of Linux 6.18,
 * less what docs/differences.md lists. Stateless. The verdicts are {@link TcpTracker}'s: ACCEPT,
 * ACCEPT_QUIETLY and INVALID.
 */
final class SctpTracker {
    // Out of the blue, nobody answers these with anything that begins a connection (RFC 9260
    // section 8.4).
    private static final int BEGINS_NOTHING =
            1 << Sctp.ABORT | 1 << Sctp.SHUTDOWN_COMPLETE | 1 << Sctp.COOKIE_ACK;
    // Their tags have rules of their own, or none (section 8.5.1).
    private static final int OWN_RULE_FOR_TAG =
            1 << Sctp.INIT
                    | 1 << Sctp.SHUTDOWN_COMPLETE
                    | 1 << Sctp.COOKIE_ECHO
                    | 1 << Sctp.ABORT
                    | 1 << Sctp.SHUTDOWN_ACK
                    | 1 << Sctp.HEARTBEAT
                    | 1 << Sctp.HEARTBEAT_ACK;
    private static final int REPLY = 1;

    private SctpTracker() {}

    /** Makes a connection that begins with this packet; false when none can. */
    static boolean begin(SctpConnection c, SctpChunks chunks) {
        c.clear();
        if (chunks.malformed || chunks.others || chunks.hasAny(BEGINS_NOTHING)) {
            return false;
        }
        for (int chunk = 0; chunk < chunks.count; chunk++) {
            switch (chunks.type(chunk)) {
                case Sctp.INIT -> {
                    if (chunks.tag != 0) {
                        return false;
                    }
                    c.tag[REPLY] = chunks.initTag;
                }
                case Sctp.HEARTBEAT -> c.tag[0] = chunks.tag;
                // Of an association that is not known: the tag will come back.
                case Sctp.SHUTDOWN_ACK -> c.tag[REPLY] = chunks.tag;
                default -> {}
            }
        }
        return track(c, 0, chunks) != TcpTracker.INVALID;
    }

    /**
     * Moves the connection.
     *
     * @param direction 0 for the original's, 1 for the reply's
     * @return a verdict of {@link TcpTracker}; what was written must not be kept if it is INVALID
     */
    static int track(SctpConnection c, int direction, SctpChunks chunks) {
        boolean wrongTag = chunks.tag != c.tag[direction];
        if (chunks.malformed || (wrongTag && !chunks.hasAny(OWN_RULE_FOR_TAG))) {
            return TcpTracker.INVALID;
        }
        boolean quiet = false;
        for (int chunk = 0; chunk < chunks.count; chunk++) {
            int type = chunks.type(chunk);
            if (isHeartbeat(type)) {
                int judged = judgeHeartbeat(c, direction, chunks, type, quiet);
                if (judged == TcpTracker.INVALID) {
                    return TcpTracker.INVALID;
                }
                if (judged == TcpTracker.ACCEPT_QUIETLY) {
                    quiet = true;
                    continue;
                }
            } else if (!hasRightTag(c, direction, chunks, chunk)) {
                return TcpTracker.INVALID;
            }
            int before = c.state;
            int after = SctpState.next(direction == REPLY, type, before);
            if (after == SctpState.INVALID || !learnTag(c, direction, chunks, type)) {
                return TcpTracker.INVALID;
            }
            boolean closed = SctpState.CLOSED.ordinal() == before && before == after;
            // Whoever only repeats an INIT must not keep the connection alive.
            quiet |= type == Sctp.INIT && closed;
            noteEnd(c, type, after);
            c.moveTo(after);
        }
        if (direction == REPLY) {
            c.set(ConnState.SEEN_REPLY, true);
        }
        return quiet ? TcpTracker.ACCEPT_QUIETLY : TcpTracker.ACCEPT;
    }

    private static boolean isHeartbeat(int type) {
        return type == Sctp.HEARTBEAT || type == Sctp.HEARTBEAT_ACK;
    }

    private static boolean hasRightTag(
            SctpConnection c, int direction, SctpChunks chunks, int chunk) {
        return switch (chunks.type(chunk)) {
            case Sctp.INIT -> chunks.tag == 0;
            case Sctp.ABORT, Sctp.SHUTDOWN_COMPLETE ->
                    chunks.tag == c.tag[chunks.hasFlagT(chunk) ? direction ^ 1 : direction];
            case Sctp.COOKIE_ECHO -> chunks.tag == c.tag[direction];
            default -> true;
        };
    }

    /**
     * Heartbeats tell the tags of a path on which no INIT was seen. A wrong one is let through: the
     * association may have begun anew, and if the other side acknowledges it, it has.
     *
     * @param quiet there was such a one in this packet
     */
    private static int judgeHeartbeat(
            SctpConnection c, int direction, SctpChunks chunks, int type, boolean quiet) {
        boolean last = c.has(ConnState.SCTP_STRANGE_FROM_REPLY);
        if (c.tag[direction] == 0) {
            c.tag[direction] = chunks.tag;
        } else if (chunks.tag == c.tag[direction]) {
            c.set(ConnState.SCTP_STRANGE_TAG, false);
        } else if (chunks.has(Sctp.DATA) || quiet) {
            return TcpTracker.INVALID;
        } else if (type == Sctp.HEARTBEAT) {
            c.set(ConnState.SCTP_STRANGE_TAG, true);
            c.set(ConnState.SCTP_STRANGE_FROM_REPLY, direction == REPLY);
            return TcpTracker.ACCEPT_QUIETLY;
        } else if (!c.has(ConnState.SCTP_STRANGE_TAG) || last == (direction == REPLY)) {
            return TcpTracker.INVALID;
        } else {
            c.set(ConnState.SCTP_STRANGE_TAG, false);
            c.tag[direction] = chunks.tag;
            c.tag[direction ^ 1] = 0;
        }
        return TcpTracker.ACCEPT;
    }

    /** Learns from INIT and INIT ACK what the other side will send; false when it cannot be. */
    private static boolean learnTag(SctpConnection c, int direction, SctpChunks chunks, int type) {
        int other = direction ^ 1;
        switch (type) {
            case Sctp.INIT -> {
                // With the tag that is known it is a late or repeated one.
                if (c.state == SctpState.NONE.ordinal() || c.tag[other] != chunks.initTag) {
                    if (c.hasInit(direction)) {
                        c.setInit(other, false);
                    }
                    c.setInit(direction, true);
                }
                c.tag[other] = chunks.initTag;
            }
            case Sctp.INIT_ACK -> {
                int known = c.tag[other];
                boolean another = known != chunks.initTag;
                boolean collision = c.hasInit(direction) && c.hasInit(other);
                if (another && ((!c.hasInit(other) && known != 0) || collision)) {
                    return false;
                }
                c.tag[other] = chunks.initTag;
            }
            case Sctp.COOKIE_ACK -> {
                c.setInit(direction, false);
                c.setInit(other, false);
            }
            default -> {}
        }
        return true;
    }

    /** Remembers how it was closed, for the reason of its end. */
    private static void noteEnd(SctpConnection c, int type, int after) {
        boolean over = after == SctpState.CLOSED.ordinal();
        if (!over || type == Sctp.INIT) {
            c.set(ConnState.SCTP_SHUT | ConnState.SCTP_ABORTED, false);
        } else if (type == Sctp.ABORT) {
            c.set(ConnState.SCTP_ABORTED, true);
        } else if (type == Sctp.SHUTDOWN_COMPLETE) {
            c.set(ConnState.SCTP_SHUT, true);
        }
    }
}
