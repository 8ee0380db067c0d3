package io.sluice.natlb;

import io.sluice.packet.Memory;
import io.sluice.packet.MemorySource;
import io.sluice.packet.TupleHash;
import io.sluice.packet.TupleKey;
import java.lang.invoke.VarHandle;

/**
 * Which ports are taken towards <em>crowded peers</em>, so that the last free port is found as fast
 * as the first. A peer is all of a translated tuple but the port that is searched: zone, protocol,
 * outside address, and the other side's address and port. Most peers have few connections, find a
 * port at the first or second try and have no map; one that does not gets the map that was not used
 * for the longest time.
 *
 * <pre>
 * tags   32 sets, a cache line each:   8 x key of a map's peer (64);   0: unused, 1: being cleared
 * uses   256 x | last used, ms (32) | place to look at again (32) |
 * maps   256 x 65536 bits              1: claimed by a connection, or by one about to be made
 * </pre>
 *
 * <p>A map only saves looking: whether a tuple is free is the connection table's word. A 0 may be
 * wrong and costs a look. A 1 may not stay when its connection has ended, and does not: it is
 * claimed <em>before</em> the table is asked, and cleared by {@link #freed} <em>after</em> the
 * connection has ended; both are atomic, so that either the end clears the claim, or who claims
 * finds the tuple free. What is left of a map that went to another peer meanwhile is taken back.
 *
 * <p>Any thread; no locks. The memory is {@link #BYTES}, however many connections and addresses.
 */
public final class PortMaps {
    /** No map. */
    static final int NONE = -1;

    /** Answers of {@link #claim}. */
    static final int CLAIMED = 0;

    static final int CLAIMED_BEFORE = 1;
    static final int LOST = 2;

    private static final int SETS = 32;
    private static final int WAYS = 8;
    private static final int COUNT = SETS * WAYS;
    private static final int SET_BITS = 5;
    private static final int MAP_SHIFT = 13;
    private static final int PORTS = 1 << 16;
    private static final long USES_AT = (long) COUNT * Long.BYTES;
    private static final long MAPS_AT = 2 * USES_AT;

    /** What all maps take: 2 MiB and 4 KiB. */
    public static final long BYTES = MAPS_AT + ((long) COUNT << MAP_SHIFT);

    private static final long UNUSED = 0;
    private static final long CLEARING = 1;
    // In every key, so that none is one of these.
    private static final long KEY_BIT = 2;

    private final long base;
    private volatile boolean used;

    public PortMaps(MemorySource memory) {
        base = memory.allocate(BYTES);
        // Who gets the first map is not to wait for the system to clear it.
        memory.prepare(base, BYTES);
    }

    /**
     * What a map is found by.
     *
     * @param addresses of the reply's tuple, as the connection table has it
     * @param upper whether the port that is searched is the tuple's second
     * @param zoneEpoch as long as it is the same, no connection of the zone was flushed
     */
    static long key(long addresses, long portsAndZone, boolean upper, int zoneEpoch) {
        long peer = portsAndZone & (upper ? ~0xFFFF0000L : ~0xFFFFL);
        long which = (zoneEpoch & 0xFFFFFFFFL) | (upper ? 1L << 32 : 0);
        return TupleHash.secret(TupleHash.secret(addresses, peer), which) | KEY_BIT;
    }

    private long tag(long key, int way) {
        return Memory.pointer(base + ((key >>> (Long.SIZE - SET_BITS)) * WAYS + way) * Long.BYTES);
    }

    private static int map(long key, int way) {
        return (int) (key >>> (Long.SIZE - SET_BITS)) * WAYS + way;
    }

    private long tagOf(int map) {
        return Memory.pointer(base + (long) map * Long.BYTES);
    }

    private long use(int map) {
        return Memory.pointer(base + USES_AT + (long) map * Long.BYTES);
    }

    private long word(int map, int port) {
        return Memory.pointer(
                base + MAPS_AT + ((long) map << MAP_SHIFT) + (port >>> 6) * (long) Long.BYTES);
    }

    /** The peer's map, or {@link #NONE}. */
    int find(long key, int nowMs) {
        if (!used) {
            return NONE;
        }
        for (int way = 0; way < WAYS; way++) {
            if (Memory.getLongAcquire(tag(key, way)) == key) {
                int map = map(key, way);
                if (Memory.getIntOpaque(use(map)) != nowMs) {
                    Memory.setIntOpaque(use(map), nowMs);
                }
                return map;
            }
        }
        return NONE;
    }

