package io.sluice.fastpath;

import java.util.concurrent.atomic.AtomicLong;

/**
 * One token bucket of a meter.
 *
 * <p>A token is a billionth of a packet or a millionth of a bit, so that a nanosecond at rate 1 (a
 * packet or a thousand bits in a second) brings one. The largest bucket, 2^32 packets or kilobits,
 * holds 2^32 * 10^9 tokens: a long can hold two of it.
 */
final class MeterBand {
    private static final long TOKENS_OF_PACKET = 1_000_000_000L;
    private static final long TOKENS_OF_BYTE = 8_000_000L;

    private final long rate;
    private final long capacity;
    private final long nsToFill;
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
        capacity = (burst == 0 ? rate : burst) * TOKENS_OF_PACKET;
        nsToFill = capacity / rate;
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

    /** Adds what the time has brought, as far as it fits. */
    void fill(long elapsedNs) {
        long brought = brought(elapsedNs);
        long before;
        long after;
        do {
            before = tokens.getOpaque();
            after = Math.min(capacity, before + brought);
        } while (after != before && !tokens.weakCompareAndSetVolatile(before, after));
    }

    private long brought(long elapsedNs) {
        return elapsedNs > nsToFill ? capacity : elapsedNs * rate;
    }

    /** What would be in it after {@link #fill}. */
    long filled(long elapsedNs) {
        return Math.min(capacity, tokens.getOpaque() + brought(elapsedNs));
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
