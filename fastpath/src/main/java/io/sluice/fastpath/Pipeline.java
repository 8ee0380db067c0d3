package io.sluice.fastpath;

import io.sluice.conntrack.ConnOwner;
import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.Tracker;
import io.sluice.dpdk.Mbuf;
import io.sluice.dpdk.Mempool;
import io.sluice.dpdk.Prefetch;
import io.sluice.packet.Checksum;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Memory;
import io.sluice.packet.MemorySource;
import io.sluice.packet.OrdinaryPacket;
import io.sluice.packet.TupleHash;
import io.sluice.packet.TupleKey;

/**
 * The way of a burst of packets, in stages over the whole burst, so that the memory of all its
 * packets is on the way while each waits only once:
 *
 * <pre>
 * parse + hash (all) ─► prefetch cache entries ─► find entry (all) ─► prefetch connections
 *     ─► in order, for each packet: cached way, or the slow path
 * </pre>
 *
 * <p>Used by one worker's thread. Nothing here allocates, logs or waits.
 */
final class Pipeline {
    /** Packets in a burst at most. */
    static final int BURST = 64;

    /** Packets of a stage before the prefetch of what the next stage needs of them. */
    private static final int CHUNK = 32;

    private static final long NO_ENTRY = FlowCache.MISS;

    private final ConnTable table;
    private final FlowCache cache;
    private final Ways ways;
    private final Outputs outputs;
    private final SlowPath slowPath;
    private final SlowPacket slowPacket = new SlowPacket();
    private final Trace trace = new Trace();
    private final MacTable macs;
    private final boolean cacheEnabled;

    // Addresses to prefetch, for one native call.
    private final long prefetchList;

    // The burst as parallel arrays.
    private final long[] mbufs = new long[BURST];
    private final long[] frames = new long[BURST];
    private final int[] protocols = new int[BURST];
    private final long[] addresses = new long[BURST];
    private final long[] tuples = new long[BURST];
    private final long[] firstLines = new long[BURST];
    private final long[] entries = new long[BURST];

    private int generation = 1;
    private int generationOnMacs;
    private int learnTick;
    private long hits;
    private long slow;

    Pipeline(
            DatapathSettings settings,
            ConnTable table,
            ConnOwner owner,
            MacTable macs,
            Outputs outputs,
            Mempool pool) {
        MemorySource memory = settings.memory();
        this.table = table;
        this.macs = macs;
        this.outputs = outputs;
        cacheEnabled = settings.flowCacheEnabled();
        cache = new FlowCache(settings.flowCacheEntries(), memory);
        ways = new Ways(table.zones(), memory);
        prefetchList = memory.allocate(BURST * (long) Long.BYTES);
        ConnectionSteps steps =
                new ConnectionSteps(new Tracker(table, owner), table.zones(), trace);
        slowPath = new SlowPath(outputs, macs, pool, trace, steps);
    }

    void adopt(Snapshot snapshot) {
        slowPath.adopt(snapshot);
        forgetWays();
    }

    private void forgetWays() {
        ways.clear();
        generation++;
    }

    /**
     * Makes ways that rest on learned addresses look again, so that addresses in use do not age.
     * Every few seconds.
     */
    void refreshLearned() {
        learnTick++;
    }

    /** Adds what was counted on cached ways to the flows' counters. */
    void fold() {
        ways.fold();
    }

    long hits() {
        return hits;
    }

    long slow() {
        return slow;
    }

