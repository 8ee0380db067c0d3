package io.sluice.fastpath;

import java.util.List;

/**
 * What a meter was asked to be.
 *
 * @param burst whether the bands say how large a burst may be; without it they allow what comes in
 *     a second at their rate
 * @param stats kept for whoever reads it back: packets are counted either way
 */
public record MeterConfig(int id, Unit unit, boolean burst, boolean stats, List<Band> bands) {
    public static final int MAX_BANDS = 8;

    /** What rates and bursts are in. */
    public enum Unit {
        /** Thousand bits of frames, without checksum, in a second. */
        KBPS,
        /** Packets in a second. */
        PKTPS
    }

    /**
     * Drops what comes faster.
     *
     * @param rate in the meter's unit, unsigned, not 0
     * @param burstSize kilobits or packets, unsigned; 0 without {@code burst}
     */
    public record Band(int rate, int burstSize) {}

    public MeterConfig {
        bands = List.copyOf(bands);
        if (bands.isEmpty() || bands.size() > MAX_BANDS) {
            throw new IllegalArgumentException(
                    "a meter has 1 to %d bands, not %d".formatted(MAX_BANDS, bands.size()));
        }
    }
}
