package io.sluice.natlb;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;

/**
 * What a worker's searches came to, by zone and range. Ranges that are equal count together, also
 * when flows are replaced. One thread counts; any may read.
 */
public final class NatCounters {
    /** Pairs of zone and range that are told apart; those beyond are not counted here. */
    public static final int CAPACITY = 1 << 14;

    // A pair lies in one of so many places.
    private static final int PLACES = 16;
    private static final int ZONE = 0;
    private static final int ROW = 5;

    /** How a search ended, for a connection that needed one. */
    public enum Outcome {
        /** The connection was made. */
        CREATED,
        /** No address and port of the range was free. */
        EXHAUSTED,
        /** None of as many as are tried for one packet was free. */
        GAVE_UP,
        /** The client has as many port blocks as it may have, and no port of them was free. */
        BLOCK_LIMIT;
    }

    /**
     * A pair's counters since the start.
     *
     * @param created connections that were made
     * @param exhausted connections that were refused because nothing of the range was free
     * @param gaveUp connections that were refused though something may have been free
     * @param blockLimit connections that were refused because of the range's {@code
     *     max-port-blocks}
     */
    public record Row(
            int zone, NatRange range, long created, long exhausted, long gaveUp, long blockLimit) {}

    private final AtomicReferenceArray<NatRange> ranges = new AtomicReferenceArray<>(CAPACITY);
    private final AtomicLongArray rows = new AtomicLongArray(CAPACITY * ROW);
    // The place of the last pair: most connections are of the same as the one before.
    private NatRange lastRange;
    private int lastZone = -1;
    private int lastPlace = -1;

    /** Counts one more. */
    @SuppressWarnings("ReferenceEquality") // The same object is quickly seen to be equal.
    public void count(int zone, NatRange range, Outcome outcome) {
        if (range != lastRange || zone != lastZone) {
            lastRange = range;
            lastZone = zone;
            lastPlace = place(zone, range);
        }
        if (lastPlace >= 0) {
            int counter = lastPlace * ROW + 1 + outcome.ordinal();
            rows.setOpaque(counter, rows.getPlain(counter) + 1);
        }
    }

    private int place(int zone, NatRange range) {
        int first = ((range.hashCode() + zone) * 0x9E3779B9) >>> 16;
        for (int i = 0; i < PLACES; i++) {
            int place = (first + i) & (CAPACITY - 1);
            NatRange there = ranges.getPlain(place);
            if (there == null) {
                rows.setPlain(place * ROW + ZONE, zone);
                // Pairs with the acquire in forEach.
                ranges.setRelease(place, range);
                return place;
            }
            if (rows.getPlain(place * ROW + ZONE) == zone && there.equals(range)) {
                return place;
            }
        }
        return -1;
    }

    /** Shows all pairs. Any thread. */
    public void forEach(Consumer<Row> consumer) {
        for (int place = 0; place < CAPACITY; place++) {
            NatRange range = ranges.getAcquire(place);
            if (range != null) {
                int counters = place * ROW + 1;
                consumer.accept(
                        new Row(
                                (int) rows.getPlain(place * ROW + ZONE),
                                range,
                                rows.getOpaque(counters),
                                rows.getOpaque(counters + 1),
                                rows.getOpaque(counters + 2),
                                rows.getOpaque(counters + 3)));
            }
        }
    }
}
