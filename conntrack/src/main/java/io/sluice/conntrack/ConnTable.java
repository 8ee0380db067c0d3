package io.sluice.conntrack;

import io.sluice.packet.Memory;
import io.sluice.packet.MemoryAhead;
import io.sluice.packet.MemorySource;
import io.sluice.packet.TupleHash;
import io.sluice.packet.TupleKey;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The connections of all zones, off-heap, shared by all workers.
 *
 * <p>A connection is a record of {@link ConnLayout} and two entries of the index, one for each
 * direction. What lookups return is a <em>reference</em>: the record's number times two, plus one
 * for the reply direction; {@link #line} turns it into the address of that direction's line.
 *
 * <pre>
 * index bucket, one cache line:   8 x | tag (32) | reference + 1 (32) |     0: empty
 * </pre>
 *
 * <p>Each key has two buckets to be in, so that buckets fill evenly. Lookups take no lock. Inserts
 * lock the stripes of both keys; removal swaps entries for 0 and needs none. A removed record is
 * used again only after every worker has passed a quiet point ({@link ConnOwner}).
 */
public final class ConnTable {
    /** No connection. */
    public static final int NONE = -1;

    /** Why an insert failed; negative, where references are not. */
    public static final int CLASH_ORIGINAL = -2;

    public static final int CLASH_REPLY = -3;
    public static final int TABLE_FULL = -4;
    public static final int BUCKET_FULL = -5;
    public static final int ZONE_LIMIT = -6;

    /** A reference's line lies this much further to the left from {@link #base}. */
    public static final int LINE_SHIFT = ConnLayout.LINE_SHIFT;

    private static final int WIDE_SHIFT = 5;
    private static final int LABEL_SHIFT = 4;
    private static final int BUCKET_BYTES = 64;
    private static final int BUCKET_SLOTS = BUCKET_BYTES / Long.BYTES;
    // Two entries a connection in buckets that are filled to this share have room with two choices.
    private static final double INDEX_LOAD = 0.6;
    // More than any timeout, and half of what the clock of 32 bits can tell.
    private static final int LONG_AGO_MS = 1 << 30;
    private static final int STRIPES = 1024;
    // What some workers make in the time that prepareAhead is not called: some 10 ms.
    private static final int RECORDS_AHEAD = 1 << 18;
    // Records more than connections: those that were removed and may still be read, and those that
    // other workers have taken ahead. A connection that takes another's place needs one of them.
    static final int SPARE_RECORDS = 4096;
    // Another worker may take the place that was made.
    private static final int PLACE_ATTEMPTS = 3;

    private final int capacity;
    private final long records;
    // Beside the records, by their numbers: whole addresses of IPv6, for each direction source and
    // destination; and ct_label. Pages that no connection needs are never touched.
    private final long wide;
    private final long labels;
    private final long buckets;
    private final long bucketCount;
    private final long stripes;
    private final Zones zones;
    private final RecordPool pool;
    private final TcpNotes tcpNotes;
    private final ConnEvents events;
    private final MemoryAhead indexAhead;
    private final MemoryAhead recordsAhead;
    private final AtomicInteger live = new AtomicInteger();
    private volatile int maxConnections;

    /** A table for at most this many connections. */
    public ConnTable(int capacity, MemorySource memory) {
        this(capacity, memory, ConnEvents.RING_CAPACITY);
    }

    ConnTable(int capacity, MemorySource memory, int eventRingCapacity) {
        if (capacity < 1 || capacity > 1 << 28) {
            throw new IllegalArgumentException(
                    "max-connections is " + capacity + ", not within 1-" + (1 << 28));
        }
        this.capacity = capacity;
        maxConnections = capacity;
        int recordCount = capacity + SPARE_RECORDS;
        records = memory.allocate((long) recordCount * ConnLayout.RECORD_BYTES);
        wide = memory.allocate((long) recordCount << (WIDE_SHIFT + 1));
        labels = memory.allocate((long) recordCount << LABEL_SHIFT);
        bucketCount = Math.max(2, (long) Math.ceil(2.0 * capacity / BUCKET_SLOTS / INDEX_LOAD));
        buckets = memory.allocate(bucketCount * BUCKET_BYTES);
        stripes = memory.allocate((long) STRIPES * BUCKET_BYTES);
        zones = new Zones(memory);
        tcpNotes = new TcpNotes(capacity, STRIPES, memory);
        pool = new RecordPool(this, recordCount);
        events = new ConnEvents(memory, eventRingCapacity);
        indexAhead = new MemoryAhead(memory, buckets, bucketCount * BUCKET_BYTES);
        recordsAhead =
                new MemoryAhead(memory, records, (long) recordCount * ConnLayout.RECORD_BYTES);
    }

    /**
     * Has the memory ready that connections will take soon. One thread at a time, any.
     *
     * @return whether there was something to do; there may be more
     */
    public boolean prepareAhead() {
        long records = (long) pool.everUsed() + RECORDS_AHEAD;
        return indexAhead.prepare(Long.MAX_VALUE)
                || recordsAhead.prepare(records * ConnLayout.RECORD_BYTES);
    }

    public Zones zones() {
        return zones;
    }

    /** What happens to connections, for those who want to know. */
    public ConnEvents events() {
        return events;
    }

    /** How many connections the table was made for: {@link #maxConnections} is no higher. */
    public int capacity() {
        return capacity;
    }

    /** How many connections there may be; as many as fit, if nothing else was said. Any thread. */
    public int maxConnections() {
        return maxConnections;
    }

    /**
     * Says how many connections there may be. Those over a new, lower maximum stay until they end.
     * Any thread.
     *
     * @throws IllegalArgumentException when the table was not made for so many
     */
    public void setMaxConnections(int max) {
        if (max < 1 || max > capacity) {
            throw new IllegalArgumentException(
                    "the maximum is "
                            + max
                            + ", not within 1-"
                            + capacity
                            + ": memory was mapped for conntrack.max-connections at the start");
        }
        maxConnections = max;
    }

    /** Whether so many more connections would find room now. Any thread. */
    boolean hasRoomFor(int connections, int nowMs) {
        return size() + connections <= maxConnections
                || (size() + connections - 1 <= maxConnections
                        && Eviction.couldMakeRoom(this, nowMs));
    }

    /** Connections that are in the table, dead ones included until they are swept. */
    public int size() {
        return live.get();
    }

    TcpNotes tcpNotes() {
        return tcpNotes;
    }

    RecordPool pool() {
        return pool;
    }

    /** Address of the direction's line. */
    public long line(int reference) {
        return Memory.pointer(records + ((long) reference << ConnLayout.LINE_SHIFT));
    }

    /** Where record 0 lies: line addresses are this plus the reference times 64. */
    public long base() {
        return records;
    }

    private long wide(int reference) {
        return Memory.pointer(wide + ((long) reference << WIDE_SHIFT));
    }

    /** Where the connection's ct_label lies: the upper 64 bits, then the lower. */
    long label(int reference) {
        return Memory.pointer(labels + ((long) (reference >>> 1) << LABEL_SHIFT));
    }

    /**
     * Whether the connection, of IPv6, has these addresses in this direction: source and
     * destination in four longs. Otherwise the key that it was found by means another.
     */
    boolean hasWide(int reference, long[] words, int at) {
        long address = wide(reference);
        long differs = 0;
        for (int i = 0; i < 4; i++) {
            differs |= Memory.getLong(address + ((long) i << 3)) ^ words[at + i];
        }
        return differs == 0;
    }

    /** Writes the direction's source and destination, of IPv6, to four longs. */
    void readWide(int reference, long[] to, int at) {
        long address = wide(reference);
        for (int i = 0; i < 4; i++) {
            to[at + i] = Memory.getLong(address + ((long) i << 3));
        }
    }

    public static boolean isReply(int reference) {
        return (reference & 1) != 0;
    }

    /** The line of the original direction. */
    long original(int reference) {
        return line(reference & ~1);
    }

    /** Where the index looks first for a key with this hash: what to prefetch. */
    public long firstBucket(long hash) {
        return Memory.pointer(buckets + (((hash >>> 32) * bucketCount) >>> 32) * BUCKET_BYTES);
    }

    /** Where it looks then. */
    public long secondBucket(long hash) {
        return Memory.pointer(
                buckets + (((hash & 0xFFFFFFFFL) * bucketCount) >>> 32) * BUCKET_BYTES);
    }

    private static int tag(long hash) {
        return (int) (hash ^ (hash >>> 32));
    }

    /**
     * The live connection with this key, any thread.
     *
     * @param hash {@link TupleHash#secret} of the key
     * @return its reference, or {@link #NONE}
     */
    public int find(long addresses, long portsAndZone, long hash, int nowMs) {
        int tag = tag(hash);
        int found = findIn(firstBucket(hash), tag, addresses, portsAndZone, nowMs);
        return found != NONE
                ? found
                : findIn(secondBucket(hash), tag, addresses, portsAndZone, nowMs);
    }

    private int findIn(long bucket, int tag, long addresses, long portsAndZone, int nowMs) {
        for (int offset = 0; offset < BUCKET_BYTES; offset += Long.BYTES) {
            long entry = Memory.getLongAcquire(bucket + offset);
            if ((int) (entry >>> 32) == tag && entry != 0) {
                int reference = (int) entry - 1;
                long line = line(reference);
                if (Memory.getLong(line + ConnLayout.ADDRESSES) == addresses
                        && Memory.getLong(line + ConnLayout.PORTS_AND_SCOPE) == portsAndZone
                        && isAlive(reference, nowMs)) {
                    return reference;
                }
            }
        }
        return NONE;
    }

    /**
     * The live connection with this key. One that expired is ended for good: a longer timeout, set
     * before it is swept, must not bring it back beside the one that is made now.
     */
    private int findOrKill(long addresses, long portsAndZone, long hash, int nowMs) {
        int found = find(addresses, portsAndZone, hash, nowMs);
        if (found == NONE) {
            killIn(firstBucket(hash), tag(hash), addresses, portsAndZone);
            killIn(secondBucket(hash), tag(hash), addresses, portsAndZone);
        }
        return found;
    }

    private void killIn(long bucket, int tag, long addresses, long portsAndZone) {
        for (int offset = 0; offset < BUCKET_BYTES; offset += Long.BYTES) {
            long entry = Memory.getLongAcquire(bucket + offset);
            if ((int) (entry >>> 32) == tag && entry != 0) {
                int reference = (int) entry - 1;
                int version = Memory.getIntAcquire(original(reference) + ConnLayout.VERSION);
                long line = line(reference);
                if (Memory.getLong(line + ConnLayout.ADDRESSES) == addresses
                        && Memory.getLong(line + ConnLayout.PORTS_AND_SCOPE) == portsAndZone
                        && (version & ConnLayout.VERSION_KIND) == ConnLayout.VERSION_ALIVE) {
                    killUnchanged(reference & ~1, version, howItEnded(original(reference)));
                }
            }
        }
    }

    /** Not ended, not flushed with its zone, not silent for too long. */
    boolean isAlive(int reference, int nowMs) {
        long line = original(reference);
        int version = Memory.getIntAcquire(line + ConnLayout.VERSION);
        return (version & ConnLayout.VERSION_KIND) == ConnLayout.VERSION_ALIVE
                && Memory.getInt(line + ConnLayout.ZONE_EPOCH) == zones.epoch(zone(line))
                && !isExpired(reference, nowMs);
    }

    /**
     * The check of the packet path before it uses a cached way: whether the connection lives and is
     * as it was when its version was read.
     *
     * @param line the line of the packet's direction
     */
    public boolean isUnchanged(int reference, long line, int version, int nowMs) {
        int silentMs = nowMs - Memory.getInt(line + ConnLayout.LAST_SEEN_MS);
        return Memory.getInt(line + ConnLayout.VERSION) == version
                && Memory.getInt(line + ConnLayout.ZONE_EPOCH) == zones.epoch(zone(line))
                // No timeout is shorter than this: only then the other line must be looked at.
                && (silentMs < Timeouts.MIN_SECONDS * 1000 || !isExpired(reference, nowMs));
    }

    /** Whether nothing that a cached way must notice has happened to the connection since then. */
    public boolean hasVersion(int reference, int version) {
        return Memory.getInt(line(reference) + ConnLayout.VERSION) == version;
    }

    static int zone(long line) {
        return TupleKey.scope(Memory.getLong(line + ConnLayout.PORTS_AND_SCOPE));
    }

    /** Whether neither direction was seen for the timeout of the connection's state. */
    public boolean isExpired(int reference, int nowMs) {
        long line = original(reference);
        return silentMs(line, nowMs) >= timeoutMs(line);
    }

    private int timeoutMs(long original) {
        int word = Memory.getInt(original + ConnLayout.STATE);
        Timeouts timeouts = zones.timeouts(zone(original));
        return ConnState.isTcp(word)
                ? TcpConnection.timeoutMs(timeouts, original, word)
                : timeouts.milliseconds(ConnState.kind(word));
    }

    /** Since the last packet of either direction. */
    static int silentMs(long original, int nowMs) {
        int one = nowMs - Memory.getIntOpaque(original + ConnLayout.LAST_SEEN_MS);
        int other =
                nowMs
                        - Memory.getIntOpaque(
                                original + ConnLayout.LINE_BYTES + ConnLayout.LAST_SEEN_MS);
        return Math.min(one, other);
    }

    /**
     * Makes a connection: both keys or neither. Worker threads.
     *
     * @param owner the calling thread's part of the table
     * @param state the word of {@link ConnState}
     * @param lengthBytes of the first packet, which is counted
     * @return the reference of its original direction, or one of the negative reasons
     */
    int insert(ConnOwner owner, NewConnection fresh, int state, int lengthBytes, int nowMs) {
        long hash = TupleHash.secret(fresh.addresses, fresh.portsAndZone);
        long replyHash = TupleHash.secret(fresh.replyAddresses, fresh.replyPortsAndZone);
        int zone = TupleKey.scope(fresh.portsAndZone);
        long stripe = stripe(hash);
        long replyStripe = stripe(replyHash);
        lockBoth(stripe, replyStripe);
        try {
            if (findOrKill(fresh.addresses, fresh.portsAndZone, hash, nowMs) != NONE) {
                return CLASH_ORIGINAL;
            }
            if (findOrKill(fresh.replyAddresses, fresh.replyPortsAndZone, replyHash, nowMs)
                    != NONE) {
                return CLASH_REPLY;
            }
            if (events.wantsEnds()) {
                // What ended with one of these keys is told before what begins now.
                reclaimSame(owner, fresh.addresses, fresh.portsAndZone, hash, nowMs);
                reclaimSame(owner, fresh.replyAddresses, fresh.replyPortsAndZone, replyHash, nowMs);
            }
            long epoch = zones.take(zone);
            if (epoch < 0) {
                return ZONE_LIMIT;
            }
            // The zone's limit comes first: no connection gives way to one that is over it.
            if (!takePlace(owner, nowMs)) {
                zones.giveBackUnused(zone, (int) epoch);
                return TABLE_FULL;
            }
            int record = owner.takeRecord();
            if (record == NONE) {
                live.decrementAndGet();
                zones.giveBackUnused(zone, (int) epoch);
                return TABLE_FULL;
            }
            write(record << 1, fresh, state, (int) epoch, nowMs);
            LineCounters.begin(
                    line(record << 1), line((record << 1) | 1), owner.clockMs(nowMs), lengthBytes);
            if (!addBoth(owner, record << 1, hash, replyHash, nowMs)) {
                live.decrementAndGet();
                zones.giveBackUnused(zone, (int) epoch);
                owner.retire(record);
                return BUCKET_FULL;
            }
            zones.countCreated(zone);
            owner.events().made(record << 1, nowMs);
            // Only now can it be found, and only now may the sweep look at it.
            setKind((record << 1) | 1, ConnLayout.VERSION_ALIVE);
            setKind(record << 1, ConnLayout.VERSION_ALIVE);
            return record << 1;
        } finally {
            unlockBoth(stripe, replyStripe);
        }
    }

    /** Takes one of the table's places; another connection may have to give way. */
    private boolean takePlace(ConnOwner owner, int nowMs) {
        for (int attempt = 0; attempt < PLACE_ATTEMPTS; attempt++) {
            int max = maxConnections;
            int size = live.get();
            while (size < max) {
                if (live.compareAndSet(size, size + 1)) {
                    return true;
                }
                size = live.get();
            }
            // Over a maximum that was lowered, one that gave way would give way for nothing.
            if (!owner.makeRoom(size - max + 1, nowMs)) {
                return false;
            }
        }
        return false;
    }

    private boolean addBoth(ConnOwner owner, int reference, long hash, long replyHash, int nowMs) {
        if (!addEntry(owner, reference, hash, nowMs)) {
            return false;
        }
        if (!addEntry(owner, reference | 1, replyHash, nowMs)) {
            removeEntry(reference, hash);
            return false;
        }
        return true;
    }

    private void write(int reference, NewConnection fresh, int state, int epoch, int nowMs) {
        long reply = line(reference | 1);
        writeLine(reply, fresh.replyAddresses, fresh.replyPortsAndZone, epoch, nowMs);
        Memory.putInt(reply + ConnLayout.MARK, fresh.mark);
        long original = line(reference);
        writeLine(original, fresh.addresses, fresh.portsAndZone, epoch, nowMs);
        boolean labelled = (fresh.labelHigh | fresh.labelLow) != 0;
        Memory.putInt(original + ConnLayout.STATE, labelled ? state | ConnState.HAS_LABEL : state);
        if (labelled) {
            Memory.putLong(label(reference), fresh.labelHigh);
            Memory.putLong(label(reference) + Long.BYTES, fresh.labelLow);
        }
        if (TupleKey.isIpv6(fresh.portsAndZone)) {
            long both = wide(reference);
            for (int i = 0; i < fresh.wide.length; i++) {
                Memory.putLong(both + ((long) i << 3), fresh.wide[i]);
            }
        }
        if (fresh.tcp != null) {
            fresh.tcp.storeFirst(original, reply);
        }
    }

    private static void writeLine(
            long line, long addresses, long portsAndZone, int epoch, int nowMs) {
        if (Memory.getInt(line + ConnLayout.VERSION) == 0) {
            // Never used: 0 would say that it is alive as soon as the index leads to it.
            Memory.putInt(line + ConnLayout.VERSION, ConnLayout.VERSION_FREE);
        }
        Memory.putLong(line + ConnLayout.ADDRESSES, addresses);
        Memory.putLong(line + ConnLayout.PORTS_AND_SCOPE, portsAndZone);
        Memory.putInt(line + ConnLayout.ZONE_EPOCH, epoch);
        Memory.putInt(line + ConnLayout.LAST_SEEN_MS, nowMs);
    }

    /** One step on, and of this kind. Only for records that nobody else may change. */
    private void setKind(int reference, int kind) {
        long address = line(reference) + ConnLayout.VERSION;
        int steps = Memory.getInt(address) & -ConnLayout.VERSION_STEP;
        Memory.setIntRelease(address, oneStepOn(steps) + kind);
    }

    /** 0 is the version of records that were never used, and no other's. */
    private static int oneStepOn(int version) {
        int next = version + ConnLayout.VERSION_STEP;
        return next == 0 ? ConnLayout.VERSION_STEP : next;
    }

    private boolean addEntry(ConnOwner owner, int reference, long hash, int nowMs) {
        long entry = ((long) tag(hash) << 32) | (reference + 1);
        long first = firstBucket(hash);
        long second = secondBucket(hash);
        boolean swap = freeSlots(second) > freeSlots(first);
        if (addTo(swap ? second : first, entry) || addTo(swap ? first : second, entry)) {
            return true;
        }
        reclaimIn(owner, first, nowMs);
        reclaimIn(owner, second, nowMs);
        return addTo(first, entry) || addTo(second, entry);
    }

    /** Frees what has ended in the bucket: the sweep is not round yet. */
    private void reclaimIn(ConnOwner owner, long bucket, int nowMs) {
        for (int offset = 0; offset < BUCKET_BYTES; offset += Long.BYTES) {
            long entry = Memory.getLongAcquire(bucket + offset);
            if (entry != 0) {
                reclaim(owner, ((int) entry - 1) >>> 1, nowMs);
            }
        }
    }

    /** Frees what has ended with this key. The key's stripe is locked: none can begin with it. */
    private void reclaimSame(
            ConnOwner owner, long addresses, long portsAndZone, long hash, int nowMs) {
        reclaimSameIn(owner, firstBucket(hash), addresses, portsAndZone, nowMs);
        reclaimSameIn(owner, secondBucket(hash), addresses, portsAndZone, nowMs);
    }

    private void reclaimSameIn(
            ConnOwner owner, long bucket, long addresses, long portsAndZone, int nowMs) {
        for (int offset = 0; offset < BUCKET_BYTES; offset += Long.BYTES) {
            long entry = Memory.getLongAcquire(bucket + offset);
            if (entry == 0) {
                continue;
            }
            int reference = (int) entry - 1;
            long line = line(reference);
            if (Memory.getLong(line + ConnLayout.ADDRESSES) == addresses
                    && Memory.getLong(line + ConnLayout.PORTS_AND_SCOPE) == portsAndZone) {
                // Another worker that frees it tells its end before it takes the entry away.
                while (Memory.getLongAcquire(bucket + offset) == entry
                        && !reclaim(owner, reference >>> 1, nowMs)
                        && hasEnded(reference)) {
                    Thread.onSpinWait();
                }
            }
        }
    }

    private boolean hasEnded(int reference) {
        int version = Memory.getIntAcquire(original(reference) + ConnLayout.VERSION);
        return (version & ConnLayout.VERSION_KIND) != ConnLayout.VERSION_ALIVE;
    }

    private static int freeSlots(long bucket) {
        int free = 0;
        for (int offset = 0; offset < BUCKET_BYTES; offset += Long.BYTES) {
            free += Memory.getLongOpaque(bucket + offset) == 0 ? 1 : 0;
        }
        return free;
    }

    private static boolean addTo(long bucket, long entry) {
        for (int offset = 0; offset < BUCKET_BYTES; offset += Long.BYTES) {
            if (Memory.getLongOpaque(bucket + offset) == 0
                    && Memory.compareAndSetLong(bucket + offset, 0, entry)) {
                return true;
            }
        }
        return false;
    }

    private void removeEntry(int reference, long hash) {
        long entry = ((long) tag(hash) << 32) | (reference + 1);
        if (!removeFrom(firstBucket(hash), entry)) {
            removeFrom(secondBucket(hash), entry);
        }
    }

    private static boolean removeFrom(long bucket, long entry) {
        for (int offset = 0; offset < BUCKET_BYTES; offset += Long.BYTES) {
            if (Memory.getLongOpaque(bucket + offset) == entry
                    && Memory.compareAndSetLong(bucket + offset, entry, 0)) {
                return true;
            }
        }
        return false;
    }

    /** A change that ways which were cached must notice. Any thread. */
    void bumpVersion(int reference) {
        bumpLine(line(reference & ~1));
        bumpLine(line(reference | 1));
    }

    private static void bumpLine(long line) {
        long address = line + ConnLayout.VERSION;
        int version;
        do {
            version = Memory.getIntAcquire(address);
            if ((version & ConnLayout.VERSION_KIND) != ConnLayout.VERSION_ALIVE) {
                return;
            }
        } while (!Memory.compareAndSetInt(address, version, oneStepOn(version)));
    }

    /** Ends a connection: nobody finds it from now on; the sweep frees it. Any thread. */
    void kill(int reference, EndReason reason) {
        kill(reference, reason.ordinal());
    }

    private void kill(int reference, int reason) {
        killLine(line(reference & ~1), reason);
        killLine(line(reference | 1), reason);
    }

    private static void killLine(long line, int reason) {
        long address = line + ConnLayout.VERSION;
        int version;
        do {
            version = Memory.getIntAcquire(address);
            if ((version & ConnLayout.VERSION_KIND) != ConnLayout.VERSION_ALIVE) {
                return;
            }
        } while (!Memory.compareAndSetInt(address, version, dead(version, reason)));
    }

    /** Whether the record holds a connection, an ended one perhaps. */
    boolean isInTable(int record) {
        int version = Memory.getIntAcquire(line(record << 1) + ConnLayout.VERSION);
        boolean neverUsed = version == 0;
        return !neverUsed && (version & ConnLayout.VERSION_KIND) != ConnLayout.VERSION_FREE;
    }

    /**
     * Frees the record's connection when it has ended in any way. Worker threads.
     *
     * @return whether it was freed by this call
     */
    boolean reclaim(ConnOwner owner, int record, int nowMs) {
        int reference = record << 1;
        long original = line(reference);
        int version = Memory.getIntAcquire(original + ConnLayout.VERSION);
        int kind = version & ConnLayout.VERSION_KIND;
        if (kind == ConnLayout.VERSION_FREE || version == 0) {
            return false;
        }
        if (kind == ConnLayout.VERSION_ALIVE) {
            if (isAlive(reference, nowMs)) {
                keepClose(original, nowMs);
                keepClose(line(reference | 1), nowMs);
                return false;
            }
            kill(reference, howItEnded(original));
            version = Memory.getIntAcquire(original + ConnLayout.VERSION);
        }
        int freed = version | ConnLayout.VERSION_FREE;
        if ((version & ConnLayout.VERSION_KIND) != ConnLayout.VERSION_DEAD
                || !Memory.compareAndSetInt(original + ConnLayout.VERSION, version, freed)) {
            return false;
        }
        unlink(owner, reference, version, nowMs);
        return true;
    }

    /**
     * Ends and frees a connection, unless it has changed since its version was read: it gives way
     * to another. Worker threads.
     */
    void evict(ConnOwner owner, int record, int version, int nowMs) {
        int reference = record << 1;
        long original = line(reference);
        int freed = dead(version, EndReason.EVICTED.ordinal()) | ConnLayout.VERSION_FREE;
        if (!Memory.compareAndSetInt(original + ConnLayout.VERSION, version, freed)) {
            return;
        }
        zones.countEvicted(zone(original));
        unlink(owner, reference, freed, nowMs);
    }

    /**
     * Takes a connection out that this thread has declared free.
     *
     * @param version has the reason
     */
    private void unlink(ConnOwner owner, int reference, int version, int nowMs) {
        long original = line(reference);
        int reason = (version & ConnLayout.VERSION_REASON) >>> ConnLayout.VERSION_REASON_SHIFT;
        // Only here: there is one who frees it, however it ended and whoever noticed.
        owner.events().ended(reference, reason, nowMs);
        killLine(line(reference | 1), reason);
        removeEntry(reference, hashOf(original));
        removeEntry(reference | 1, hashOf(line(reference | 1)));
        zones.countClosed(zone(original), Memory.getInt(original + ConnLayout.ZONE_EPOCH));
        live.decrementAndGet();
        owner.retire(reference >>> 1);
    }

    /**
     * Brings the time when a direction was last seen up to one that is as long ago as makes a
     * difference: after 24 days without a packet, while the other direction keeps the connection
     * alive, it would seem to lie ahead.
     */
    private static void keepClose(long line, int nowMs) {
        int seenMs = Memory.getIntOpaque(line + ConnLayout.LAST_SEEN_MS);
        if (nowMs - seenMs > LONG_AGO_MS) {
            Memory.compareAndSetInt(line + ConnLayout.LAST_SEEN_MS, seenMs, nowMs - LONG_AGO_MS);
        }
    }

    /** Why a connection is dead that nobody killed. */
    private int howItEnded(long original) {
        return Memory.getInt(original + ConnLayout.ZONE_EPOCH) != zones.epoch(zone(original))
                ? EndReason.FLUSH.ordinal()
                : EndReason.ofExpired(Memory.getInt(original + ConnLayout.STATE));
    }

    private static long hashOf(long line) {
        return TupleHash.secret(
                Memory.getLong(line + ConnLayout.ADDRESSES),
                Memory.getLong(line + ConnLayout.PORTS_AND_SCOPE));
    }

    /** A lock for changes of this connection's state. Not while holding another. */
    long stateLock(int reference) {
        return stripes + ((reference >>> 1) & (STRIPES - 1)) * (long) BUCKET_BYTES;
    }

    private long stripe(long hash) {
        return stripes + ((hash >>> 20) & (STRIPES - 1)) * BUCKET_BYTES;
    }

    private static void lockBoth(long one, long other) {
        SpinLock.lock(Math.min(one, other));
        if (one != other) {
            SpinLock.lock(Math.max(one, other));
        }
    }

    private static void unlockBoth(long one, long other) {
        SpinLock.unlock(one);
        if (one != other) {
            SpinLock.unlock(other);
        }
    }

    /**
     * Shows the connections that the filter takes, while workers go on: each is a consistent copy,
     * all together are not one moment. Any thread.
     */
    public void forEach(ConnFilter filter, int nowMs, Consumer<Connection> consumer) {
        ConnReader reader = new ConnReader(this, filter);
        for (int record = 0; record < pool.everUsed(); record++) {
            Connection copy = reader.readIfTaken(record << 1, nowMs);
            if (copy != null) {
                consumer.accept(copy);
            }
        }
    }

    /**
     * Ends the connections that the filter takes; a whole zone in one write, and all connections in
     * one for each zone. Any thread.
     *
     * @return how many
     */
    public long flush(ConnFilter filter, int nowMs) {
        if (filter.isZoneOnly()) {
            return zones.flush(filter.zone().getAsInt());
        }
        if (filter.equals(ConnFilter.ALL)) {
            return zones.flushAll();
        }
        ConnReader reader = new ConnReader(this, filter);
        long flushed = 0;
        for (int record = 0; record < pool.everUsed(); record++) {
            // One that changes meanwhile is looked at again: perhaps it is another by now.
            while (reader.readIfTaken(record << 1, nowMs) != null) {
                if (killUnchanged(record << 1, reader.version(), EndReason.FLUSH.ordinal())) {
                    flushed++;
                    break;
                }
            }
        }
        return flushed;
    }

    private boolean killUnchanged(int reference, int version, int reason) {
        long original = line(reference);
        boolean killed =
                Memory.compareAndSetInt(
                        original + ConnLayout.VERSION, version, dead(version, reason));
        if (killed) {
            killLine(line(reference | 1), reason);
        }
        return killed;
    }

    private static int dead(int version, int reason) {
        return version | (reason << ConnLayout.VERSION_REASON_SHIFT) | ConnLayout.VERSION_DEAD;
    }

    int remainingMs(int reference, int nowMs) {
        long line = original(reference);
        return timeoutMs(line) - silentMs(line, nowMs);
    }
}
