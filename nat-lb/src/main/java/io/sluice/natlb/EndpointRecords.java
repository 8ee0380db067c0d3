package io.sluice.natlb;

import io.sluice.packet.Memory;
import io.sluice.packet.MemorySource;

/** The records of {@link EndpointLayout}, and which of them are free. Any thread. */
final class EndpointRecords {
    // A cache line: the lock of the free ones, the first of them, and how many were ever used.
    private static final int FREE = Integer.BYTES;
    private static final int EVER_USED = 2 * Integer.BYTES;
    private static final int POOL_BYTES = 64;

    private final int count;
    private final long pool;
    private final long records;

    /**
     * @param count of records, from number 1 on
     */
    EndpointRecords(int count, MemorySource memory) {
        this.count = count;
        pool = memory.allocate(POOL_BYTES);
        records = memory.allocate((count + 1L) << EndpointLayout.BYTES_SHIFT);
    }

    /** Where record 0 lies, which is none. */
    long base() {
        return records;
    }

    long record(int number) {
        return Memory.pointer(records + ((long) number << EndpointLayout.BYTES_SHIFT));
    }

    int everUsed() {
        return Memory.getIntOpaque(pool + EVER_USED);
    }

    /** A record that nobody finds; 0: there is none. */
    int take() {
        Buckets.lock(pool);
        int number = Memory.getInt(pool + FREE);
        if (number != 0) {
            Memory.putInt(pool + FREE, Memory.getInt(record(number) + EndpointLayout.NEXT_INSIDE));
        } else if (everUsed() < count) {
            number = everUsed() + 1;
            Memory.setIntOpaque(pool + EVER_USED, number);
        }
        Buckets.unlock(pool);
        return number;
    }

    void give(int number) {
        Buckets.lock(pool);
        Memory.putInt(record(number) + EndpointLayout.NEXT_INSIDE, Memory.getInt(pool + FREE));
        Memory.putInt(pool + FREE, number);
        Buckets.unlock(pool);
    }

    /** How many records are not free; for tests. */
    int inUse() {
        Buckets.lock(pool);
        int inUse = everUsed();
        for (int free = Memory.getInt(pool + FREE); free != 0; inUse--) {
            free = Memory.getInt(record(free) + EndpointLayout.NEXT_INSIDE);
        }
        Buckets.unlock(pool);
        return inUse;
    }
}
