package io.sluice.fastpath;

import io.sluice.packet.Checksum;
import java.util.Arrays;

/**
 * What the slow path notes while it takes a packet through the tables, to compile the way from.
 * Used by the worker's thread; reused for every packet.
 */
final class Trace {
    private static final int MAX_STEPS = 64;
    private static final int MAX_ZONES = 8;
    private static final long LOW_48 = 0xFFFFFFFFFFFFL;

    // The connections that the way rests on, with the versions that it saw.
    final int[] connections = new int[CacheLayout.MAX_CONNECTIONS];
    final int[] versions = new int[CacheLayout.MAX_CONNECTIONS];
    int connectionCount;
    boolean onLearnedMacs;

    // Of IPv6: source and destination as the packet came, as the flow key has them.
    final long[] wide = new long[FlowKey.WIDE_WORDS];
    boolean ipv6;

    // What the way does to the Ethernet addresses, and where it ends: as WayLayout has them.
    long keepLow;
    long setLow;
    int keepHigh;
    int setHigh;
    int output;
    long extras;
    // What the changes of TOS and TTL add to the complement of the IPv4 checksum.
    int extrasDelta;

    private final Counters[] counters = new Counters[MAX_STEPS];
    private int counterCount;
    // What was counted and not added yet: most packets pass the same flows as those before them.
    private final Counters[] pending = new Counters[MAX_STEPS];
    private final long[] pendingPackets = new long[MAX_STEPS];
    private final long[] pendingBytes = new long[MAX_STEPS];
    private int pendingCount;
    private final int[] zones = new int[MAX_ZONES];
    private int zoneCount;
    private boolean cacheable;
    private long ethDst;
    private long ethSrc;
    private int frameBytes;
    private int tos;
    private int ttl;
    private int tcpFlags;
    private int exact;
    private int decrements;
    private final boolean dry;

    Trace() {
        this(false);
    }

    private Trace(boolean dry) {
        this.dry = dry;
    }

    /** Of a path that only looks: neither its flows nor anything else shall notice the packet. */
    static Trace dry() {
        return new Trace(true);
    }

    boolean isDry() {
        return dry;
    }

    void begin(SlowPacket packet) {
        counterCount = 0;
        zoneCount = 0;
        connectionCount = 0;
        onLearnedMacs = false;
        cacheable = true;
        ethDst = FlowKey.ethDst(packet.key);
        ethSrc = FlowKey.ethSrc(packet.key);
        frameBytes = packet.frameBytes;
        tos = FlowKey.tos(packet.key);
        ttl = FlowKey.ttl(packet.key);
        tcpFlags = (int) Field.TCP_FLAGS.get(packet.key);
        exact = 0;
        decrements = 0;
        ipv6 = packet.isIpv6();
        if (ipv6) {
            System.arraycopy(packet.key, FlowKey.WIDE, wide, 0, FlowKey.WIDE_WORDS);
        }
    }

    /**
     * The packet has gone its way.
     *
     * @param left the port or, below 0, minus one minus the ordinal of a DropReason
     */
    void end(SlowPacket packet, int left) {
        output = left;
        keepLow = -1;
        setLow = 0;
        keepHigh = -1;
        setHigh = 0;
        long newDst = FlowKey.ethDst(packet.key);
        if (newDst != ethDst) {
            setEthDst(newDst);
        }
        long newSrc = FlowKey.ethSrc(packet.key);
        if (newSrc != ethSrc) {
            setEthSrc(newSrc);
        }
        noteExtras(packet);
        count();
    }

    private void noteExtras(SlowPacket packet) {
        cacheable &= !ipv6 || (exact & WayLayout.EXACT_LABEL) == 0;
        exact &= ~WayLayout.EXACT_LABEL;
        int newTos = FlowKey.tos(packet.key);
        int ttlLess = ttl - FlowKey.ttl(packet.key);
        if (newTos != tos) {
            exact |= WayLayout.EXACT_TOS;
        }
        if (ttlLess != decrements) {
            exact |= WayLayout.EXACT_TTL;
        }
        if (exact == 0 && ttlLess == 0) {
            extras = WayExtras.NONE;
            extrasDelta = 0;
            return;
        }
        boolean exactTtl = (exact & WayLayout.EXACT_TTL) != 0;
        extras =
                WayExtras.of(
                        exact, tos, exactTtl ? ttl : decrements + 1, newTos, tcpFlags, ttlLess);
        // Words as they are loaded: TTL and protocol; version, header length and TOS.
        extrasDelta =
                Checksum.addDeltas(
                        Checksum.delta(ttl, ttl - ttlLess), Checksum.delta(tos << 8, newTos << 8));
    }

