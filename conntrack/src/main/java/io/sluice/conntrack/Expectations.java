package io.sluice.conntrack;

import static io.sluice.conntrack.ExpectationLayout.TAKEN;
import static io.sluice.conntrack.ExpectationLayout.WAITING;

import io.sluice.packet.Memory;
import io.sluice.packet.MemorySource;
import java.util.function.Consumer;

/**
 * Connections that are expected because of others, their <em>masters</em>: what helpers have read
 * in the masters' packets. Bounded in number, in all, by master and by zone, and in time; an
 * expectation ends with its master. Shared by all workers.
 *
 * <p>A worker that has a packet of no connection reads one counter while nothing is expected, and
 * one bucket while something is. Only what finds a bucket in use, or changes something, takes the
 * lock, which is the innermost one. Other threads look without it ({@link ExpectationReader}).
 *
 * <p>An expectation is a number that is never used again: its place and that place's generation.
 */
public final class Expectations {
    /** No expectation. */
    public static final long NONE = 0;

    /** What became of a wish to expect a connection. */
    public enum Outcome {
        MADE,
        /** Another connection expects the same. */
        CLASH,
        /** There are as many as there may be, in all or to one address and port. */
        FULL,
        MASTER_ENDED
    }

    private static final int BUCKETS = 2 * ExpectationSettings.MAX;
    private static final int SWEEP = 4;
    private static final int PURGE = 256;

    /** Of one bucket: what a packet may have to look at. Honest ones have a few at most. */
    static final int MAX_CHAIN = 64;

    // Cache lines of their own: the lock, the counter that workers read.
    private static final int LINE = 64;

    private final ConnTable table;
    private final Relations relations;
    private final long records;
    private final long buckets;
    private final long lock;
    private final long count;
    private final long zoneCounts;
    private volatile ExpectationSettings settings = ExpectationSettings.DEFAULT;

    // Under the lock, places plus one.
    private int free;
    private int hand;
    private int purgedMs;
    private final Expected key = new Expected();
    private final Expected removed = new Expected();
    private volatile int everUsed;

    Expectations(ConnTable table, Relations relations, MemorySource memory) {
        this.table = table;
        this.relations = relations;
        records = memory.allocate((long) ExpectationSettings.MAX << ExpectationLayout.SHIFT);
        buckets = memory.allocate((long) BUCKETS * Integer.BYTES);
        lock = memory.allocate(2 * LINE);
        count = lock + LINE;
        zoneCounts = memory.allocate((long) Zones.COUNT * Integer.BYTES);
    }

    /** Counts for expectations that are made from now on. Any thread. */
    public void configure(ExpectationSettings chosen) {
        settings = chosen;
    }

    /** Whether any connection is expected; all that most new connections ask. */
    public boolean isAny() {
        return Memory.getIntOpaque(count) != 0;
    }

    /** How many connections are expected. Any thread. */
    public int count() {
        return Memory.getIntOpaque(count);
    }

    int everUsed() {
        return everUsed;
    }

    /** Shows the connections that are expected, while workers go on. Any thread. */
    public void forEach(int nowMs, Consumer<Expectation> consumer) {
        ExpectationReader reader = new ExpectationReader(table);
        for (int place = 0; place < everUsed; place++) {
            Expectation copy = reader.read(place, nowMs);
            if (copy != null) {
                consumer.accept(copy);
            }
        }
    }

    long address(int place) {
        return Memory.pointer(records + ((long) place << ExpectationLayout.SHIFT));
    }

    /**
     * The expectation that a packet of no connection fulfils, or {@link #NONE}. Workers. Parameters
     * as of {@link Tracker#track}.
     *
     * @param portsAndZone with the zone where the packet may be one of the original direction
     * @param wanted is filled; the calling thread's
     */
    long find(long addresses, long portsAndZone, long[] wide, int at, Expected wanted, int nowMs) {
        if (!isAny()) {
            return NONE;
        }
        wanted.read(addresses, portsAndZone, wide, at);
        long bucket = bucket(wanted);
        // Pairs with the release of add.
        if (Memory.getIntAcquire(bucket) == 0) {
            return NONE;
        }
        SpinLock.lock(lock);
        try {
            for (int next = Memory.getInt(bucket); next != 0; next = next(next)) {
                long address = address(next - 1);
                if (ExpectationRecord.isWaiting(address)
                        && ExpectationRecord.isFor(address, wanted)
                        && isLive(address, nowMs)) {
                    return ExpectationRecord.number(next - 1, Memory.getInt(address));
                }
            }
            return NONE;
        } finally {
            SpinLock.unlock(lock);
        }
    }

