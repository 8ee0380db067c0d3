package io.sluice.conntrack;

/** The word that says how far a connection has come: its kind of timeout and status bits. */
final class ConnState {
    /** The ordinal of a {@link Timeouts.Kind}; for TCP this is also the {@link TcpState}. */
    static final int KIND_MASK = 0xFF;

    static final int SEEN_REPLY = 0x100;

    /** The connection has a ct_label, or had one. */
    static final int HAS_LABEL = 0x200;

    private ConnState() {}

    static int kind(int word) {
        return word & KIND_MASK;
    }

    static int withKind(int word, int kind) {
        return (word & ~KIND_MASK) | kind;
    }
}