    /** Frame bytes 0-5, as they are loaded. */
    private void setEthDst(long mac) {
        keepLow &= ~LOW_48;
        setLow = (setLow & ~LOW_48) | loaded(mac);
    }

    /** Frame bytes 6-11: the upper two bytes of the first eight, and the next four. */
    private void setEthSrc(long mac) {
        long bytes = loaded(mac);
        keepLow &= LOW_48;
        setLow = (setLow & LOW_48) | (bytes << 48);
        keepHigh = 0;
        setHigh = (int) (bytes >>> 16);
    }

    private static long loaded(long mac) {
        return Long.reverseBytes(mac) >>> 16;
    }

    boolean isCacheable() {
        return cacheable;
    }

    /** The way depends on something that a cache entry cannot hold. */
    void notCacheable() {
        cacheable = false;
    }

    /**
     * The way depends on this field's value, or sets it whatever it was. Most fields are the same
     * for all packets of a cache entry.
     */
    void reads(Field field) {
        switch (field) {
            case NW_TOS -> exact |= WayLayout.EXACT_TOS;
            case NW_TTL -> exact |= WayLayout.EXACT_TTL;
            case TCP_FLAGS -> exact |= WayLayout.EXACT_TCP_FLAGS;
            case IPV6_LABEL -> exact |= WayLayout.EXACT_LABEL;
            default -> {}
        }
    }

    /** The way depends on the fields that these bits of WayLayout stand for. */
    void reads(int exactBits) {
        exact |= exactBits;
    }

    /** The packet's TTL was found to be above 1, and became one less. */
    void decrementsTtl() {
        decrements++;
    }

    void pass(Counters passed) {
        if (dry) {
            return;
        }
        if (counterCount == MAX_STEPS) {
            cacheable = false;
            passed.add(1, frameBytes);
        } else {
            counters[counterCount++] = passed;
        }
    }

    void trackedIn(int zone) {
        if (zoneCount == MAX_ZONES) {
            cacheable = false;
        } else {
            zones[zoneCount++] = zone;
        }
    }

    /** The way counts in the connection, once for each call, and rests on the line's version. */
    void touches(int connection, int version) {
        restsOn(connection, version);
        if (connectionCount == connections.length) {
            cacheable = false;
        } else {
            connections[connectionCount] = connection;
            versions[connectionCount++] = version;
        }
    }

    /** The way rests on this version of the line of a connection that it touches. */
    private void restsOn(int connection, int version) {
        for (int i = 0; i < connectionCount; i++) {
            if (connections[i] == connection) {
                versions[i] = version;
            }
        }
    }

    int hash() {
        long hash = output;
        for (int i = 0; i < counterCount; i++) {
            hash = (hash ^ System.identityHashCode(counters[i])) * 0x9E3779B97F4A7C15L;
        }
        hash = (hash ^ setLow ^ (long) setHigh << 20 ^ zoneCount) * 0x9E3779B97F4A7C15L;
        return (int) (hash >>> 32);
    }

    boolean passed(Counters[] otherCounters, int[] otherZones) {
        if (otherCounters.length != counterCount) {
            return false;
        }
        for (int i = 0; i < counterCount; i++) {
            if (counters[i] != otherCounters[i]) {
                return false;
            }
        }
        return Arrays.equals(otherZones, 0, otherZones.length, zones, 0, zoneCount);
    }

    /** Counts a packet of the slow path in everything it passed. */
    private void count() {
        for (int i = 0; i < counterCount; i++) {
            if (pending[i] != counters[i]) {
                addPending(i);
                pending[i] = counters[i];
            }
            pendingPackets[i]++;
            pendingBytes[i] += frameBytes;
        }
        pendingCount = Math.max(pendingCount, counterCount);
    }

    /** Adds what was counted to the flows' counters. */
    void fold() {
        for (int i = 0; i < pendingCount; i++) {
            addPending(i);
        }
        pendingCount = 0;
    }

    private void addPending(int i) {
        if (pendingPackets[i] != 0) {
            pending[i].add(pendingPackets[i], pendingBytes[i]);
            pendingPackets[i] = 0;
            pendingBytes[i] = 0;
        }
    }

    Counters[] copyOfCounters() {
        return Arrays.copyOf(counters, counterCount);
    }

    int[] copyOfZones() {
        return Arrays.copyOf(zones, zoneCount);
    }
}
