package io.sluice.natlb;

import static io.sluice.natlb.EndpointLayout.INSIDE;
import static io.sluice.natlb.EndpointLayout.KEY;
import static io.sluice.natlb.EndpointLayout.OUTSIDE;

import io.sluice.packet.Memory;
import io.sluice.packet.MemorySource;

/**
 * Where mappings are found: a chain by their inside and one by their outside. Chains are changed
 * under the locks of their {@link Buckets}. Any thread.
 */
final class EndpointIndex {
    /** Steps in a chain under its lock. */
    static final int ALL = Integer.MAX_VALUE;

    /** Without its lock it may lead into others, and round. */
    static final int PEEKED = 64;

    private final EndpointRecords records;
    private final Buckets byInside;
    private final Buckets byOutside;

    EndpointIndex(int capacity, EndpointRecords records, MemorySource memory) {
        this.records = records;
        byInside = new Buckets(capacity, memory, records.base(), EndpointLayout.NEXT_INSIDE);
        byOutside = new Buckets(capacity, memory, records.base(), EndpointLayout.NEXT_OUTSIDE);
    }

    /** Both buckets are locked. */
    void add(int number, long inside, long outside) {
        byInside.add(inside, number);
        byOutside.add(outside, number);
    }

    /** Both buckets are locked. */
    void remove(int number, long inside, long outside) {
        byInside.remove(inside, number);
        byOutside.remove(outside, number);
    }

    boolean contains(long inside, int number) {
        return byInside.contains(inside, number);
    }

    /**
     * The mapping of this inside.
     *
     * @param steps in the chain: {@link #ALL} under its lock, fewer without it
     */
    int inside(long bucket, EndpointMapping mapping, int steps) {
        long key = EndpointLayout.key(mapping);
        int number = byInside.first(bucket);
        for (int i = 0; number != 0 && i < steps; i++) {
            long record = records.record(number);
            if (EndpointLayout.isInside(record, mapping.insideHigh, mapping.insideLow, key)) {
                return number;
            }
            number = byInside.next(number);
        }
        return 0;
    }

    /** The same by its outside. */
    int outside(long bucket, EndpointMapping mapping, int steps) {
        long key = EndpointLayout.key(mapping);
        int number = byOutside.first(bucket);
        for (int i = 0; number != 0 && i < steps; i++) {
            long record = records.record(number);
            if (EndpointLayout.isOutside(record, mapping.outsideHigh, mapping.outsideLow, key)) {
                return number;
            }
            number = byOutside.next(number);
        }
        return 0;
    }

    long insideBucket(EndpointMapping mapping) {
        return byInside.bucket(
                EndpointLayout.insideHash(
                        mapping.insideHigh, mapping.insideLow, EndpointLayout.key(mapping)));
    }

    long outsideBucket(EndpointMapping mapping) {
        return byOutside.bucket(
                EndpointLayout.outsideHash(
                        mapping.outsideHigh, mapping.outsideLow, EndpointLayout.key(mapping)));
    }

    /** Where a record is that has been made. */
    long insideBucketOf(int number) {
        long record = records.record(number);
        return byInside.bucket(
                EndpointLayout.insideHash(
                        Memory.getLong(record + INSIDE),
                        Memory.getLong(record + INSIDE + Long.BYTES),
                        Memory.getLong(record + KEY)));
    }

    long outsideBucketOf(int number) {
        long record = records.record(number);
        return byOutside.bucket(
                EndpointLayout.outsideHash(
                        Memory.getLong(record + OUTSIDE),
                        Memory.getLong(record + OUTSIDE + Long.BYTES),
                        Memory.getLong(record + KEY)));
    }
}
