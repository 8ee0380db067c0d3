package io.sluice.natlb;

import io.sluice.packet.Memory;
import io.sluice.packet.MemorySource;

/**
 * Chains of records by hash, each with a lock beside its head, which is held for some tens of
 * nanoseconds by threads that own their core. Whatever is done to a chain is done under its lock.
 *
 * <pre>
 * bucket, 8 bytes:   lock (4) | number of the first record, 0: none (4)
 * </pre>
 */
final class Buckets {
    private static final int HEAD = Integer.BYTES;

    private final long buckets;
    private final long mask;
    private final long records;
    private final int nextAt;

    /**
     * @param records where record 0 lies, which is none
     * @param nextAt where in a record the number of the next one stands
     */
    Buckets(int capacity, MemorySource memory, long records, int nextAt) {
        int count = Integer.highestOneBit(Math.max(capacity, 2) - 1) << 1;
        buckets = memory.allocate((long) count * Long.BYTES);
        mask = count - 1L;
        this.records = records;
        this.nextAt = nextAt;
    }

    long bucket(long hash) {
        return Memory.pointer(buckets + (hash & mask) * Long.BYTES);
    }

    static void lock(long bucket) {
        while (!tryLock(bucket)) {
            Thread.onSpinWait();
        }
    }

    static boolean tryLock(long bucket) {
        return Memory.compareAndSetInt(bucket, 0, 1);
    }

    /** Pairs with the compare-and-set of the next one in {@link #tryLock}. */
    static void unlock(long bucket) {
        Memory.setIntRelease(bucket, 0);
    }

    int first(long bucket) {
        return Memory.getInt(bucket + HEAD);
    }

    int next(int number) {
        return Memory.getInt(next(record(number)));
    }

    private long record(int number) {
        return Memory.pointer(records + ((long) number << EndpointLayout.BYTES_SHIFT));
    }

    private long next(long record) {
        return record + nextAt;
    }

    void add(long bucket, int number) {
        Memory.putInt(next(record(number)), first(bucket));
        Memory.putInt(bucket + HEAD, number);
    }

    boolean contains(long bucket, int number) {
        int each = first(bucket);
        while (each != 0 && each != number) {
            each = next(each);
        }
        return each != 0;
    }

    /** Takes out a record that is in the chain. */
    void remove(long bucket, int number) {
        long at = bucket + HEAD;
        while (Memory.getInt(at) != number) {
            at = next(record(Memory.getInt(at)));
        }
        Memory.putInt(at, next(number));
    }
}
