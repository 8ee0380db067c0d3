package io.sluice.conntrack;

import io.sluice.packet.Memory;
import io.sluice.packet.MemoryAhead;
import io.sluice.packet.MemorySource;
import io.sluice.packet.TupleHash;

/**
 * Where connections are found: an entry for each key, two for a connection.
 *
 * <pre>
 * bucket, one cache line:   8 x | tag (32) | reference + 1 (32) |     0: empty
 * </pre>
 *
 * <p>Each key has two buckets to be in, so that buckets fill evenly. Lookups take no lock. Whoever
 * adds an entry has the key's stripe locked ({@link ConnTable#insert}); removal swaps entries for 0
 * and needs no lock. Any thread.
 */
final class ConnIndex {
    private static final int BUCKET_BYTES = 64;
    private static final int BUCKET_SLOTS = BUCKET_BYTES / Long.BYTES;
    // Two entries a connection in buckets that are filled to this share have room with two choices.
    private static final double LOAD = 0.6;

    /** The places where a key's entry may be. */
    static final int PLACES = 2 * BUCKET_SLOTS;

    private final ConnRecords records;
    private final Lifetime lifetime;
    private final long buckets;
    private final long bucketCount;
    private final MemoryAhead ahead;

    ConnIndex(int connections, ConnRecords records, Lifetime lifetime, MemorySource memory) {
        this.records = records;
        this.lifetime = lifetime;
        bucketCount = Math.max(2, (long) Math.ceil(2.0 * connections / BUCKET_SLOTS / LOAD));
        buckets = memory.allocate(bucketCount * BUCKET_BYTES);
        ahead = new MemoryAhead(memory, buckets, bucketCount * BUCKET_BYTES);
    }

    /** Has the next piece of memory ready; whether there was something to do. */
    boolean prepareAhead() {
        return ahead.prepare(Long.MAX_VALUE);
    }

    /** Where a key with this hash is looked for first: what to prefetch. */
    long firstBucket(long hash) {
        return Memory.pointer(buckets + (((hash >>> 32) * bucketCount) >>> 32) * BUCKET_BYTES);
    }

    /** Where it is looked for then. */
    long secondBucket(long hash) {
        return Memory.pointer(
                buckets + (((hash & 0xFFFFFFFFL) * bucketCount) >>> 32) * BUCKET_BYTES);
    }

    private static int tag(long hash) {
        return (int) (hash ^ (hash >>> 32));
    }

    private static long entry(int reference, long hash) {
        return ((long) tag(hash) << 32) | (reference + 1);
    }

    /** The reference that an entry leads to; {@link ConnTable#NONE} for an empty one. */
    static int reference(long entry) {
        return (int) entry - 1;
    }

    /** See {@link ConnTable#find}. */
    int find(long addresses, long portsAndZone, long hash, int nowMs) {
        int tag = tag(hash);
        int found = findIn(firstBucket(hash), tag, addresses, portsAndZone, nowMs);
        return found != ConnTable.NONE
                ? found
                : findIn(secondBucket(hash), tag, addresses, portsAndZone, nowMs);
    }

    private int findIn(long bucket, int tag, long addresses, long portsAndZone, int nowMs) {
        for (int offset = 0; offset < BUCKET_BYTES; offset += Long.BYTES) {
            long entry = Memory.getLongAcquire(bucket + offset);
            if ((int) (entry >>> 32) == tag
                    && entry != 0
                    && isAliveWithKey(reference(entry), addresses, portsAndZone, nowMs)) {
                return reference(entry);
            }
        }
        return ConnTable.NONE;
    }

    /** Not inlined, so that the search for what is mostly not there stays small. */
    private boolean isAliveWithKey(int reference, long addresses, long portsAndZone, int nowMs) {
        return hasKey(reference, addresses, portsAndZone) && lifetime.isAlive(reference, nowMs);
    }

