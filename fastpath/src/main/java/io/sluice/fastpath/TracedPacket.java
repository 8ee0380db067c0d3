package io.sluice.fastpath;

/** A packet's fields at one moment of its way. Immutable. */
public final class TracedPacket {
    private final long[] key;

    TracedPacket(long[] key) {
        this.key = key.clone();
    }

    /** {@link Field#WORDS} longs; a copy. */
    public long[] key() {
        return key.clone();
    }
}
