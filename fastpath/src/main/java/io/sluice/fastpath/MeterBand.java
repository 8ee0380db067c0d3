package io.sluice.fastpath;

import java.util.concurrent.atomic.AtomicLong;

/**
 * One token bucket of a meter.
 *
 * <p>A token is 1/1000 of a packet or one bit, so that a millisecond at rate 1 (a packet or a
 * thousand bits in a second) brings one.
 */
final class MeterBand {
    private static final long TOKENS_OF_PACKET = 1000;
    private static final long TOKENS_OF_BYTE = 8;

    private final long rate;
    private final long capacity;
    private final Counters dropped;

    // Any worker, by compare-and-set.
    private final AtomicLong tokens;

    /** A full bucket. */
    MeterBand(MeterConfig.Band config) {
        this(config, Long.MAX_VALUE, new Counters());
    }

    private MeterBand(MeterConfig.Band config, long tokens, Counters dropped) {
        rate = Integer.toUnsignedLong(config.rate());
        long burst = Integer.toUnsignedLong(config.burstSize());
        // A second's worth when nothing is said, as Open vSwitch does.
        capacity = (burst == 0 ? rate : burst) * 1000;
        this.tokens = new AtomicLong(Math.min(capacity, tokens));
        this.dropped = dropped;
    }

    /** The same bucket with another rate and size: what was in it stays, as far as it fits. */
    MeterBand withConfig(MeterConfig.Band config) {
        return new MeterBand(config, tokens.get(), dropped);
    }

    static long tokensOf(MeterConfig.Unit unit, int frameBytes) {
        return unit == MeterConfig.Unit.PKTPS ? TOKENS_OF_PACKET : frameBytes * TOKENS_OF_BYTE;
    }

    long rate() {
        return rate;
    }

    Counters dropped() {
        return dropped;
    }

    /**
     * Adds what the time has brought, as far as it fits.
     *
     * @param elapsedMs below 2^32
     */
    void fill(long elapsedMs) {
        // The product, below 2^64, may be too large for a long.
        long brought = elapsedMs > capacity / rate ? capacity : elapsedMs * rate;
        long before;
        long after;
        do {
            before = tokens.getOpaque();
            after = Math.min(capacity, before + brought);
        } while (after != before && !tokens.weakCompareAndSetVolatile(before, after));
    }

    /** Whether all of it was there; else nothing is taken. */
    boolean take(long wanted) {
        long before;
        do {
            before = tokens.getOpaque();
            if (before < wanted) {
                return false;
            }
        } while (!tokens.weakCompareAndSetVolatile(before, before - wanted));
        return true;
    }
}