    private boolean hasKey(int reference, long addresses, long portsAndZone) {
        long line = records.line(reference);
        return Memory.getLong(line + ConnLayout.ADDRESSES) == addresses
                && Memory.getLong(line + ConnLayout.PORTS_AND_SCOPE) == portsAndZone;
    }

    /**
     * The live connection with this key. One that expired is ended for good: a longer timeout, set
     * before it is swept, must not bring it back beside the one that is made now.
     */
    int findOrKill(long addresses, long portsAndZone, long hash, int nowMs) {
        int tag = tag(hash);
        int found = findOrKillIn(firstBucket(hash), tag, addresses, portsAndZone, nowMs);
        return found != ConnTable.NONE
                ? found
                : findOrKillIn(secondBucket(hash), tag, addresses, portsAndZone, nowMs);
    }

    private int findOrKillIn(long bucket, int tag, long addresses, long portsAndZone, int nowMs) {
        for (int offset = 0; offset < BUCKET_BYTES; offset += Long.BYTES) {
            long entry = Memory.getLongAcquire(bucket + offset);
            if ((int) (entry >>> 32) == tag
                    && entry != 0
                    && isAliveOrKill(reference(entry), addresses, portsAndZone, nowMs)) {
                return reference(entry);
            }
        }
        return ConnTable.NONE;
    }

    private boolean isAliveOrKill(int reference, long addresses, long portsAndZone, int nowMs) {
        long original = records.original(reference);
        // The version first: another connection that is in the record by then stays.
        int version = RecordVersion.read(original);
        if (!hasKey(reference, addresses, portsAndZone)) {
            return false;
        }
        if (lifetime.isAlive(reference, nowMs)) {
            return true;
        }
        if (RecordVersion.isAlive(version)) {
            lifetime.killUnchanged(reference, version, lifetime.howItEnded(reference, nowMs));
        }
        return false;
    }

    /** The entry in one of the {@link #PLACES} of a hash; 0 when it is empty. */
    long entryAt(long hash, int place) {
        long bucket = place < BUCKET_SLOTS ? firstBucket(hash) : secondBucket(hash);
        return Memory.getLongAcquire(bucket + (long) (place % BUCKET_SLOTS) * Long.BYTES);
    }

    /** Whether the entry is one for this key, of a connection that lives or not. */
    boolean isEntryOf(long entry, long addresses, long portsAndZone, long hash) {
        return (int) (entry >>> 32) == tag(hash)
                && entry != 0
                && hasKey(reference(entry), addresses, portsAndZone);
    }

    /**
     * Adds an entry to its first bucket until that is half full, then to the emptier one: buckets
     * of a full table fill as evenly as if it were always the emptier one, and in others most
     * entries are where they are looked for first.
     *
     * @return false when both buckets are full
     */
    boolean add(int reference, long hash) {
        long entry = entry(reference, hash);
        long first = firstBucket(hash);
        long second = secondBucket(hash);
        int free = freeSlots(first);
        boolean swap = free <= BUCKET_SLOTS / 2 && freeSlots(second) > free;
        return addTo(swap ? second : first, entry) || addTo(swap ? first : second, entry);
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

    void remove(int reference, long hash) {
        long entry = entry(reference, hash);
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

    /** Takes both entries of a connection out, whose record has its keys still. */
    void removeBoth(int reference) {
        remove(reference & ~1, hashOf(records.original(reference)));
        remove(reference | 1, hashOf(records.line(reference | 1)));
    }

    /** Adds the line where the entry is, mostly, that leads to this direction of a record. */
    void addFirstBucket(int reference, LinesAhead lines) {
        lines.add(firstBucket(hashOf(records.line(reference))));
    }

    /** Adds the lines where a key with this hash may be. */
    void addBuckets(long hash, LinesAhead lines) {
        lines.add(firstBucket(hash));
        lines.add(secondBucket(hash));
    }

    private static long hashOf(long line) {
        return TupleHash.secret(
                Memory.getLong(line + ConnLayout.ADDRESSES),
                Memory.getLong(line + ConnLayout.PORTS_AND_SCOPE));
    }
}
