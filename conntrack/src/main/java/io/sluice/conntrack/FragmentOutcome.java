package io.sluice.conntrack;

/** What becomes of a fragment that is offered to a {@link FragmentTable}, or was held by it. */
public enum FragmentOutcome {
    /** It waits for the others. */
    HELD,
    /** The datagram is whole. */
    COMPLETE,
    /** It is there already. */
    DUPLICATE,
    /** It overlaps another, or they disagree about where the datagram ends. */
    OVERLAP,
    /** Its length or place is impossible. */
    MALFORMED,
    /** It is not the last, and shorter than flows may be asked to trust. */
    TOO_SMALL,
    /** There was no room for it, or a newer one took its room. */
    PURGED,
    /** The others did not come in time. */
    EXPIRED;

    static final int COUNT = values().length;
}
