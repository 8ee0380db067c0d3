package io.sluice.conntrack;

import io.sluice.packet.Memory;
import io.sluice.packet.MemorySource;

/**
 * Events on their way from one worker to the one thread that reads them. The worker never waits:
 * what finds the ring full is counted by type.
 *
 * <pre>
 *    0  8  tail: events written                       the worker
 *  128  8  head: events read                          the reader
 *  256 96  written and lost, by type                  the worker
 *  512     capacity + 1 records of EventLayout; the last is for what finds no room
 * </pre>
 */
final class EventRing {
    private static final int TAIL = 0;
    private static final int HEAD = 128;
    private static final int WRITTEN = 256;
    private static final int LOST = WRITTEN + EventType.MAX_CODE * Long.BYTES;
    private static final int RECORDS = 512;

    private final long base;
    private final int capacity;

    // The worker's.
    private long tail;
    private long headSeen;

    // The reader's.
    private long head;
    private long tailSeen;

    /**
     * @param capacity in events, a power of two
     */
    EventRing(int capacity, MemorySource memory) {
        if (Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException(capacity + " events, expected a power of two");
        }
        this.capacity = capacity;
        base =
                Memory.pointer(
                        memory.allocate(RECORDS + (capacity + 1L) * EventLayout.RECORD_BYTES));
    }

    private long record(long number) {
        return Memory.pointer(
                base + RECORDS + (number & (capacity - 1)) * EventLayout.RECORD_BYTES);
    }

    /** Whether {@link #next} is a record that can be published. The worker. */
    boolean hasRoom() {
        if (tail - headSeen < capacity) {
            return true;
        }
        // Pairs with the release in free(): the reader is done with the record.
        headSeen = Memory.getLongAcquire(base + HEAD);
        return tail - headSeen < capacity;
    }

    /** Where to write the next event; with no room, a place that nobody reads. The worker. */
    long next() {
        return hasRoom()
                ? record(tail)
                : Memory.pointer(base + RECORDS + (long) capacity * EventLayout.RECORD_BYTES);
    }

    /** Shows what was written at {@link #next} to the reader. The worker, if there was room. */
    void publish(int typeCode) {
        tail++;
        // Pairs with the acquire in peek().
        Memory.setLongRelease(base + TAIL, tail);
        count(WRITTEN, typeCode);
    }

    /** Counts what was written at {@link #next} as lost. The worker. */
    void lose(int typeCode) {
        count(LOST, typeCode);
    }

    private void count(int counters, int typeCode) {
        long address = base + counters + (typeCode - 1L) * Long.BYTES;
        Memory.setLongOpaque(address, Memory.getLong(address) + 1);
    }

    /** The oldest event that was not read yet, or 0. The reader. */
    long peek() {
        if (head == tailSeen) {
            tailSeen = Memory.getLongAcquire(base + TAIL);
        }
        return head == tailSeen ? 0 : record(head);
    }

    /** Gives the record of {@link #peek} back. The reader. */
    void free() {
        head++;
        Memory.setLongRelease(base + HEAD, head);
    }

    /** Any thread. */
    long written(EventType type) {
        return Memory.getLongOpaque(base + WRITTEN + (type.code() - 1L) * Long.BYTES);
    }

    /** Any thread. */
    long lost(EventType type) {
        return Memory.getLongOpaque(base + LOST + (type.code() - 1L) * Long.BYTES);
    }
}