    /** Whether its time is not over, and its master lives. */
    boolean isLive(long address, int nowMs) {
        int master = Memory.getInt(address + ExpectationLayout.MASTER);
        int generation = Memory.getInt(address + ExpectationLayout.MASTER_GENERATION);
        return nowMs - Memory.getInt(address + ExpectationLayout.DEADLINE_MS) < 0
                && relations.generation(master) == generation
                && table.isAlive(master & ~1, nowMs);
    }

    /** A connection has come of it, which is the master's child. Workers. */
    void fulfil(long expectation, Master master) {
        int place = ExpectationRecord.place(expectation);
        SpinLock.lock(lock);
        try {
            addChild(master.reference, master.generation, 1);
            if (ExpectationRecord.isState(address(place), expectation, TAKEN)) {
                remove(place);
            }
        } finally {
            SpinLock.unlock(lock);
        }
    }

    /**
     * Expects a connection.
     *
     * @param master the connection whose helper says so, in the direction that the expected one
     *     will have; its zone in that direction is where the other one is expected
     */
    Outcome add(int master, NewExpectation wanted, int nowMs) {
        SpinLock.lock(lock);
        try {
            long line = table.line(master & ~1);
            if (RecordVersion.isFree(RecordVersion.read(line))) {
                return Outcome.MASTER_ENDED;
            }
            key.read(wanted, Memory.getLong(table.line(master) + ConnLayout.PORTS_AND_SCOPE));
            long bucket = bucket(key);
            Outcome refusal = clear(bucket, master, wanted.anySource, nowMs);
            if (refusal != null) {
                return refusal;
            }
            long relation = relations.address(master);
            if (Memory.getInt(relation + RelationLayout.EXPECTATIONS) >= settings.perMaster()) {
                remove(oldest(relation));
            }
            int place = takePlace(nowMs);
            if (place < 0) {
                return Outcome.FULL;
            }
            write(place, master, wanted, nowMs);
            link(place, bucket, relation);
            return Outcome.MADE;
        } finally {
            SpinLock.unlock(lock);
        }
    }

    /** Takes out what is over and what the new one replaces; null when it may be added then. */
    private Outcome clear(long bucket, int master, boolean anySource, int nowMs) {
        int next = Memory.getInt(bucket);
        int left = 0;
        while (next != 0) {
            int place = next - 1;
            long address = address(place);
            next = next(next);
            boolean waits = ExpectationRecord.isWaiting(address);
            if (waits && !isLive(address, nowMs)) {
                remove(place);
            } else if (waits && ExpectationRecord.intersects(address, key, anySource)) {
                int other = Memory.getInt(address + ExpectationLayout.MASTER);
                if ((other ^ master) >>> 1 != 0) {
                    return Outcome.CLASH;
                }
                remove(place);
            } else {
                left++;
            }
        }
        return left < MAX_CHAIN ? null : Outcome.FULL;
    }

    private int oldest(long relation) {
        int place = Memory.getInt(relation + RelationLayout.EXPECTATION) - 1;
        int older = Memory.getInt(address(place) + ExpectationLayout.OLDER);
        while (older != 0) {
            place = older - 1;
            older = Memory.getInt(address(place) + ExpectationLayout.OLDER);
        }
        return place;
    }

    /** A free place, or a negative number. */
    private int takePlace(int nowMs) {
        ExpectationSettings bounds = settings;
        long inZone = zoneCounts + (long) key.zone * Integer.BYTES;
        boolean zoneFull = bounds.perZone() != 0 && Memory.getInt(inZone) >= bounds.perZone();
        if (zoneFull || count() >= bounds.max()) {
            // In a flood of wishes, the others of the same millisecond would look in vain.
            purge(purgedMs == nowMs ? SWEEP : PURGE, nowMs);
            purgedMs = nowMs;
            zoneFull = bounds.perZone() != 0 && Memory.getInt(inZone) >= bounds.perZone();
            if (zoneFull || count() >= bounds.max()) {
                return -1;
            }
        }
        if (free == 0) {
            int place = everUsed;
            everUsed = place + 1;
            return place;
        }
        int place = free - 1;
        free = Memory.getInt(address(place) + ExpectationLayout.NEXT);
        return place;
    }

