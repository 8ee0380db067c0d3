package io.sluice.conntrack;

import io.sluice.packet.Tcp;

/**
 * The states of a TCP connection as a firewall in the middle sees it, and how packets move them:
 * the table of Netfilter's connection tracking (van Rooij, "Real Stateful TCP Packet Filtering in
 * IP Filter", 2001).
 */
enum TcpState {
    NONE(120),
    SYN_SENT(120),
    SYN_RECV(60),
    ESTABLISHED(432_000),
    FIN_WAIT(120),
    CLOSE_WAIT(60),
    LAST_ACK(30),
    TIME_WAIT(120),
    CLOSE(10),
    SYN_SENT2(120);

    /** The packet does not fit: it is {@code inv}. */
    static final int INVALID = -1;

    /** The packet is let through and changes nothing: the other end will settle it. */
    static final int IGNORE = -2;

    // Kinds of packets, as the flags say.
    static final int SYN = 0;
    static final int SYN_ACK = 1;
    static final int FIN = 2;
    static final int ACK = 3;
    static final int RST = 4;

    /** None of them. */
    static final int NO_KIND = 5;

    private static final int SS = SYN_SENT.ordinal();
    private static final int SR = SYN_RECV.ordinal();
    private static final int ES = ESTABLISHED.ordinal();
    private static final int FW = FIN_WAIT.ordinal();
    private static final int CW = CLOSE_WAIT.ordinal();
    private static final int LA = LAST_ACK.ordinal();
    private static final int TW = TIME_WAIT.ordinal();
    private static final int CL = CLOSE.ordinal();
    private static final int S2 = SYN_SENT2.ordinal();
    private static final int IV = INVALID;
    private static final int IG = IGNORE;

    // A row for each kind of packet, a column for each state it may meet.
    private static final int[][] ORIGINAL = {
        //         NO  SS  SR  ES  FW  CW  LA  TW  CL  S2
        /* SYN */ {SS, SS, IG, IG, IG, IG, IG, SS, SS, S2},
        /* SYN+ACK: only as the answer in a simultaneous open */
        {IV, IV, SR, IV, IV, IV, IV, IV, IV, SR},
        /* FIN */ {IV, IV, FW, FW, LA, LA, LA, TW, CL, IV},
        /* ACK: from NONE it picks up a connection in mid-stream */
        {ES, IV, ES, ES, CW, CW, TW, TW, CL, IV},
        /* RST */ {IV, CL, CL, CL, CL, CL, CL, CL, CL, CL},
    };
    private static final int[][] REPLY = {
        //         NO  SS  SR  ES  FW  CW  LA  TW  CL  S2
        /* SYN: the other end opens too; after TIME_WAIT it opens anew */
        {IV, S2, IV, IV, IV, IV, IV, SS, IV, S2},
        /* SYN+ACK */ {IV, SR, IG, IG, IG, IG, IG, IG, IG, SR},
        /* FIN */ {IV, IV, FW, FW, LA, LA, LA, TW, CL, IV},
        /* ACK: before the handshake is through it settles nothing */
        {IV, IG, SR, ES, CW, CW, TW, TW, CL, IG},
        /* RST */ {IV, CL, CL, CL, CL, CL, CL, CL, CL, CL},
    };

    private final int timeoutSeconds;

    TcpState(int timeoutSeconds) {
        this.timeoutSeconds = timeoutSeconds;
    }

    /** Linux's default. */
    int timeoutSeconds() {
        return timeoutSeconds;
    }

    /**
     * The ordinal of the state that follows, or {@link #INVALID} or {@link #IGNORE}.
     *
     * @param kind of the packet: {@link #kind}
     */
    static int next(boolean reply, int kind, int state) {
        return kind == NO_KIND ? INVALID : (reply ? REPLY : ORIGINAL)[kind][state];
    }

    /** The kind of a packet with these TCP flags. */
    static int kind(int flags) {
        if ((flags & Tcp.RST) != 0) {
            return RST;
        }
        if ((flags & Tcp.SYN) != 0) {
            return (flags & Tcp.ACK) != 0 ? SYN_ACK : SYN;
        }
        if ((flags & Tcp.FIN) != 0) {
            return FIN;
        }
        return (flags & Tcp.ACK) != 0 ? ACK : NO_KIND;
    }
}
