package io.sluice.conntrack;

import java.util.Locale;

/** Why a connection ended. The ordinals are written to logs: new reasons go to the end. */
public enum EndReason {
    /** It was silent for too long. */
    TIMEOUT,
    /** Both sides closed it. */
    FIN,
    /** One side reset it. */
    RST,
    /** It was flushed, alone or with its zone. */
    FLUSH,
    /** Its zone held more than a limit that was lowered. */
    LIMIT,
    /** It gave way in a full table. */
    EVICTED,
    /** A packet of its reply direction began another ({@code ct(commit,force)}). */
    REPLACED,
    /** The connection that had made it expected has ended. */
    MASTER;

    private static final EndReason[] ALL = values();

    /** The reason with this ordinal. */
    static EndReason of(int ordinal) {
        return ALL[ordinal];
    }

    /** The ordinal for a connection whose time was over, by its word of {@link ConnState}. */
    static int ofExpired(int word) {
        if (ConnState.isSctp(word)) {
            EndReason shut = (word & ConnState.SCTP_SHUT) != 0 ? FIN : TIMEOUT;
            return ((word & ConnState.SCTP_ABORTED) != 0 ? RST : shut).ordinal();
        }
        if (!ConnState.isTcp(word)) {
            return TIMEOUT.ordinal();
        }
        int state = ConnState.kind(word);
        if (state == TcpState.CLOSE.ordinal() || ConnState.endsWithReset(word)) {
            return RST.ordinal();
        }
        return (state == TcpState.TIME_WAIT.ordinal() ? FIN : TIMEOUT).ordinal();
    }

    /** As users write and read it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