    /** Takes a burst from one port through all stages; its packets are sent or freed after it. */
    void process(long mbufList, int count, int port, int nowMs) {
        if (cacheEnabled) {
            noteGenerations();
            for (int from = 0; from < count; from += CHUNK) {
                int end = Math.min(count, from + CHUNK);
                parse(mbufList, from, end, port);
                Prefetch.lines(prefetchList + ((long) from << 3), end - from);
            }
            for (int from = 0; from < count; from += CHUNK) {
                int found = find(from, Math.min(count, from + CHUNK));
                if (found != 0) {
                    Prefetch.lines(prefetchList, found);
                }
            }
        } else {
            skipCache(mbufList, count);
        }
        int hit = 0;
        int at = 0;
        while (at < count) {
            int end = touch(at, count, nowMs);
            if (end > at) {
                rewrite(at, end);
                leave(at, end);
                hit += end - at;
                at = end;
            }
            if (at < count) {
                takeSlowPath(at, count, port, nowMs);
                at++;
            }
        }
        hits += hit;
        slow += count - hit;
        outputs.flush();
    }

    private void skipCache(long mbufList, int count) {
        for (int i = 0; i < count; i++) {
            mbufs[i] = Memory.getLong(mbufList + ((long) i << 3));
            protocols[i] = 0;
            entries[i] = NO_ENTRY;
        }
    }

    private void noteGenerations() {
        generationOnMacs = generation + macs.generation() + learnTick;
    }

    private void parse(long mbufList, int from, int end, int port) {
        long list = Memory.pointer(mbufList);
        long toPrefetch = Memory.pointer(prefetchList);
        for (int i = from; i < end; i++) {
            long mbuf = Memory.pointer(Memory.getLong(list + ((long) i << 3)));
            long frame =
                    Memory.pointer(
                            Memory.getLong(mbuf + Mbuf.BUF_ADDR)
                                    + Memory.getShort(mbuf + Mbuf.DATA_OFF));
            int protocol =
                    OrdinaryPacket.protocol(
                            frame,
                            Memory.getShort(mbuf + Mbuf.DATA_LEN),
                            Memory.getInt(mbuf + Mbuf.PKT_LEN));
            mbufs[i] = mbuf;
            frames[i] = frame;
            protocols[i] = protocol;
            long first = toPrefetch;
            if (protocol != 0) {
                long pair = Memory.getLong(frame + OrdinaryPacket.ADDRESSES);
                long tuple =
                        TupleKey.portsAndScope(
                                Memory.getInt(frame + OrdinaryPacket.PORTS), port, protocol);
                addresses[i] = pair;
                tuples[i] = tuple;
                first = cache.first(TupleHash.secret(pair, tuple));
            }
            firstLines[i] = first;
            Memory.putLong(toPrefetch + ((long) i << 3), first);
        }
    }

    /** Finds the entries; returns how many connections are in the list to prefetch. */
    private int find(int from, int end) {
        long toPrefetch = Memory.pointer(prefetchList);
        int found = 0;
        for (int i = from; i < end; i++) {
            long entry = findEntry(i);
            entries[i] = entry;
            if (entry != NO_ENTRY) {
                int connection = Memory.getInt(entry + CacheLayout.CONNECTION);
                Memory.putLong(toPrefetch + ((long) found << 3), table.line(connection));
                found++;
            }
        }
        return found;
    }

    private long findEntry(int i) {
        if (protocols[i] == 0) {
            return NO_ENTRY;
        }
        long frame = Memory.pointer(frames[i]);
        return cache.find(
                Memory.pointer(firstLines[i]),
                addresses[i],
                tuples[i],
                Memory.getLong(frame),
                Memory.getInt(frame + Long.BYTES));
    }