    private void write(int place, int master, NewExpectation wanted, int nowMs) {
        long at = address(place);
        long original = table.line(master & ~1);
        Helper helper = relations.helper(master);
        int relation = relations.word(master);
        boolean tied = settings.tiedFate() && (relation & RelationLayout.UNTIED) == 0;
        Memory.putInt(at + ExpectationLayout.MASTER, master);
        Memory.putInt(at + ExpectationLayout.MASTER_GENERATION, relations.generation(master));
        Memory.putInt(at + ExpectationLayout.DEADLINE_MS, nowMs + settings.timeoutMs(helper));
        Memory.putInt(at + ExpectationLayout.HELPER, helper.ordinal());
        ExpectationRecord.write(at, key, wanted, tied);
        Memory.putLong(
                at + ExpectationLayout.MASTER_ADDRESSES,
                Memory.getLong(original + ConnLayout.ADDRESSES));
        Memory.putLong(
                at + ExpectationLayout.MASTER_PORTS_AND_SCOPE,
                Memory.getLong(original + ConnLayout.PORTS_AND_SCOPE));
        if (key.ipv6) {
            table.copyWide(master & ~1, at + ExpectationLayout.MASTER_WIDE);
        }
    }

    private void link(int place, long bucket, long relation) {
        long at = address(place);
        Memory.putInt(at + ExpectationLayout.NEXT, Memory.getInt(bucket));
        Memory.putInt(
                at + ExpectationLayout.OLDER, Memory.getInt(relation + RelationLayout.EXPECTATION));
        Memory.putInt(relation + RelationLayout.EXPECTATION, place + 1);
        add(relation + RelationLayout.EXPECTATIONS, 1);
        add(zoneCounts + (long) key.zone * Integer.BYTES, 1);
        Memory.setIntRelease(at, Memory.getInt(at) | WAITING);
        Memory.setIntRelease(bucket, place + 1);
        Memory.getAndAddInt(count, 1);
    }

    /** Under the lock: takes an expectation out, alive or taken. */
    private void remove(int place) {
        long at = address(place);
        int word = Memory.getInt(at);
        Memory.setIntRelease(
                at, (word & ~ExpectationLayout.STATE) + ExpectationLayout.GENERATION_STEP);
        removed.readDestination(at);
        unlink(bucket(removed), ExpectationLayout.NEXT, place);
        long relation = relations.address(Memory.getInt(at + ExpectationLayout.MASTER));
        unlink(relation + RelationLayout.EXPECTATION, ExpectationLayout.OLDER, place);
        add(relation + RelationLayout.EXPECTATIONS, -1);
        add(zoneCounts + (long) Memory.getInt(at + ExpectationLayout.ZONE) * Integer.BYTES, -1);
        Memory.putInt(at + ExpectationLayout.NEXT, free);
        free = place + 1;
        Memory.getAndAddInt(count, -1);
    }

    /** Takes the place out of a chain that begins at the address. */
    private void unlink(long from, int link, int place) {
        long at = from;
        while (Memory.getInt(at) != place + 1) {
            at = address(Memory.getInt(at) - 1) + link;
        }
        Memory.setIntRelease(at, Memory.getInt(address(place) + link));
    }

    /**
     * The record of a connection with relations is freed: nothing is expected because of it any
     * more, and the next one in its record is another.
     */
    void endOf(int reference) {
        long newest = relations.address(reference) + RelationLayout.EXPECTATION;
        // With the lock: a worker that looked at the connection before may be adding one.
        SpinLock.lock(lock);
        try {
            if (relations.isRelated(reference)) {
                addChild(relations.master(reference), relations.masterGeneration(reference), -1);
            }
            relations.clear(reference);
            while (Memory.getInt(newest) != 0) {
                remove(Memory.getInt(newest) - 1);
            }
        } finally {
            SpinLock.unlock(lock);
        }
    }

    private void addChild(int master, int generation, int delta) {
        if (relations.generation(master) == generation) {
            add(relations.address(master) + RelationLayout.CHILDREN, delta);
        }
    }

    /** Visits a few places and frees what has waited for too long; about once a millisecond. */
    void sweep(int nowMs) {
        if (!isAny()) {
            return;
        }
        SpinLock.lock(lock);
        try {
            purge(SWEEP, nowMs);
        } finally {
            SpinLock.unlock(lock);
        }
    }

    private void purge(int visits, int nowMs) {
        int places = Math.min(visits, everUsed);
        for (int i = 0; i < places; i++) {
            hand = hand + 1 < everUsed ? hand + 1 : 0;
            long address = address(hand);
            if (ExpectationRecord.isWaiting(address) && !isLive(address, nowMs)) {
                remove(hand);
            }
        }
    }

    private long bucket(Expected of) {
        return Memory.pointer(buckets + (of.hash() >>> 32 & (BUCKETS - 1)) * (long) Integer.BYTES);
    }

    private int next(int number) {
        return Memory.getInt(address(number - 1) + ExpectationLayout.NEXT);
    }

    private static void add(long address, int delta) {
        Memory.putInt(address, Memory.getInt(address) + delta);
    }
}
