package io.sluice.conntrack;

import io.sluice.packet.Memory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Records that no thread holds, handed out in chains, and the epochs after which a removed record
 * may be used again.
 *
 * <p>Free records are linked through their own memory. Records that were never used are not linked
 * at all, so that a large table costs memory only as it fills.
 */
final class RecordPool {
    /** Records that change hands at once. */
    static final int CHAIN = 64;

    private static final int EMPTY = -1;

    private final ConnTable table;
    private final int capacity;
    private final AtomicInteger unused = new AtomicInteger();
    // Head of a stack of chains: a counter against ABA in the high half, the record in the low.
    private final AtomicLong chains = new AtomicLong(EMPTY & 0xFFFFFFFFL);
    // A number of 32 bits would be used up: one a millisecond at least, many more in a full table.
    private final AtomicLong epoch = new AtomicLong(1);
    private volatile ConnOwner[] owners = {};
    private final AtomicInteger hand = new AtomicInteger();

    RecordPool(ConnTable table, int capacity) {
        this.table = table;
        this.capacity = capacity;
    }

    synchronized void join(ConnOwner owner) {
        ConnOwner[] more = new ConnOwner[owners.length + 1];
        System.arraycopy(owners, 0, more, 0, owners.length);
        more[owners.length] = owner;
        owners = more;
    }

    synchronized void leave(ConnOwner owner) {
        ConnOwner[] fewer = new ConnOwner[owners.length - 1];
        int kept = 0;
        for (ConnOwner other : owners) {
            if (other != owner) {
                fewer[kept++] = other;
            }
        }
        owners = fewer;
    }

    /** Records from 0 to this were used at some time; the others never. */
    int everUsed() {
        return Math.min(capacity, unused.get());
    }

    /**
     * Moves the hand that all owners share by a chunk of the records that were ever used.
     *
     * @return the chunk's first record, of which there is one at least; the last chunk is smaller
     */
    int takeToSweep(int chunk) {
        int at;
        int from;
        do {
            at = hand.get();
            from = at < everUsed() ? at : 0;
        } while (!hand.compareAndSet(at, from + chunk));
        return from;
    }

    long epoch() {
        return epoch.getAcquire();
    }

    /** As if all epochs before this one were over. Before any owner joins. */
    void beginAt(long first) {
        epoch.set(first);
    }

    /** Begins the next epoch when every owner has seen this one. */
    void tryAdvance() {
        long now = epoch.getAcquire();
        for (ConnOwner owner : owners) {
            if (owner.seenEpoch() != now) {
                return;
            }
        }
        epoch.compareAndSet(now, now + 1);
    }

    /** The first of at most {@link #CHAIN} linked records, or -1 when all are in use. */
    int takeChain() {
        long head = chains.get();
        while ((int) head != EMPTY) {
            // The next chain's head is kept in the second word of this chain's first record. It may
            // be stale when another thread took the chain: then the counter has moved on.
            int next = Memory.getIntOpaque(nextChain((int) head));
            if (chains.compareAndSet(head, ((head >>> 32) + 1) << 32 | (next & 0xFFFFFFFFL))) {
                return (int) head;
            }
            head = chains.get();
        }
        return takeUnused();
    }

    private int takeUnused() {
        int first;
        int end;
        do {
            first = unused.get();
            if (first >= capacity) {
                return EMPTY;
            }
            end = Math.min(capacity, first + CHAIN);
        } while (!unused.compareAndSet(first, end));
        for (int record = first; record < end; record++) {
            setNext(record, record + 1 < end ? record + 1 : EMPTY);
        }
        return first;
    }

    /** Gives back a chain of free records. */
    void putChain(int first) {
        long head;
        do {
            head = chains.get();
            Memory.setIntOpaque(nextChain(first), (int) head);
        } while (!chains.compareAndSet(head, ((head >>> 32) + 1) << 32 | (first & 0xFFFFFFFFL)));
    }

    private long nextChain(int record) {
        return table.line(record << 1) + ConnLayout.NEXT_FREE + Integer.BYTES;
    }

    int next(int record) {
        return Memory.getInt(table.line(record << 1) + ConnLayout.NEXT_FREE);
    }

    void setNext(int record, int next) {
        Memory.putInt(table.line(record << 1) + ConnLayout.NEXT_FREE, next);
    }
}