    /**
     * Notes the packets in their connections as long as their cached ways are valid. The three
     * steps of a cached way are loops of their own, because the compiler inlines a limited number
     * of memory accesses into one method.
     *
     * @return the first packet that has no valid way: nothing was done for it
     */
    private int touch(int from, int count, int nowMs) {
        for (int i = from; i < count; i++) {
            long entry = Memory.pointer(entries[i]);
            if (entry == NO_ENTRY) {
                return i;
            }
            int flags = Memory.getInt(entry + CacheLayout.FLAGS);
            int valid = (flags & CacheLayout.ON_LEARNED_MACS) != 0 ? generationOnMacs : generation;
            if (Memory.getInt(entry + CacheLayout.GENERATION) != valid) {
                return i;
            }
            int connections = flags & CacheLayout.CONNECTIONS_MASK;
            if (connections != 0) {
                int connection = Memory.getInt(entry + CacheLayout.CONNECTION);
                int version = Memory.getInt(entry + CacheLayout.VERSION);
                int ipBytes =
                        Memory.getShortBe(Memory.pointer(frames[i]) + OrdinaryPacket.TOTAL_LENGTH);
                long line = table.line(connection);
                if (!table.isUnchanged(connection, line, version, nowMs)
                        || (connections > 1
                                && !touchFurther(entry, connections - 1, ipBytes, nowMs))) {
                    return i;
                }
                Tracker.touch(line, ipBytes, nowMs);
            }
        }
        return count;
    }

    /** Checks all further connections, then touches them; false when one has changed. */
    private boolean touchFurther(long entry, int further, int ipBytes, int nowMs) {
        long second = cache.secondLine(entry);
        for (int i = 0; i < further; i++) {
            int connection = Memory.getInt(second + ((long) i << 3));
            int version = Memory.getInt(second + ((long) i << 3) + Integer.BYTES);
            if (!table.isUnchanged(connection, table.line(connection), version, nowMs)) {
                return false;
            }
        }
        for (int i = 0; i < further; i++) {
            int connection = Memory.getInt(second + ((long) i << 3));
            Tracker.touch(table.line(connection), ipBytes, nowMs);
        }
        return true;
    }

    /** Writes the addresses, ports and checksums that the cached ways of these packets say. */
    private void rewrite(int from, int end) {
        for (int i = from; i < end; i++) {
            long entry = Memory.pointer(entries[i]);
            long frame = Memory.pointer(frames[i]);
            int deltas = Memory.getInt(entry + CacheLayout.DELTAS);
            Memory.putLong(
                    frame + OrdinaryPacket.ADDRESSES,
                    Memory.getLong(entry + CacheLayout.NEW_ADDRESSES));
            Memory.putInt(
                    frame + OrdinaryPacket.PORTS, Memory.getInt(entry + CacheLayout.NEW_PORTS));
            if (deltas == 0) {
                continue;
            }
            long ipChecksum = frame + OrdinaryPacket.IP_CHECKSUM;
            Memory.putShort(
                    ipChecksum, Checksum.apply(Memory.getShort(ipChecksum), deltas & 0xFFFF));
            long l4Checksum = frame + OrdinaryPacket.l4Checksum(protocols[i]);
            int old = Memory.getShort(l4Checksum);
            Memory.putShort(
                    l4Checksum,
                    protocols[i] == Ipv4.PROTO_UDP
                            ? Checksum.applyUdp(old, deltas >>> 16)
                            : Checksum.apply(old, deltas >>> 16));
        }
    }

    /** Hands the packets to their ports, those of the same way together. */
    private void leave(int from, int end) {
        int at = from;
        while (at < end) {
            at = leaveTogether(at, end);
        }
    }

    /**
     * Sets Ethernet addresses, counts and sends, for the packets from here that go the same way.
     *
     * @return the first that goes another
     */
    private int leaveTogether(int from, int end) {
        int number = Memory.getInt(Memory.pointer(entries[from]) + CacheLayout.WAY);
        long way = ways.address(number);
        long keepLow = Memory.getLong(way + WayLayout.KEEP_LOW);
        long setLow = Memory.getLong(way + WayLayout.SET_LOW);
        int keepHigh = Memory.getInt(way + WayLayout.KEEP_HIGH);
        int setHigh = Memory.getInt(way + WayLayout.SET_HIGH);
        int frameBytes = 0;
        int ipBytes = 0;
        int at = from;
        do {
            long frame = Memory.pointer(frames[at]);
            long mbuf = Memory.pointer(mbufs[at]);
            Memory.putLong(frame, (Memory.getLong(frame) & keepLow) | setLow);
            Memory.putInt(
                    frame + Long.BYTES, (Memory.getInt(frame + Long.BYTES) & keepHigh) | setHigh);
            frameBytes += Memory.getInt(mbuf + Mbuf.PKT_LEN);
            ipBytes += Memory.getShortBe(frame + OrdinaryPacket.TOTAL_LENGTH);
            at++;
        } while (at < end
                && Memory.getInt(Memory.pointer(entries[at]) + CacheLayout.WAY) == number);
        add(way + WayLayout.PACKETS, at - from);
        add(way + WayLayout.FRAME_BYTES, frameBytes);
        add(way + WayLayout.IP_BYTES, ipBytes);
        int output = Memory.getInt(way + WayLayout.OUTPUT);
        if (output >= 0) {
            outputs.send(output, mbufs, from, at);
        } else {
            for (int i = from; i < at; i++) {
                outputs.drop(-1 - output, mbufs[i]);
            }
        }
        return at;
    }

