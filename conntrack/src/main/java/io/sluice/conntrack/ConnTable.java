package io.sluice.conntrack;

import io.sluice.packet.Memory;
import io.sluice.packet.MemorySource;
import io.sluice.packet.TupleHash;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * The connections of all zones, off-heap, shared by all workers.
 *
 * <p>A connection is a record of {@link ConnLayout} and two entries of the index, one for each
 * direction. What lookups return is a <em>reference</em>: the record's number times two, plus one
 * for the reply direction; {@link #line} turns it into the address of that direction's line.
 *
 * <p>Lookups take no lock. Inserts lock the stripes of both keys. A removed record is used again
 * only after every worker has passed a quiet point ({@link ConnOwner}).
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

    // What some workers make in the time that prepareAhead is not called: some 10 ms.
    private static final int RECORDS_AHEAD = 1 << 18;
    // Records more than connections: those that were removed and may still be read, and those that
    // other workers have taken ahead. A connection that takes another's place needs one of them.
    static final int SPARE_RECORDS = 4096;
    // Another worker may take the place that was made.
    private static final int PLACE_ATTEMPTS = 3;

    private final int capacity;
    private final MemorySource memory;
    private final ConnRecords records;
    private final Relations relations;
    private final Expectations expectations;
    private final Streams streams;
    private final Lifetime lifetime;
    private final ConnIndex index;
    private final Insertion insertion;
    private final Stripes stripes;
    private final ZonePairs zonePairs = new ZonePairs();
    private final FragmentTable fragments = new FragmentTable();
    private final Zones zones;
    private final RecordPool pool;
    private final TcpNotes tcpNotes;
    private final ConnEvents events;
    private final LoweredLimits loweredLimits;
    private final Flush flush;
    private final AtomicInteger live = new AtomicInteger();
    private HeldByConnections held = (number, nowMs) -> {};
    private IntConsumer leftBuckets = number -> {};
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
        this.memory = memory;
        maxConnections = capacity;
        int recordCount = capacity + SPARE_RECORDS;
        records = new ConnRecords(recordCount, memory);
        zones = new Zones(memory);
        relations = new Relations(recordCount, records, memory);
        lifetime = new Lifetime(records, zones, relations);
        expectations = new Expectations(this, relations, memory);
        streams = new Streams(Streams.MAX, relations, memory);
        index = new ConnIndex(capacity, records, lifetime, memory);
        stripes = new Stripes(memory);
        insertion = new Insertion(this, records, index, stripes);
        tcpNotes = new TcpNotes(capacity, Stripes.COUNT, memory);
        pool = new RecordPool(this, recordCount);
        events = new ConnEvents(memory, eventRingCapacity);
        loweredLimits = new LoweredLimits(this, lifetime);
        flush = new Flush(this, lifetime);
    }

    /**
     * Has the memory ready that connections will take soon. One thread at a time, any.
     *
     * @return whether there was something to do; there may be more
     */
    public boolean prepareAhead() {
        return index.prepareAhead() || records.prepareAhead((long) pool.everUsed() + RECORDS_AHEAD);
    }

    MemorySource memory() {
        return memory;
    }

    /** Pairs of zones, where connections have one for each direction. */
    ZonePairs zonePairs() {
        return zonePairs;
    }

    /** Fragments of packets that are to be tracked. */
    public FragmentTable fragments() {
        return fragments;
    }

    public Zones zones() {
        return zones;
    }

    /** What ends connections of zones that hold more than a limit which was lowered. */
    public LoweredLimits loweredLimits() {
        return loweredLimits;
    }

    /** Connections that are expected because of others. */
    public Expectations expectations() {
        return expectations;
    }

    /** What helpers remember of the data of TCP connections. */
    Streams streams() {
        return streams;
    }

    /** Helpers and masters of connections. */
    Relations relations() {
        return relations;
    }

    /** Who is told of tuples that connections leave; before any worker begins. */
    public void tellFreedTo(FreedTuples listener) {
        lifetime.tellFreedTo(listener);
    }

    /** Who gets back what connections hold; before any worker begins. */
    public void giveHeldTo(HeldByConnections owner) {
        held = owner;
    }

    /**
     * Who is told when a connection counts in its bucket no more ({@link NewConnection#bucket}),
     * once for each: when both sides have closed it, or else when it is freed. Before any worker
     * begins; called by worker threads, must not wait.
     */
    public void tellLeftBucketsTo(IntConsumer listener) {
        leftBuckets = listener;
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
        return records.line(reference);
    }

    /** Where record 0 lies: line addresses are this plus the reference times 64. */
    public long base() {
        return records.base();
    }

    /** Where the connection's ct_label lies: the upper 64 bits, then the lower. */
    long label(int reference) {
        return records.label(reference);
    }

    /**
     * Whether the connection, of IPv6, has these addresses in this direction: source and
     * destination in four longs. Otherwise the key that it was found by means another.
     */
    boolean hasWide(int reference, long[] words, int at) {
        return records.hasWide(reference, words, at);
    }

    /** Writes the direction's source and destination, of IPv6, to four longs. */
    void readWide(int reference, long[] to, int at) {
        records.readWide(reference, to, at);
    }

    void copyWide(int reference, long to) {
        records.copyWide(reference, to);
    }

    public static boolean isReply(int reference) {
        return (reference & 1) != 0;
    }

    /** The line of the original direction. */
    long original(int reference) {
        return records.original(reference);
    }

    /** Where the index looks first for a key with this hash: what to prefetch. */
    public long firstBucket(long hash) {
        return index.firstBucket(hash);
    }

    /** Where it looks then. */
    public long secondBucket(long hash) {
        return index.secondBucket(hash);
    }

    /**
     * The live connection with this key, any thread.
     *
     * @param hash {@link TupleHash#secret} of the key
     * @return its reference, or {@link #NONE}
     */
    public int find(long addresses, long portsAndZone, long hash, int nowMs) {
        return index.find(addresses, portsAndZone, hash, nowMs);
    }

    /** Not ended, not flushed with its zone, not silent for too long. */
    boolean isAlive(int reference, int nowMs) {
        return lifetime.isAlive(reference, nowMs);
    }

    /**
     * The check of the packet path before it uses a cached way: whether the connection lives and is
     * as it was when its version was read.
     *
     * @param line the line of the packet's direction
     */
    public boolean isUnchanged(int reference, long line, int version, int nowMs) {
        return lifetime.isUnchanged(reference, line, version, nowMs);
    }

    /** Whether nothing that a cached way must notice has happened to the connection since then. */
    public boolean hasVersion(int reference, int version) {
        return Memory.getInt(line(reference) + ConnLayout.VERSION) == version;
    }

    int remainingMs(int reference, int nowMs) {
        return lifetime.remainingMs(reference, nowMs);
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
        return insertion.insert(owner, fresh, state, lengthBytes, nowMs);
    }

    /** Takes one of the table's places; another connection may have to give way. */
    boolean takePlace(ConnOwner owner, int nowMs) {
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

    void givePlaceBack() {
        live.decrementAndGet();
    }

    /** A change that ways which were cached must notice. Any thread. */
    void bumpVersion(int reference) {
        lifetime.bumpVersion(reference);
    }

    /** Ends a connection: nobody finds it from now on; the sweep frees it. Any thread. */
    void kill(int reference, EndReason reason) {
        lifetime.kill(reference, reason.ordinal());
    }

    /** Whether the record holds a connection, an ended one perhaps. */
    boolean isInTable(int record) {
        return !RecordVersion.isFree(RecordVersion.read(line(record << 1)));
    }

    /**
     * Frees the record's connection when it has ended in any way. Worker threads.
     *
     * @return whether it was freed by this call
     */
    boolean reclaim(ConnOwner owner, int record, int nowMs) {
        int reference = record << 1;
        long original = line(reference);
        int version = RecordVersion.read(original);
        if (RecordVersion.isFree(version)) {
            return false;
        }
        if (RecordVersion.isAlive(version)) {
            if (isAlive(reference, nowMs)) {
                lifetime.keepClose(reference, nowMs);
                return false;
            }
            lifetime.kill(reference, lifetime.howItEnded(reference, nowMs));
            version = RecordVersion.read(original);
        }
        if (!RecordVersion.isDead(version)
                || !RecordVersion.replace(original, version, RecordVersion.free(version))) {
            return false;
        }
        unlink(owner, reference, RecordVersion.reason(version), nowMs);
        return true;
    }

    /** Whether {@link #reclaim} would free the record's connection. */
    boolean hasEnded(int record, int nowMs) {
        int reference = record << 1;
        int version = RecordVersion.read(line(reference));
        if (RecordVersion.isFree(version)) {
            return false;
        }
        if (RecordVersion.isAlive(version) && isAlive(reference, nowMs)) {
            lifetime.keepClose(reference, nowMs);
            return false;
        }
        return true;
    }

    /** Adds the lines where the index has the record's connection, mostly. */
    void addBuckets(int record, LinesAhead lines) {
        index.addFirstBucket(record << 1, lines);
        index.addFirstBucket((record << 1) | 1, lines);
    }

    /**
     * Ends and frees a connection, unless it has changed since its version was read: it gives way
     * to another. Worker threads.
     */
    void evict(ConnOwner owner, int record, int version, int nowMs) {
        int reference = record << 1;
        long original = line(reference);
        int reason = EndReason.EVICTED.ordinal();
        int freed = RecordVersion.free(RecordVersion.dead(version, reason));
        if (!RecordVersion.replace(original, version, freed)) {
            return;
        }
        zones.countEvicted(Lifetime.zone(original));
        unlink(owner, reference, reason, nowMs);
    }

    /** Takes a connection out that this thread has declared free. */
    private void unlink(ConnOwner owner, int reference, int reason, int nowMs) {
        long original = line(reference);
        // Only here: there is one who frees it, however it ended and whoever noticed.
        owner.events().ended(reference, reason, nowMs);
        RecordVersion.kill(line(reference | 1), reason);
        // Mostly again, but for those that gave way; and never too early, as from other threads.
        lifetime.tellFreed(reference);
        index.removeBoth(reference);
        giveBackHeld(reference, nowMs);
        forgetRelations(reference);
        int zone = Lifetime.zone(original);
        zones.leave(zone, Lifetime.zone(line(reference | 1)));
        // Who ended it for the limit's sake has given the place back already.
        if (reason != EndReason.LIMIT.ordinal()) {
            zones.countClosed(zone, Lifetime.epoch(original));
        }
        givePlaceBack();
        owner.retire(reference >>> 1);
    }

    /** Nothing is expected because of it any more; a later connection in its record is another. */
    void forgetRelations(int reference) {
        if (relations.word(reference) != 0) {
            if (relations.helper(reference) == Helper.FTP) {
                streams.endOf(reference);
            }
            expectations.endOf(reference);
        }
    }

    private boolean holds(int reference) {
        return (Memory.getInt(original(reference) + ConnLayout.STATE) & ConnState.HOLDS) != 0;
    }

    /** The bucket that the connection was made in; 0: none. */
    int bucket(int reference) {
        return holds(reference) ? records.bucket(reference) : 0;
    }

    /** The connection counts in its bucket no more. Worker threads, which have just found it. */
    void leaveBucket(int reference) {
        int left = holds(reference) ? records.leaveBucket(reference) : 0;
        if (left != 0) {
            leftBuckets.accept(left);
        }
    }

    private void giveBackHeld(int reference, int nowMs) {
        if (!holds(reference)) {
            return;
        }
        leaveBucket(reference);
        for (int which = 0; which < NewConnection.HOLDS; which++) {
            int number = records.hold(reference, which);
            if (number != 0) {
                held.givenBack(number, nowMs);
            }
        }
    }

    /** A lock for changes of this connection's state. Not while holding another. */
    long stateLock(int reference) {
        return stripes.ofConnection(reference);
    }

    /**
     * Shows the connections that the filter takes, while workers go on: each is a consistent copy,
     * all together are not one moment. Any thread.
     */
    public void forEach(ConnFilter filter, int nowMs, Consumer<Connection> consumer) {
        ConnReader reader = new ConnReader(this, filter);
        for (int record = 0; record < pool.everUsed(); record++) {
            Connection copy = reader.read(record << 1, nowMs);
            if (copy != null) {
                consumer.accept(copy);
            }
        }
    }

    /** See {@link Flush#flush}. Any thread. */
    public long flush(ConnFilter filter, int nowMs) {
        return flush.flush(filter, nowMs);
    }
}
