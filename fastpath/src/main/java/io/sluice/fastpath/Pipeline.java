package io.sluice.fastpath;

import io.sluice.conntrack.ConnOwner;
import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.TcpSegment;
import io.sluice.conntrack.TcpWindow;
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
 * The way of a burst of packets, in three stages, so that the memory of many packets is on the way
 * at a time and none waits for it:
 *
 * <pre>
 * parse + hash, prefetch cache entries ─► find entries, prefetch connections
 *     ─► in order, for each packet: cached way, or the slow path
 * </pre>
 *
 * <p>The burst goes through them in chunks, one behind the other: while one chunk leaves, the next
 * is found and the one after it is parsed. What a chunk touches between its prefetch and its end
 * must fit into the first-level cache with all that comes between.
 *
 * <p>Used by one worker's thread. Nothing here allocates, logs or waits.
 */
final class Pipeline {
    /** Packets in a burst at most. */
    static final int BURST = 64;

    /** Packets that go through a stage together. */
    private static final int CHUNK = 16;

    private final ConnTable table;
    private final FlowCache cache;
    private final Ways ways;
    private final Outputs outputs;
    private final ConnectionSteps steps;
    private final SlowPath slowPath;
    private final SlowPacket slowPacket = new SlowPacket();
    private final TcpSegment segment = new TcpSegment();
    private final Trace trace = new Trace();
    private final EntryWriter entryWriter;
    private final MacTable macs;
    private final Mempool pool;
    private final boolean cacheEnabled;

