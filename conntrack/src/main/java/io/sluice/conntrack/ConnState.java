package io.sluice.conntrack;

import io.sluice.packet.Ipv4;

/**
 * The word that says how far a connection has come: its kind of timeout and status bits.
 *
 * <pre>
 *  0-4   kind of timeout; for TCP also the state
 *  5     it holds something elsewhere (NewConnection.hold), or has a helper or a master (Relations)
 *  6     its end is logged, whatever filters say
 *  8     an answer was seen
 *  9     the connection has a ct_label, or had one
 *
 * for TCP, of both directions or of each:
 *  7     there is a note of the last segment (TcpNotes)
 * 10     the last window announced was 0, or none was looked at yet
 * 11     both sides have agreed to the connection
 * 12-19  window scale, 4 bits each; 15: none was offered
 * 20-21  accepts selective acknowledgments
 * 22-23  was picked up: its window is not sure
 * 24-25  has acknowledged something
 * 26     one side has closed
 * 27-29  kind of the last segment, and whether a RST came before it
 * 30     a SYN was let through in LAST_ACK, and the answer may be a "challenge ACK" (RFC 5961)
 * 31     both sides opened at the same time
 *
 * for SCTP:
 * 20-21  the direction has sent INIT, and no COOKIE ACK came since
 * 22-23  a heartbeat had a wrong tag; it was the reply's
 * 24-25  it was shut down in order; it was aborted
 * </pre>
 */
final class ConnState {
    /** The ordinal of a {@link Timeouts.Kind}; TCP's are also those of {@link TcpState}. */
    static final int KIND_MASK = 0x1F;

    static final int NOTED = 0x80;
    static final int SEEN_REPLY = 0x100;
    static final int ZERO_WINDOW = 1 << 10;
    static final int ASSURED = 1 << 11;
    static final int CLOSE_BEGUN = 1 << 26;
    static final int CHALLENGE = 1 << 30;
    static final int SIMULTANEOUS = 1 << 31;

    // Of the original direction; the reply's is the next bit.
    static final int SACK = 1 << 20;
    static final int LIBERAL = 1 << 22;
    static final int MAX_ACK = 1 << 24;

    private static final int SCALE_SHIFT = 12;
    private static final int SCALE_BITS = 4;
    private static final int SCALE_MASK = 0xF;
    private static final int LAST_SHIFT = 27;
    private static final int LAST_MASK = 7;
    // Kinds beyond TcpState's: a SYN, and next to it a SYN+ACK, that nobody believed after a RST.
    private static final int SYN_AFTER_RESET = 6;

    /** A word in which neither side has offered a window scale. */
    static final int NO_SCALES = 0xFF << SCALE_SHIFT;

    /** What belongs to the TCP tracker; other bits may change at any time. */
    static final int TCP_BITS = KIND_MASK | NOTED | SEEN_REPLY | -(1 << 10);

    // Of the original direction; the reply's is the next bit.
    static final int SCTP_INIT = 1 << 20;

    static final int SCTP_STRANGE_TAG = 1 << 22;
    static final int SCTP_STRANGE_FROM_REPLY = 1 << 23;
    static final int SCTP_SHUT = 1 << 24;
    static final int SCTP_ABORTED = 1 << 25;

    /** What belongs to the SCTP tracker; other bits may change at any time. */
    static final int SCTP_BITS = KIND_MASK | SEEN_REPLY | 0x3F << 20;

    /** The connection has a ct_label, or had one. */
    static final int HAS_LABEL = 0x200;

    /** Its end is logged, whatever the log's filter says. */
    static final int LOGGED = 0x40;

    /** It holds something elsewhere, {@link NewConnection#hold}, or has {@link Relations}. */
    static final int HOLDS = 0x20;

    private ConnState() {}

    static int kind(int word) {
        return word & KIND_MASK;
    }

    static int withKind(int word, int kind) {
        return (word & ~KIND_MASK) | kind;
    }

    static boolean isTcp(int word) {
        return kind(word) <= TcpState.SYN_SENT2.ordinal();
    }

    static boolean isSctp(int word) {
        int state = SctpState.ofWord(word);
        return state > 0 && state <= SctpState.HEARTBEAT_SENT.ordinal();
    }

    /** Whether neither side will send any more: of TCP and SCTP. */
    static boolean isClosed(int word) {
        int kind = kind(word);
        return (kind >= TcpState.LAST_ACK.ordinal() && kind <= TcpState.CLOSE.ordinal())
                || kind == Timeouts.Kind.SCTP_SHUTDOWN_ACK_SENT.ordinal();
    }

    static boolean has(int word, int bit, int direction) {
        return (word & (bit << direction)) != 0;
    }

    /** The shift of the windows that the direction announces. */
    static int scale(int word, int direction) {
        int scale = scaleField(word, direction);
        return scale == SCALE_MASK ? 0 : scale;
    }

    static boolean hasScale(int word, int direction) {
        return scaleField(word, direction) != SCALE_MASK;
    }

    private static int scaleField(int word, int direction) {
        return word >>> (SCALE_SHIFT + SCALE_BITS * direction) & SCALE_MASK;
    }

    /**
     * @param scale 0-14, or {@link TcpSegment#NO_SCALE}
     */
    static int withScale(int word, int direction, int scale) {
        int shift = SCALE_SHIFT + SCALE_BITS * direction;
        return (word & ~(SCALE_MASK << shift)) | (scale & SCALE_MASK) << shift;
    }

    /** The kind of the last TCP segment, as {@link TcpState#kind} has it. */
    static int lastKind(int word) {
        int last = word >>> LAST_SHIFT & LAST_MASK;
        return last >= SYN_AFTER_RESET ? last - SYN_AFTER_RESET + TcpState.SYN : last;
    }

    /** Whether the last TCP segment that was believed was a RST. */
    static boolean endsWithReset(int word) {
        int last = word >>> LAST_SHIFT & LAST_MASK;
        return last == TcpState.RST || last >= SYN_AFTER_RESET;
    }

    static int withLastKind(int word, int kind) {
        return (word & ~(LAST_MASK << LAST_SHIFT)) | kind << LAST_SHIFT;
    }

    /** The same for a segment that was let through without being believed. */
    static int withIgnoredKind(int word, int kind) {
        boolean remembers = endsWithReset(word) && kind <= TcpState.SYN_ACK;
        return withLastKind(word, remembers ? kind - TcpState.SYN + SYN_AFTER_RESET : kind);
    }

    /**
     * Whether packets that carry data or acknowledgments leave the word as it is, so that their way
     * may be cached.
     */
    static boolean isSteady(int protocol, int word) {
        if (protocol == Ipv4.PROTO_SCTP) {
            // Every packet's tag is looked at.
            return false;
        }
        return protocol != Ipv4.PROTO_TCP
                || (kind(word) == TcpState.ESTABLISHED.ordinal()
                        && lastKind(word) == TcpState.ACK
                        && ((word & ASSURED) != 0 || (word & SEEN_REPLY) == 0));
    }
}