    /** Gives a peer a map in which all is 0; or {@link #NONE}, when others are doing so. */
    int take(long key, int nowMs) {
        int victim = 0;
        long had = CLEARING;
        int longestMs = -1;
        for (int way = 0; way < WAYS && had != UNUSED; way++) {
            long tag = Memory.getLongAcquire(tag(key, way));
            int silentMs = Math.max(0, nowMs - Memory.getIntOpaque(use(map(key, way))));
            if (tag == UNUSED || (tag != CLEARING && silentMs > longestMs)) {
                victim = way;
                had = tag;
                longestMs = silentMs;
            }
        }
        long tag = tag(key, victim);
        if (had == CLEARING || !Memory.compareAndSetLong(tag, had, CLEARING)) {
            return NONE;
        }
        int map = map(key, victim);
        Memory.zero(word(map, 0), 1L << MAP_SHIFT);
        Memory.setIntOpaque(use(map), nowMs);
        Memory.setIntOpaque(use(map) + Integer.BYTES, 0);
        used = true;
        // Pairs with the acquires of find and freed.
        Memory.setLongRelease(tag, key);
        // Before the table is asked for the first claim: see freed.
        VarHandle.fullFence();
        return map;
    }

    /** The first port from here to there that nobody has claimed; -1 when there is none. */
    int nextFree(int map, int from, int to) {
        int port = from;
        while (port <= to) {
            long free = ~Memory.getLongOpaque(word(map, port)) >>> (port & 63);
            if (free != 0) {
                int found = port + Long.numberOfTrailingZeros(free);
                return found <= to ? found : -1;
            }
            port = (port | 63) + 1;
        }
        return -1;
    }

    /** Claims a port, before the table is asked whether its tuple is free. */
    int claim(int map, long key, int port) {
        long bit = 1L << (port & 63);
        boolean before = (Memory.getAndBitwiseOrLong(word(map, port), bit) & bit) != 0;
        VarHandle.fullFence();
        if (Memory.getLongAcquire(tagOf(map)) != key) {
            // The map may have been cleared before the bit was set.
            release(map, port);
            return LOST;
        }
        return before ? CLAIMED_BEFORE : CLAIMED;
    }

    /** Takes a claim back. */
    void release(int map, int port) {
        Memory.getAndBitwiseAndLong(word(map, port), ~(1L << (port & 63)));
    }

    /**
     * Where claims of a full map are to be looked at again: a connection may have fallen silent,
     * which nobody tells until it is freed.
     *
     * @param count how many will be; the next one begins behind them
     */
    int placeToLookAgain(int map, int count) {
        long address = use(map) + Integer.BYTES;
        int place = Memory.getIntOpaque(address);
        if (count != 0) {
            Memory.setIntOpaque(address, (place + count) & (PORTS - 1));
        }
        return place;
    }

    /** Nobody has this tuple any more; what was claimed for it is not. Any thread. */
    public void freed(long addresses, long portsAndZone, int zoneEpoch) {
        if (!used) {
            return;
        }
        // The connection's end before the look at the tags; take does the opposite.
        VarHandle.fullFence();
        int ports = TupleKey.ports(portsAndZone);
        clear(key(addresses, portsAndZone, false, zoneEpoch), TupleKey.sourcePort(ports));
        clear(key(addresses, portsAndZone, true, zoneEpoch), TupleKey.destinationPort(ports));
    }

    private void clear(long key, int port) {
        for (int way = 0; way < WAYS; way++) {
            // In all that have the key: two workers may have taken a map for a peer at once.
            if (Memory.getLongAcquire(tag(key, way)) == key) {
                release(map(key, way), port);
            }
        }
    }

    /** How many ports the peer's maps have as claimed. Any thread; takes long. */
    int claimed(long key) {
        int claimed = 0;
        for (int way = 0; way < WAYS; way++) {
            boolean has = Memory.getLongAcquire(tag(key, way)) == key;
            for (int port = 0; has && port < PORTS; port += Long.SIZE) {
                claimed += Long.bitCount(Memory.getLongOpaque(word(map(key, way), port)));
            }
        }
        return claimed;
    }
}
