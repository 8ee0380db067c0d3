package io.sluice.conntrack;

/**
 * A worker's own part of the table: its free records, the ones it removed, and its share of the
 * sweep. Used by one thread.
 */
public final class ConnOwner {
    private static final int EMPTY = -1;
    private static final int EPOCHS = 3;
    // The whole table is visited in about this many milliseconds.
    private static final int SWEEP_PERIOD_MS = 8192;
    private static final int MIN_SWEEP = 16;

    /** What a call of {@link #sweep} visits at most: records in the order of memory. */
    static final int MAX_SWEEP = 512;

    /** What it frees at most: each costs some cache misses in the index, about 25 us in all. */
    static final int MAX_FREED = 64;

    private final ConnTable table;
    private final RecordPool pool;

    private int free = EMPTY;
    private int freeCount;
    // Removed in epoch e: list e modulo 3. Free for use when epoch e + 2 has begun.
    private final int[] retired = {EMPTY, EMPTY, EMPTY};
    private final int[] retiredTail = {EMPTY, EMPTY, EMPTY};
    private final int[] retiredCount = new int[EPOCHS];
    private volatile long seenEpoch;
    private final Eviction eviction;
    private int hand;
    private long visited;
    private long clockMs;
    private final EventWriter events;
    private final LinesAhead lines;
    private final PacedSweep paced;
    private int made;
    private int pacedVisits;

    public ConnOwner(ConnTable table) {
        this.table = table;
        this.pool = table.pool();
        seenEpoch = pool.epoch();
        eviction = new Eviction(table, this);
        pool.join(this);
        events = new EventWriter(table, this);
        lines = new LinesAhead(Insertion.LINES_AHEAD, table.memory());
        paced = new PacedSweep(table, this, table.memory());
    }

    LinesAhead lines() {
        return lines;
    }

    EventWriter events() {
        return events;
    }

    /** For events of port blocks, in one order with this thread's events of connections. */
    public BlockEventWriter newBlockEventWriter() {
        return new BlockEventWriter(table.events(), this);
    }

    /**
     * The clock that does not begin anew after 49 days.
     *
     * @param nowMs its low bits
     */
    long clockMs(int nowMs) {
        return clockMs + (nowMs - (int) clockMs);
    }

    long seenEpoch() {
        return seenEpoch;
    }

    /**
     * Says that this thread holds no reference from before. Once per burst; costs one load when the
     * epoch has not changed.
     */
    public void quiet() {
        long now = pool.epoch();
        if (now != seenEpoch) {
            enter(now);
        }
    }

    private void enter(long epoch) {
        // What was removed two epochs ago, nobody can hold any more: list (epoch - 2) modulo 3.
        int list = (int) ((epoch + 1) % EPOCHS);
        if (retired[list] != EMPTY) {
            pool.setNext(retiredTail[list], free);
            free = retired[list];
            freeCount += retiredCount[list];
            retired[list] = EMPTY;
            retiredCount[list] = 0;
            giveSurplus();
        }
        seenEpoch = epoch;
    }

    private void giveSurplus() {
        while (freeCount >= 2 * RecordPool.CHAIN) {
            int first = free;
            int last = first;
            for (int i = 1; i < RecordPool.CHAIN; i++) {
                last = pool.next(last);
            }
            free = pool.next(last);
            freeCount -= RecordPool.CHAIN;
            pool.setNext(last, EMPTY);
            pool.putChain(first);
        }
    }

    int takeRecord() {
        if (free == EMPTY) {
            free = pool.takeChain();
            freeCount = 0;
            for (int record = free; record != EMPTY; record = pool.next(record)) {
                freeCount++;
            }
        }
        int record = free;
        if (record == EMPTY) {
            // Those that were removed are to come back sooner than the sweep would see to it.
            pool.tryAdvance();
        } else {
            free = pool.next(record);
            freeCount--;
        }
        return record;
    }

    /** The record that is taken next, if it is known: no more than what to prefetch. */
    int nextRecord() {
        return Math.max(0, free);
    }

    /** A record that was taken, and that nobody else has seen. */
    void putRecordBack(int record) {
        pool.setNext(record, free);
        free = record;
        freeCount++;
    }

    void countMade() {
        made++;
    }

    /**
     * Frees as many ended connections as were made since the last call, about; to be called after
     * each burst, behind {@link #quiet}.
     */
    public void keepPace(int nowMs) {
        if (made != 0) {
            pool.tryAdvance();
            pacedVisits += paced.keepPace(made, nowMs);
            made = 0;
        }
    }

    /** A record that others may still be reading. */
    void retire(int record) {
        // By the pool's epoch, which may be one ahead of ours: another worker that is there already
        // may have found the record just before it was removed.
        int list = (int) (pool.epoch() % EPOCHS);
        pool.setNext(record, retired[list]);
        if (retired[list] == EMPTY) {
            retiredTail[list] = record;
        }
        retired[list] = record;
        retiredCount[list]++;
    }

    /** Makes room in a full table; see {@link Eviction}. */
    boolean makeRoom(int wanted, int nowMs) {
        // Records that gave way are to come back sooner than the sweep would see to it.
        pool.tryAdvance();
        return eviction.makeRoom(wanted, nowMs);
    }

    /**
     * Visits the next records and frees those whose connections have ended; about once a
     * millisecond. However many have ended, a call does no more than {@link #MAX_SWEEP} visits and
     * {@link #MAX_FREED} removals; they are found by nobody meanwhile.
     *
     * @param workers how many threads share the sweep
     * @param worker which of them this is, from 0
     * @return whether it stopped because there is more to free than a call may
     */
    public boolean sweep(int worker, int workers, int nowMs) {
        clockMs = clockMs(nowMs);
        pool.tryAdvance();
        table.expectations().sweep(nowMs);
        int used = pool.everUsed();
        if (worker >= used) {
            return false;
        }
        // What was visited to keep pace need not be visited again.
        int visits =
                Math.clamp(used / workers / SWEEP_PERIOD_MS, MIN_SWEEP, MAX_SWEEP) - pacedVisits;
        pacedVisits = 0;
        int freed = 0;
        for (int i = 0; i < visits && freed < MAX_FREED; i++) {
            hand += workers;
            if (hand >= used) {
                hand = worker;
            }
            freed += table.reclaim(this, hand, nowMs) ? 1 : 0;
            visited++;
        }
        return freed == MAX_FREED;
    }

    /** Records that {@link #sweep} has visited so far. */
    long visited() {
        return visited;
    }

    /** Gives everything back; the thread ends, and no other may be looking up at that time. */
    public void leave() {
        pool.leave(this);
        for (int list = 0; list < EPOCHS; list++) {
            putBack(retired[list]);
            retired[list] = EMPTY;
        }
        putBack(free);
        free = EMPTY;
        freeCount = 0;
    }

    private void putBack(int first) {
        if (first != EMPTY) {
            pool.putChain(first);
        }
    }
}