    private static void add(long address, long more) {
        Memory.putLong(address, Memory.getLong(address) + more);
    }

    private void takeSlowPath(int i, int count, int port, int nowMs) {
        int malformed = slowPacket.parse(mbufs[i], port);
        if (malformed != SlowPacket.NOT_MALFORMED) {
            outputs.drop(malformed, mbufs[i]);
            return;
        }
        boolean ordinary = cacheEnabled && protocols[i] != 0;
        long macsLow = ordinary ? Memory.getLong(frames[i]) : 0;
        int macsHigh = ordinary ? Memory.getInt(frames[i] + Long.BYTES) : 0;
        // Before the tables are asked: what changes meanwhile makes the way invalid.
        noteGenerations();
        slowPath.process(slowPacket, nowMs);
        if (ordinary && slowPath.isSteady()) {
            compile(i, macsLow, macsHigh);
            // The entry may be that of a later packet of the burst, or written over one.
            for (int later = i + 1; later < count; later++) {
                entries[later] = findEntry(later);
            }
        }
        // The packet may have moved an address that later packets of the burst rest on.
        noteGenerations();
    }

    /** Writes the cache entry for packets like this one; the packet itself has left already. */
    private void compile(int i, long macsLow, int macsHigh) {
        int way = ways.intern(trace);
        if (way == Ways.FULL) {
            forgetWays();
            noteGenerations();
            way = ways.intern(trace);
        }
        int valid = trace.onLearnedMacs ? generationOnMacs : generation;
        long entry = cache.claim(firstLines[i], addresses[i], tuples[i], macsLow, macsHigh, valid);
        Memory.putLong(entry + CacheLayout.ADDRESSES, addresses[i]);
        Memory.putLong(entry + CacheLayout.PORTS_AND_SCOPE, tuples[i]);
        Memory.putLong(entry + CacheLayout.MACS_LOW, macsLow);
        Memory.putInt(entry + CacheLayout.MACS_HIGH, macsHigh);
        Memory.putInt(entry + CacheLayout.GENERATION, valid);
        Memory.putInt(entry + CacheLayout.WAY, way);
        int count = trace.connectionCount;
        Memory.putInt(
                entry + CacheLayout.FLAGS,
                count | (trace.onLearnedMacs ? CacheLayout.ON_LEARNED_MACS : 0));
        Memory.putInt(entry + CacheLayout.CONNECTION, count > 0 ? trace.connections[0] : 0);
        Memory.putInt(entry + CacheLayout.VERSION, count > 0 ? trace.versions[0] : 0);
        long second = cache.secondLine(entry);
        for (int c = 1; c < count; c++) {
            Memory.putInt(second + ((c - 1L) << 3), trace.connections[c]);
            Memory.putInt(second + ((c - 1L) << 3) + Integer.BYTES, trace.versions[c]);
        }
        FlowCache.writeRewrite(
                entry,
                addresses[i],
                TupleKey.ports(tuples[i]),
                slowPacket.addresses,
                slowPacket.ports);
    }
}
