package io.sluice.conntrack;

import io.sluice.packet.FtpLines;
import io.sluice.packet.Memory;
import io.sluice.packet.MemorySource;

/**
 * What is remembered of TCP connections whose data helpers read and change, as {@link StreamLayout}
 * draws it, for a bounded number of them. A connection knows its stream by a number in what {@link
 * Relations} keep beside its record, and a stream its connection by the record: so who comes too
 * late for a connection that has ended finds nothing. Workers; what lies in a stream is read and
 * written under its lock only.
 */
public final class Streams {
    /** There is none. */
    public static final long NONE = 0;

    static final int MAX = 1 << 14;

    private static final int ELSEWHERE_BYTES = 1 << 20;

    // Words: a lock, the first stream that is free, and how many were ever used.
    private static final int FREE = 4;
    private static final int USED = 8;
    private static final int POOL_BYTES = 12;

    private final int capacity;
    private final Relations relations;
    private final long base;
    private final long pool;

    Streams(int capacity, Relations relations, MemorySource memory) {
        this.capacity = capacity;
        this.relations = relations;
        base = memory.allocate((long) capacity * StreamLayout.BYTES);
        pool = memory.allocate(POOL_BYTES);
    }

    private long address(int number) {
        return Memory.pointer(base + (long) (number - 1) * StreamLayout.BYTES);
    }

    private long numberOf(int connection) {
        return relations.address(connection) + RelationLayout.OWN;
    }

    /**
     * Locks the stream of a connection that has a helper; not while holding another, but maybe the
     * connection's state lock.
     *
     * @return where it lies; {@link #NONE}, and nothing is locked, when it has none
     */
    public long lock(int connection) {
        int number = Memory.getIntAcquire(numberOf(connection));
        if (number == 0) {
            return NONE;
        }
        long stream = address(number);
        SpinLock.lock(stream);
        if (Memory.getInt(stream + StreamLayout.OWNER) == (connection >>> 1) + 1) {
            return stream;
        }
        SpinLock.unlock(stream);
        return NONE;
    }

    /** The same; begins a stream when there is none. */
    public long lockOrBegin(int connection) {
        long stream = lock(connection);
        if (stream != NONE) {
            return stream;
        }
        int number = take(connection >>> 1);
        // Another worker may have begun one, which pairs with the acquire of lock.
        if (number != 0 && !Memory.compareAndSetInt(numberOf(connection), 0, number)) {
            giveBack(number);
        }
        if (relations.isFreed(connection)) {
            // Who frees it says so first, and looks for a stream then: one of us gives it back.
            endOf(connection);
            return NONE;
        }
        return number == 0 ? NONE : lock(connection);
    }

    public static void unlock(long stream) {
        SpinLock.unlock(stream);
    }

    /** Of the packets of the connection's direction: what {@link StreamEdits} are about. */
    public static long direction(long stream, int connection) {
        return stream
                + StreamLayout.DIRECTIONS
                + (long) (connection & 1) * StreamLayout.DIRECTION_BYTES;
    }

    /** Where the line at work lies: {@link FtpLines}. */
    public static long lines(long direction) {
        return direction + StreamLayout.LINES;
    }

    /** The number of the byte to be read next, as the sender counts; {@code first} if none was. */
    public static int next(long direction, int first) {
        return Memory.getInt(direction + StreamLayout.KNOWN) == 0
                ? first
                : Memory.getInt(direction + StreamLayout.NEXT);
    }

    public static void setNext(long direction, int number) {
        Memory.putInt(direction + StreamLayout.NEXT, number);
        Memory.putInt(direction + StreamLayout.KNOWN, 1);
        StreamEdits.forgetBefore(direction, number);
    }

    /** Whether a number is so far from all that was read that it is of another connection. */
    public static boolean isElsewhere(long direction, int number) {
        return Math.abs(number - next(direction, number)) > ELSEWHERE_BYTES;
    }

    /** The connection began anew, with other numbers. */
    public static void forget(long stream) {
        Memory.zero(stream + StreamLayout.DIRECTIONS, 2L * StreamLayout.DIRECTION_BYTES);
    }

    /** Bytes of what is remembered of a direction, for who wants to put it back. */
    public static int directionBytes() {
        return StreamLayout.DIRECTION_BYTES;
    }

    /** Takes a stream for the record; its number, above 0, or 0 when there is none left. */
    private int take(int record) {
        SpinLock.lock(pool);
        int number = Memory.getInt(pool + FREE);
        if (number != 0) {
            Memory.putInt(pool + FREE, Memory.getInt(address(number) + StreamLayout.NEXT_FREE));
        } else if (Memory.getInt(pool + USED) < capacity) {
            number = Memory.getInt(pool + USED) + 1;
            Memory.putInt(pool + USED, number);
        }
        SpinLock.unlock(pool);
        if (number != 0) {
            long stream = address(number);
            SpinLock.lock(stream);
            forget(stream);
            Memory.putInt(stream + StreamLayout.OWNER, record + 1);
            SpinLock.unlock(stream);
        }
        return number;
    }

    private void giveBack(int number) {
        long stream = address(number);
        SpinLock.lock(stream);
        Memory.putInt(stream + StreamLayout.OWNER, 0);
        SpinLock.unlock(stream);
        SpinLock.lock(pool);
        Memory.putInt(stream + StreamLayout.NEXT_FREE, Memory.getInt(pool + FREE));
        Memory.putInt(pool + FREE, number);
        SpinLock.unlock(pool);
    }

    /** The connection is freed. */
    void endOf(int connection) {
        long at = numberOf(connection);
        int number = Memory.getIntAcquire(at);
        if (number != 0 && Memory.compareAndSetInt(at, number, 0)) {
            giveBack(number);
        }
    }
}