    // The burst: a slot of SlotLayout for each packet.
    private final long slots;

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
            Upcalls upcalls) {
        MemorySource memory = settings.memory();
        this.table = table;
        this.macs = macs;
        pool = settings.pool();
        this.outputs = outputs;
        cacheEnabled = settings.flowCacheEnabled();
        cache = new FlowCache(settings.flowCacheEntries(), table, memory);
        entryWriter = new EntryWriter(cache, trace, slowPacket);
        ways = new Ways(table.zones(), memory);
        slots = memory.allocate((long) BURST << SlotLayout.SHIFT);
        steps = new ConnectionSteps(new Tracker(table, owner), table.zones(), trace);
        slowPath = new SlowPath(outputs, macs, settings, trace, steps, upcalls);
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

    /** Adds what was counted to the counters of flows and zones. */
    void fold() {
        ways.fold();
        trace.fold();
        steps.fold();
    }

    /** See {@link FlowCache#prepareAhead}. */
    boolean prepareAhead() {
        return cache.prepareAhead();
    }

    /** Lines of the flow cache that are in use. */
    int cacheEntries() {
        return cache.entries();
    }

    long hits() {
        return hits;
    }

    long slow() {
        return slow;
    }

    /** Takes a burst from one port through all stages; its packets are sent or freed after it. */
    void process(long mbufList, int count, int port, int nowMs) {
        noteGenerations();
        long hitsBefore = hits;
        for (int from = 0; from < count + 2 * CHUNK; from += CHUNK) {
            if (from < count) {
                int end = Math.min(count, from + CHUNK);
                parse(mbufList, from, end, port);
                if (!cacheEnabled) {
                    skipCache(from, end);
                }
                prefetch(SlotLayout.FIRST, from, end);
            }
            int found = Math.min(count, from);
            if (from - CHUNK >= 0 && from - CHUNK < count) {
                boolean allFound = find(from - CHUNK, found);
                prefetch(SlotLayout.LINE, from - CHUNK, found);
                if (!allFound) {
                    prefetch(SlotLayout.SECOND_LINE, from - CHUNK, found);
                }
            }
            if (from - 2 * CHUNK >= 0) {
                leave(from - 2 * CHUNK, Math.min(count, from - CHUNK), found, port, nowMs);
            }
        }
        slow += count - (hits - hitsBefore);
        outputs.flush();
    }

    /** Does what control wants done with a packet of its own. */
    void process(PacketOut out, int nowMs) {
        long mbuf = Mbuf.alloc(pool);
        long data = mbuf == 0 ? 0 : Mbuf.append(mbuf, out.frameBytes());
        if (data == 0) {
            outputs.count(DropReason.NO_MBUF.ordinal(), 1);
            if (mbuf != 0) {
                Mbuf.free(mbuf);
            }
            return;
        }
        Memory.copy(out.frame(), data);
        int malformed = slowPacket.parse(mbuf, out.inPort());
        if (malformed == SlowPacket.NOT_MALFORMED) {
            out.addMetadata(slowPacket.key);
            slowPath.process(slowPacket, out.steps(), nowMs);
            // The packet may have taught an address on which cached ways rest.
            noteGenerations();
        } else {
            outputs.drop(malformed, mbuf);
        }
        outputs.flush();
    }

    /** Sends or frees a chunk, in order, on cached ways or through the slow path. */
    private void leave(int from, int end, int found, int port, int nowMs) {
        int at = from;
        while (at < end) {
            int valid = takeCachedWays(at, end, nowMs);
            hits += valid - at;
            while (at < valid) {
                at = leaveTogether(at, valid);
            }
            if (at < end) {
                takeSlowPath(at, found, port, nowMs);
                at++;
            }
        }
    }

    private long slot(int i) {
        return Memory.pointer(slots + ((long) i << SlotLayout.SHIFT));
    }

    /** Asks for the line whose address is in this field of each slot. */
    private void prefetch(int field, int from, int end) {
        Prefetch.lines(slot(from) + field, SlotLayout.BYTES, end - from);
    }

    private void skipCache(int from, int end) {
        for (int i = from; i < end; i++) {
            Memory.putLong(slot(i) + SlotLayout.TUPLE, SlotLayout.NOT_ORDINARY);
        }
    }

    private void noteGenerations() {
        generationOnMacs = generation + macs.generation() + learnTick;
    }

    private void parse(long mbufList, int from, int end, int port) {
        for (int i = from; i < end; i++) {
            long slot = slot(i);
            long mbuf = Memory.pointer(Memory.getLong(Memory.pointer(mbufList + ((long) i << 3))));
            long frame =
                    Memory.pointer(
                            Memory.getLong(mbuf + Mbuf.BUF_ADDR)
                                    + Memory.getShort(mbuf + Mbuf.DATA_OFF));
            int protocol =
                    OrdinaryPacket.protocol(
                            frame,
                            Memory.getShort(mbuf + Mbuf.DATA_LEN),
                            Memory.getInt(mbuf + Mbuf.PKT_LEN));
            Memory.putLong(slot + SlotLayout.MBUF, mbuf);
            Memory.putLong(slot + SlotLayout.FRAME, frame);
            if (protocol != 0) {
                long pair = Memory.getLong(frame + OrdinaryPacket.ADDRESSES);
                long tuple =
                        TupleKey.portsAndScope(
                                Memory.getInt(frame + OrdinaryPacket.PORTS), port, protocol);
                Memory.putLong(slot + SlotLayout.ADDRESSES, pair);
                Memory.putLong(slot + SlotLayout.TUPLE, tuple);
                Memory.putLong(slot + SlotLayout.FIRST, cache.first(TupleHash.secret(pair, tuple)));
            } else {
                Memory.putLong(slot + SlotLayout.TUPLE, SlotLayout.NOT_ORDINARY);
                Memory.putLong(slot + SlotLayout.FIRST, slot);
            }
        }
    }

    /** Finds the entries, and where their connections lie; whether all have an entry. */
    private boolean find(int from, int end) {
        boolean allFound = true;
        // Fields would be loaded anew for each packet, because of the call in the loop.
        FlowCache entries = cache;
        long lines = table.base();
        long start = slots;
        for (int i = from; i < end; i++) {
            long slot = Memory.pointer(start + ((long) i << SlotLayout.SHIFT));
            long tuple = Memory.getLong(slot + SlotLayout.TUPLE);
            long entry = FlowCache.MISS;
            if (tuple != SlotLayout.NOT_ORDINARY) {
                long first = Memory.pointer(Memory.getLong(slot + SlotLayout.FIRST));
                long addresses = Memory.getLong(slot + SlotLayout.ADDRESSES);
                long frame = Memory.pointer(Memory.getLong(slot + SlotLayout.FRAME));
                long macsLow = Memory.getLong(frame);
                int macsHigh = Memory.getInt(frame + Long.BYTES);
                entry =
                        FlowCache.isFor(first, addresses, tuple, macsLow, macsHigh)
                                ? first
                                : entries.find(first, addresses, tuple, macsLow, macsHigh);
            }
            if (entry != FlowCache.MISS) {
                long connection = Memory.getInt(Memory.pointer(entry) + CacheLayout.CONNECTION);
                long line = lines + (connection << ConnTable.LINE_SHIFT);
                Memory.putLong(slot + SlotLayout.LINE, line);
            } else {
                allFound = false;
                guessLines(slot, tuple);
            }
            Memory.putLong(slot + SlotLayout.ENTRY, entry);
        }
        return allFound;
    }

    /**
     * Finds where the index would have the packet's connection, if {@code ct()} looks in the same
     * zone as for the packet before. Only what is prefetched depends on it.
     */
    private void guessLines(long slot, long tuple) {
        long first = slot;
        long second = slot;
        if (tuple != SlotLayout.NOT_ORDINARY) {
            long portsAndZone =
                    TupleKey.portsAndScope(
                            TupleKey.ports(tuple), steps.lastZone(), TupleKey.protocol(tuple));
            long addresses = Memory.getLong(slot + SlotLayout.ADDRESSES);
            long hash = TupleHash.secret(addresses, portsAndZone);
            first = table.firstBucket(hash);
            second = table.secondBucket(hash);
        }
        Memory.putLong(slot + SlotLayout.LINE, first);
        Memory.putLong(slot + SlotLayout.SECOND_LINE, second);
    }

    /**
     * Notes packets in their connections and rewrites them, as long as their cached ways are valid.
     *
     * @return the first packet that has no valid way: nothing was done for it
     */
    private int takeCachedWays(int from, int count, int nowMs) {
        for (int i = from; i < count; i++) {
            long slot = slot(i);
            long entry = Memory.pointer(Memory.getLong(slot + SlotLayout.ENTRY));
            if (entry == FlowCache.MISS) {
                return i;
            }
            int flags = Memory.getInt(entry + CacheLayout.FLAGS);
            int valid = (flags & CacheLayout.ON_LEARNED_MACS) != 0 ? generationOnMacs : generation;
            if (Memory.getInt(entry + CacheLayout.GENERATION) != valid) {
                return i;
            }
            long frame = Memory.pointer(Memory.getLong(slot + SlotLayout.FRAME));
            if ((flags & CacheLayout.HAS_EXTRAS) != 0 && !WayExtras.allow(extras(entry), frame)) {
                return i;
            }
            if ((flags & CacheLayout.CONNECTIONS_MASK) != 0) {
                int connection = Memory.getInt(entry + CacheLayout.CONNECTION);
                int version = Memory.getInt(entry + CacheLayout.VERSION);
                int ipBytes = Memory.getShortBe(frame + OrdinaryPacket.TOTAL_LENGTH);
                long line = Memory.pointer(Memory.getLong(slot + SlotLayout.LINE));
                if (!table.isUnchanged(connection, line, version, nowMs)
                        || ((flags & CacheLayout.TCP_OR_FURTHER) != 0
                                && !passFurther(entry, line, frame, ipBytes, nowMs))) {
                    return i;
                }
                Tracker.touch(line, ipBytes, nowMs);
            }
            int deltas = Memory.getInt(entry + CacheLayout.DELTAS);
            Memory.putLong(
                    frame + OrdinaryPacket.ADDRESSES,
                    Memory.getLong(entry + CacheLayout.NEW_ADDRESSES));
            Memory.putInt(
                    frame + OrdinaryPacket.PORTS, Memory.getInt(entry + CacheLayout.NEW_PORTS));
            if (deltas != 0) {
                int protocol = Memory.getByte(frame + OrdinaryPacket.PROTOCOL);
                writeChecksums(frame, protocol, deltas);
            }
            if ((flags & CacheLayout.HAS_EXTRAS) != 0) {
                WayExtras.write(extras(entry), frame);
            }
        }
        return count;
    }

    private long extras(long entry) {
        long way = ways.address(Memory.getInt(entry + CacheLayout.WAY));
        return Memory.getLong(way + WayLayout.EXTRAS);
    }

    private static void writeChecksums(long frame, int protocol, int deltas) {
        long ipChecksum = frame + OrdinaryPacket.IP_CHECKSUM;
        Memory.putShort(ipChecksum, Checksum.apply(Memory.getShort(ipChecksum), deltas & 0xFFFF));
        if (protocol == Ipv4.PROTO_UDP) {
            long udpChecksum = frame + OrdinaryPacket.UDP_CHECKSUM;
            Memory.putShort(
                    udpChecksum, Checksum.applyUdp(Memory.getShort(udpChecksum), deltas >>> 16));
        } else {
            long tcpChecksum = frame + OrdinaryPacket.TCP_CHECKSUM;
            Memory.putShort(
                    tcpChecksum, Checksum.apply(Memory.getShort(tcpChecksum), deltas >>> 16));
        }
    }

    /**
     * Checks all further connections, moves the windows of TCP's, then touches the further ones.
     *
     * @param line of the first connection, which was checked
     * @return false when one has changed, or the packet is more than a step in its window: then it
     *     was not counted, and the slow path may move windows by it once more
     */
    private boolean passFurther(long entry, long line, long frame, int ipBytes, int nowMs) {
        int flags = Memory.getInt(entry + CacheLayout.FLAGS);
        int further = (flags & CacheLayout.CONNECTIONS_MASK) - 1;
        long second = cache.secondLine(entry);
        for (int i = 0; i < further; i++) {
            int connection = Memory.getInt(second + ((long) i << 3));
            int version = Memory.getInt(second + ((long) i << 3) + Integer.BYTES);
            if (!table.isUnchanged(connection, table.line(connection), version, nowMs)) {
                return false;
            }
        }
        if (Memory.getByte(frame + OrdinaryPacket.PROTOCOL) == Ipv4.PROTO_TCP
                && !moveWindows(entry, line, further, frame, ipBytes)) {
            return false;
        }
        for (int i = 0; i < further; i++) {
            int connection = Memory.getInt(second + ((long) i << 3));
            Tracker.touch(table.line(connection), ipBytes, nowMs);
        }
        return true;
    }

    private boolean moveWindows(long entry, long line, int further, long frame, int ipBytes) {
        int tcpBytes = ipBytes - Ipv4.MIN_HEADER_LENGTH;
        // All of the header is there: OrdinaryPacket.
        segment.read(frame + OrdinaryPacket.PORTS, tcpBytes, tcpBytes);
        int first = Memory.getInt(entry + CacheLayout.CONNECTION);
        if (!TcpWindow.pass(table, first, line, segment)) {
            return false;
        }
        long second = cache.secondLine(entry);
        for (int i = 0; i < further; i++) {
            int connection = Memory.getInt(second + ((long) i << 3));
            if (!TcpWindow.pass(table, connection, table.line(connection), segment)) {
                return false;
            }
        }
        return true;
    }

    private int way(int i) {
        long entry = Memory.pointer(Memory.getLong(slot(i) + SlotLayout.ENTRY));
        return Memory.getInt(entry + CacheLayout.WAY);
    }

    /**
     * Sets Ethernet addresses, counts and sends, for the packets from here that go the same way.
     *
     * @return the first that goes another
     */
    private int leaveTogether(int from, int end) {
        int number = way(from);
        long way = ways.address(number);
        long keepLow = Memory.getLong(way + WayLayout.KEEP_LOW);
        long setLow = Memory.getLong(way + WayLayout.SET_LOW);
        int keepHigh = Memory.getInt(way + WayLayout.KEEP_HIGH);
        int setHigh = Memory.getInt(way + WayLayout.SET_HIGH);
        int frameBytes = 0;
        int ipBytes = 0;
        int at = from;
        do {
            long slot = slot(at);
            long frame = Memory.pointer(Memory.getLong(slot + SlotLayout.FRAME));
            long mbuf = Memory.pointer(Memory.getLong(slot + SlotLayout.MBUF));
            Memory.putLong(frame, (Memory.getLong(frame) & keepLow) | setLow);
            Memory.putInt(
                    frame + Long.BYTES, (Memory.getInt(frame + Long.BYTES) & keepHigh) | setHigh);
            frameBytes += Memory.getInt(mbuf + Mbuf.PKT_LEN);
            ipBytes += Memory.getShortBe(frame + OrdinaryPacket.TOTAL_LENGTH);
            at++;
        } while (at < end && way(at) == number);
        add(way + WayLayout.PACKETS, at - from);
        add(way + WayLayout.FRAME_BYTES, frameBytes);
        add(way + WayLayout.IP_BYTES, ipBytes);
        int output = Memory.getInt(way + WayLayout.OUTPUT);
        if (output >= 0) {
            outputs.send(output, slot(from), at - from);
        } else {
            for (int i = from; i < at; i++) {
                outputs.drop(-1 - output, Memory.getLong(slot(i) + SlotLayout.MBUF));
            }
        }
        return at;
    }

    private static void add(long address, long more) {
        Memory.putLong(address, Memory.getLong(address) + more);
    }

    private void takeSlowPath(int i, int count, int port, int nowMs) {
        long slot = slot(i);
        long mbuf = Memory.getLong(slot + SlotLayout.MBUF);
        int malformed = slowPacket.parse(mbuf, port);
        if (malformed != SlowPacket.NOT_MALFORMED) {
            outputs.drop(malformed, mbuf);
            return;
        }
        boolean ordinary = Memory.getLong(slot + SlotLayout.TUPLE) != SlotLayout.NOT_ORDINARY;
        long frame = Memory.getLong(slot + SlotLayout.FRAME);
        long macsLow = ordinary ? Memory.getLong(frame) : 0;
        int macsHigh = ordinary ? Memory.getInt(frame + Long.BYTES) : 0;
        // Before the tables are asked: what changes meanwhile makes the way invalid.
        noteGenerations();
        slowPath.process(slowPacket, nowMs);
        if (ordinary && slowPath.isSteady()) {
            long entry = compile(slot, macsLow, macsHigh);
            findAgain(slot, entry, i + 1, count);
        }
        // The packet may have moved an address that later packets of the burst rest on.
        noteGenerations();
    }

    /** Looks again for entries that may be the new one, or that it was written over. */
    private void findAgain(long slot, long entry, int from, int end) {
        long first = Memory.getLong(slot + SlotLayout.FIRST);
        for (int i = from; i < end; i++) {
            long later = slot(i);
            if (Memory.getLong(later + SlotLayout.FIRST) == first
                    || Memory.getLong(later + SlotLayout.ENTRY) == entry) {
                find(i, i + 1);
            }
        }
    }

    /** Writes the cache entry for packets like this one; the packet itself has left already. */
    private long compile(long slot, long macsLow, int macsHigh) {
        int way = ways.intern(trace);
        if (way == Ways.FULL) {
            forgetWays();
            noteGenerations();
            way = ways.intern(trace);
        }
        return entryWriter.write(slot, macsLow, macsHigh, way, generation, generationOnMacs);
    }
}
