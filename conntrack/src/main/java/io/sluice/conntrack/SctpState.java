package io.sluice.conntrack;

import io.sluice.packet.Sctp;

/**
 * The states of an SCTP association on one pair of addresses as a firewall in the middle sees it,
 * and how chunks move them: the table of Netfilter's connection tracking since Linux 6.2.
 */
enum SctpState {
    /** Before the first packet; no connection is in it. */
    NONE(10),
    /** An INIT was seen, or the end. */
    CLOSED(10),
    /** Both sides have sent what they begin with. */
    COOKIE_WAIT(3),
    COOKIE_ECHOED(3),
    ESTABLISHED(210),
    /** The original direction has sent SHUTDOWN. */
    SHUTDOWN_SENT(3),
    /** The reply direction has. */
    SHUTDOWN_RECD(3),
    SHUTDOWN_ACK_SENT(3),
    /** Another path of an association, which begins with HEARTBEAT. */
    HEARTBEAT_SENT(30);

    /** The chunk does not fit: its packet is {@code inv}. */
    static final int INVALID = -1;

    private static final SctpState[] ALL = values();
    private static final int CL = CLOSED.ordinal();
    private static final int CW = COOKIE_WAIT.ordinal();
    private static final int CE = COOKIE_ECHOED.ordinal();
    private static final int ES = ESTABLISHED.ordinal();
    private static final int SS = SHUTDOWN_SENT.ordinal();
    private static final int SR = SHUTDOWN_RECD.ordinal();
    private static final int SA = SHUTDOWN_ACK_SENT.ordinal();
    private static final int HS = HEARTBEAT_SENT.ordinal();
    private static final int IV = INVALID;

    // A row for each type of chunk from 1 on, a column for each state it may meet.
    private static final int[][] ORIGINAL = {
        //                     NO  CL  CW  CE  ES  SS  SR  SA  HS
        /* INIT */ {CL, CL, CW, CE, ES, CL, CL, SA, CW},
        /* INIT ACK */ {CL, CL, CW, CE, ES, SS, SR, SA, CL},
        /* SACK: like DATA it moves nothing */ {},
        /* HEARTBEAT */ {HS, CL, CW, CE, ES, SS, SR, SA, HS},
        /* HEARTBEAT ACK */ {CL, CL, CW, CE, ES, SS, SR, SA, HS},
        /* ABORT */ {CL, CL, CL, CL, CL, CL, CL, CL, CL},
        /* SHUTDOWN */ {CL, CL, CW, CE, SS, SS, SR, SA, CL},
        /* SHUTDOWN ACK: of an association that is not known, its end is on its way */
        {SA, CL, CW, CE, ES, SA, SA, SA, SA},
        /* ERROR: a stale cookie is told by the other side */
        {CL, CL, CW, CE, ES, SS, SR, SA, CL},
        /* COOKIE ECHO */ {CL, CL, CE, CE, ES, SS, SR, SA, CL},
        /* COOKIE ACK */ {CL, CL, CW, ES, ES, SS, SR, SA, CL},
        /* 12, 13 */ {},
        {},
        /* SHUTDOWN COMPLETE */ {CL, CL, CW, CE, ES, SS, SR, CL, CL},
    };
    private static final int[][] REPLY = {
        /* INIT */ {IV, CL, CW, CE, ES, SS, SR, SA, IV},
        /* INIT ACK */ {IV, CW, CW, CE, ES, SS, SR, SA, IV},
        /* SACK */ {},
        /* HEARTBEAT */ {IV, CL, CW, CE, ES, SS, SR, SA, HS},
        /* HEARTBEAT ACK: the other path works */ {IV, CL, CW, CE, ES, SS, SR, SA, ES},
        /* ABORT */ {IV, CL, CL, CL, CL, CL, CL, CL, IV},
        /* SHUTDOWN */ {IV, CL, CW, CE, SR, SS, SR, SA, IV},
        /* SHUTDOWN ACK */ {IV, CL, CW, CE, ES, SA, SA, SA, IV},
        /* ERROR: the cookie that was echoed was stale */ {IV, CL, CW, CL, ES, SS, SR, SA, IV},
        /* COOKIE ECHO */ {IV, CL, CE, CE, ES, SS, SR, SA, IV},
        /* COOKIE ACK */ {IV, CL, CW, ES, ES, SS, SR, SA, IV},
        /* 12, 13 */ {},
        {},
        /* SHUTDOWN COMPLETE */ {IV, CL, CW, CE, ES, SS, SR, CL, IV},
    };

    private final int timeoutSeconds;

    SctpState(int timeoutSeconds) {
        this.timeoutSeconds = timeoutSeconds;
    }

    /** Linux's default. */
    int timeoutSeconds() {
        return timeoutSeconds;
    }

    /** Whether chunks of this type may move a connection; others leave its state as it is. */
    static boolean isMoving(int chunkType) {
        return chunkType >= Sctp.INIT
                && chunkType <= Sctp.SHUTDOWN_COMPLETE
                && ORIGINAL[chunkType - Sctp.INIT].length != 0;
    }

    /**
     * The ordinal of the state that follows, or {@link #INVALID}.
     *
     * @param chunkType one that {@link #isMoving}
     */
    static int next(boolean reply, int chunkType, int state) {
        return (reply ? REPLY : ORIGINAL)[chunkType - Sctp.INIT][state];
    }

    /** The kind of timeout of a connection in this state. */
    static int kind(int state) {
        return Timeouts.Kind.SCTP_CLOSED.ordinal() - CL + state;
    }

    /** The state's ordinal, of a word of {@link ConnState}; below 0 for other protocols. */
    static int ofWord(int word) {
        return ConnState.kind(word) - Timeouts.Kind.SCTP_CLOSED.ordinal() + CL;
    }

    static String name(int word) {
        return ALL[Math.clamp(ofWord(word), 0, ALL.length - 1)].name();
    }
}
