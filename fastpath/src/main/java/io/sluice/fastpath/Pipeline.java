package io.sluice.fastpath;

import io.sluice.conntrack.ConnOwner;
import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.Tracker;
import io.sluice.dpdk.Mbuf;
import io.sluice.dpdk.Mempool;
import io.sluice.dpdk.Prefetch;
import io.sluice.packet.Ethernet;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Memory;
import io.sluice.packet.MemorySource;
import io.sluice.packet.OrdinaryIpv6;
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
    private final CachedWays cachedWays;
    private final Outputs outputs;
    private final ConnOwner owner;
    private final ConnectionSteps steps;
    private final Foresight foresight;
    private final SlowPath slowPath;
    private final Fragments fragments;
    private final SlowPacket slowPacket = new SlowPacket();
    private final Trace trace = new Trace();
    private final EntryWriter entryWriter;
    private final MacTable macs;
    private final Mempool pool;
    private final boolean cacheEnabled;
    private final boolean verifyAll;

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
            Translations translations,
            ConnOwner owner,
            MacTable macs,
            Outputs outputs,
            Upcalls upcalls) {
        MemorySource memory = settings.memory();
        this.table = table;
        this.owner = owner;
        this.macs = macs;
        pool = settings.pool();
        this.outputs = outputs;
        cacheEnabled = settings.flowCacheEnabled();
        cache = new FlowCache(settings.flowCacheEntries(), table, memory);
        entryWriter = new EntryWriter(cache, trace, slowPacket);
        ways = new Ways(table.zones(), memory);
        cachedWays = new CachedWays(table, cache, ways, outputs);
        slots = memory.allocate((long) BURST << SlotLayout.SHIFT);
        verifyAll = settings.verify() == Checksums.Verify.ALL;
        steps =
                new ConnectionSteps(
                        new Tracker(table, owner),
                        table.zones(),
                        translations,
                        trace,
                        settings.verify());
        foresight = new Foresight(table, steps.translator(), memory);
        slowPath = new SlowPath(outputs, macs, settings, trace, steps, upcalls);
        FragmentProbe probe = new FragmentProbe(settings, table, translations, macs);
        fragments = new Fragments(settings, table, probe, slowPath, outputs);
    }

    void adopt(Snapshot snapshot) {
        slowPath.adopt(snapshot);
        fragments.adopt(snapshot);
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

    /** Drops fragments that have waited too long; about every millisecond. */
    void expireFragments(int nowMs) {
        fragments.expire(nowMs);
    }

    /** Drops all fragments that wait. */
    void giveUpFragments() {
        fragments.giveUp();
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
                boolean wide = !parse(mbufList, from, end, port) && parseIpv6(from, end, port);
                if (!cacheEnabled) {
                    skipCache(from, end);
                } else if (verifyAll) {
                    skipCorrupt(from, end);
                }
                prefetch(SlotLayout.FIRST, from, end);
                if (wide) {
                    prefetch(SlotLayout.SECOND_LINE, from, end);
                }
            }
            int found = Math.min(count, from);
            if (from - CHUNK >= 0 && from - CHUNK < count) {
                find(from - CHUNK, found);
                prefetch(SlotLayout.LINE, from - CHUNK, found);
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
            int valid = cachedWays.take(slots, at, end, generation, generationOnMacs, nowMs);
            hits += valid - at;
            while (at < valid) {
                at = cachedWays.leave(slots, at, valid);
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

    /** Has packets with wrong checksums take the slow path, which knows what to do with them. */
    private void skipCorrupt(int from, int end) {
        for (int i = from; i < end; i++) {
            long slot = slot(i);
            long tuple = Memory.getLong(slot + SlotLayout.TUPLE);
            if (tuple != SlotLayout.NOT_ORDINARY && !hasRightChecksums(slot, tuple)) {
                Memory.putLong(slot + SlotLayout.TUPLE, SlotLayout.NOT_ORDINARY);
            }
        }
    }

    private static boolean hasRightChecksums(long slot, long tuple) {
        long mbuf = Memory.getLong(slot + SlotLayout.MBUF);
        long frame = Memory.getLong(slot + SlotLayout.FRAME);
        boolean ipv4 = !TupleKey.isIpv6(tuple);
        int l4Bytes =
                ipv4
                        ? Memory.getShortBe(frame + OrdinaryPacket.TOTAL_LENGTH)
                                - Ipv4.MIN_HEADER_LENGTH
                        : Memory.getShortBe(frame + OrdinaryIpv6.PAYLOAD_LENGTH);
        return Checksums.areRight(
                mbuf,
                frame,
                frame + Ethernet.HEADER_LENGTH,
                ipv4,
                TupleKey.protocol(tuple),
                frame + (ipv4 ? OrdinaryPacket.PORTS : OrdinaryIpv6.PORTS),
                l4Bytes);
    }

    private void noteGenerations() {
        generationOnMacs = generation + macs.generation() + learnTick;
    }

    /** Finds the ordinary packets of IPv4; whether all are. */
    private boolean parse(long mbufList, int from, int end, int port) {
        boolean all = true;
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
                all = false;
            }
        }
        return all;
    }

    /**
     * Finds those of IPv6 among the others; whether there are any. In a loop of its own: a call in
     * the other one would take the registers of the values that all packets need.
     */
    private boolean parseIpv6(int from, int end, int port) {
        boolean any = false;
        for (int i = from; i < end; i++) {
            long slot = slot(i);
            if (Memory.getLong(slot + SlotLayout.TUPLE) == SlotLayout.NOT_ORDINARY) {
                any |= parseIpv6(slot, port);
            }
        }
        return any;
    }

    private boolean parseIpv6(long slot, int port) {
        long mbuf = Memory.pointer(Memory.getLong(slot + SlotLayout.MBUF));
        long frame = Memory.pointer(Memory.getLong(slot + SlotLayout.FRAME));
        int protocol =
                OrdinaryIpv6.protocol(
                        frame,
                        Memory.getShort(mbuf + Mbuf.DATA_LEN),
                        Memory.getInt(mbuf + Mbuf.PKT_LEN));
        if (protocol == 0) {
            return false;
        }
        long at = frame + OrdinaryIpv6.ADDRESSES;
        long pair =
                TupleHash.wide(
                        Memory.getLongBe(at),
                        Memory.getLongBe(at + Long.BYTES),
                        Memory.getLongBe(at + 2 * Long.BYTES),
                        Memory.getLongBe(at + 3 * Long.BYTES));
        int ports = Memory.getInt(frame + OrdinaryIpv6.PORTS);
        long tuple = TupleKey.ofIpv6(TupleKey.portsAndScope(ports, port, protocol));
        long first = cache.first(TupleHash.secret(pair, tuple));
        Memory.putLong(slot + SlotLayout.ADDRESSES, pair);
        Memory.putLong(slot + SlotLayout.TUPLE, tuple);
        Memory.putLong(slot + SlotLayout.FIRST, first);
        Memory.putLong(slot + SlotLayout.SECOND_LINE, cache.wideLine(first));
        return true;
    }

    /** Finds the entries, and where their connections lie. */
    private void find(int from, int end) {
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
                guessLines(slot, tuple);
            }
            Memory.putLong(slot + SlotLayout.ENTRY, entry);
        }
    }

    /**
     * Finds where the index would have the packet's connection, if {@code ct()} looks in the same
     * zone as for the packet before. Only what is prefetched depends on it.
     */
    private void guessLines(long slot, long tuple) {
        long first = slot;
        long second = slot;
        if (tuple != SlotLayout.NOT_ORDINARY) {
            long portsAndZone = TupleKey.withScope(tuple, steps.lastZone());
            long addresses = Memory.getLong(slot + SlotLayout.ADDRESSES);
            long hash = TupleHash.secret(addresses, portsAndZone);
            first = table.firstBucket(hash);
            second = table.secondBucket(hash);
        }
        Memory.putLong(slot + SlotLayout.LINE, first);
        Memory.putLong(slot + SlotLayout.SECOND_LINE, second);
    }

    private void takeSlowPath(int i, int count, int port, int nowMs) {
        long slot = slot(i);
        long mbuf = Memory.getLong(slot + SlotLayout.MBUF);
        int malformed = slowPacket.parse(mbuf, port);
        if (malformed != SlowPacket.NOT_MALFORMED) {
            outputs.drop(malformed, mbuf);
            return;
        }
        if (slowPacket.headers.fragment && fragments.take(slowPacket, nowMs)) {
            noteGenerations();
            return;
        }
        if (i + 1 < count) {
            foresee(slot(i + 1));
        }
        boolean ordinary = Memory.getLong(slot + SlotLayout.TUPLE) != SlotLayout.NOT_ORDINARY;
        long frame = Memory.getLong(slot + SlotLayout.FRAME);
        long macsLow = ordinary ? Memory.getLong(frame) : 0;
        int macsHigh = ordinary ? Memory.getInt(frame + Long.BYTES) : 0;
        // Before the tables are asked: what changes meanwhile makes the way invalid.
        noteGenerations();
        slowPath.process(slowPacket, nowMs);
        owner.keepPace(nowMs);
        if (ordinary && slowPath.isSteady()) {
            long entry = compile(slot, macsLow, macsHigh);
            findAgain(slot, entry, i + 1, count);
        }
        // The packet may have moved an address that later packets of the burst rest on.
        noteGenerations();
    }

    /** Asks for what the next packet needs, if it takes the slow path too. */
    private void foresee(long slot) {
        if (Memory.getLong(slot + SlotLayout.ENTRY) == FlowCache.MISS
                && Memory.getLong(slot + SlotLayout.TUPLE) != SlotLayout.NOT_ORDINARY) {
            foresight.ask(slot, steps.lastZone());
        }
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
