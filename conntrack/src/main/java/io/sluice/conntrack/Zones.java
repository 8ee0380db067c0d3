package io.sluice.conntrack;

import io.sluice.packet.Ipv4;
import io.sluice.packet.Memory;
import io.sluice.packet.MemorySource;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * What belongs to a zone and not to a connection: its epoch, counters, limit and timeouts.
 *
 * <p>Epochs lie next to each other, so that the few zones in use stay in the first-level cache: a
 * cached way reads one for every packet. The rest has a cache line for each zone.
 */
public final class Zones {
    public static final int COUNT = 1 << 16;

    /** A zone's counters: what connections change, and what refusals do. */
    static final int LINE_BYTES = 128;

    // The zone's epoch in the high half, its live connections in the low: they change together.
    private static final int LIVE = 0;
    private static final int CREATED = 8;
    private static final int CLOSED = 16;
    private static final int PACKETS = 24;
    private static final int BYTES = 32;
    private static final int LIMIT = 40;
    // 0: as the default says. Else TCP_SET and what is on.
    private static final int TCP = 44;
    private static final int TCP_LIBERAL = 1;
    private static final int TCP_LOOSE = 2;
    private static final int TCP_SET = 4;
    // Connections that have one of their directions in this zone, and the other in another.
    private static final int SPLIT = 48;
    private static final int EVICTED = 64;
    // One for each Refusal.
    private static final int REFUSED = 72;

    /** Why a connection was not made. */
    public enum Refusal {
        ZONE_LIMIT,
        TABLE_FULL,
        BUCKET_FULL,
        /** No free address and port, or the reply's tuple belongs to another connection. */
        NAT;

        private static final Refusal[] ALL = values();

        /** Of a negative answer of {@link Tracker#commit}, or of a search for a translation. */
        public static Refusal of(int failure) {
            return switch (failure) {
                case ConnTable.ZONE_LIMIT -> ZONE_LIMIT;
                case ConnTable.TABLE_FULL -> TABLE_FULL;
                case ConnTable.BUCKET_FULL -> BUCKET_FULL;
                default -> NAT;
            };
        }
    }

    /**
     * A zone's counters since start; live is how many connections it holds now.
     *
     * @param evicted of those that closed, how many gave way to others in a full table
     * @param refusals connections that were not made, for each {@link Refusal} in its order
     * @param packets that were tracked in the zone
     * @param bytes of those packets, IP header included
     */
    public record Stats(
            int zone,
            long live,
            long created,
            long closed,
            long evicted,
            List<Long> refusals,
            long packets,
            long bytes) {
        /** Connections that were not made, for any reason. */
        public long refused() {
            return refusals.stream().mapToLong(Long::longValue).sum();
        }

        public long refused(Refusal why) {
            return refusals.get(why.ordinal());
        }
    }

    private final long epochs;
    private final long lines;
    private final AtomicReferenceArray<Timeouts> timeouts = new AtomicReferenceArray<>(COUNT);
    private volatile Timeouts defaultTimeouts = Timeouts.DEFAULT;
    private volatile int defaultLimit;
    private volatile TcpChecks defaultTcpChecks = TcpChecks.DEFAULT;

    Zones(MemorySource memory) {
        epochs = memory.allocate((long) COUNT * Integer.BYTES);
        lines = memory.allocate((long) COUNT * LINE_BYTES);
    }

    private long line(int zone) {
        return Memory.pointer(lines + (long) zone * LINE_BYTES);
    }

    /** Where the zone's epoch lies: the packet path compares it with the connection's. */
    public long epochAddress(int zone) {
        return Memory.pointer(epochs + (long) zone * Integer.BYTES);
    }

    int epoch(int zone) {
        return Memory.getInt(epochAddress(zone));
    }

    /**
     * Begins the next epoch: every connection with a direction in the zone is dead, and none is
     * counted.
     *
     * @return how many there were
     */
    long flush(int zone) {
        long address = line(zone) + LIVE;
        long word;
        do {
            word = Memory.getLongAcquire(address);
        } while (!Memory.compareAndSetLong(address, word, ((word >>> 32) + 1) << 32));
        Memory.getAndAddInt(epochAddress(zone), 1);
        long live = word & 0xFFFFFFFFL;
        Memory.getAndAddLong(line(zone) + CLOSED, live);
        return live;
    }

    /** {@link #flush} of every zone that has a connection. */
    long flushAll() {
        long flushed = 0;
        for (int zone = 0; zone < COUNT; zone++) {
            if (Memory.getIntOpaque(line(zone) + LIVE) != 0) {
                flushed += flush(zone);
            }
        }
        return flushed;
    }

    /**
     * Takes one of the zone's places.
     *
     * @return the zone's epoch as an unsigned number, or -1 when its limit is reached
     */
    long take(int zone) {
        long address = line(zone) + LIVE;
        int limit = limit(zone);
        long word;
        do {
            word = Memory.getLongAcquire(address);
            if (limit != 0 && (int) word >= limit) {
                return -1;
            }
        } while (!Memory.compareAndSetLong(address, word, word + 1));
        return word >>> 32;
    }

    /** What holds in the zone; 0: no limit. Any thread. */
    public int limit(int zone) {
        int own = Memory.getIntOpaque(line(zone) + LIMIT);
        return own == 0 ? defaultLimit : own - 1;
    }

    /** Whether {@link #take} would find so many places now. */
    boolean hasRoomFor(int zone, int connections) {
        int limit = limit(zone);
        return limit == 0 || Memory.getIntOpaque(line(zone) + LIVE) + connections <= limit;
    }

    /**
     * Gives a place back.
     *
     * @return false when the epoch is over: the place went with its zone's flush
     */
    boolean giveBack(int zone, int epoch) {
        long address = line(zone) + LIVE;
        long word;
        do {
            word = Memory.getLongAcquire(address);
            if ((int) (word >>> 32) != epoch) {
                return false;
            }
        } while (!Memory.compareAndSetLong(address, word, word - 1));
        return true;
    }

    /** Gives a place back that no connection was made in. */
    void giveBackUnused(int zone, int epoch) {
        if (!giveBack(zone, epoch)) {
            // The flush took it for a connection and counted that as closed.
            Memory.getAndAddLong(line(zone) + CLOSED, -1);
        }
    }

    /**
     * Notes a connection's zones before it can be found.
     *
     * @param epoch of its original direction's zone
     * @return the epoch of its reply direction's zone
     */
    int join(int zone, int epoch, int replyZone) {
        if (zone == replyZone) {
            return epoch;
        }
        Memory.getAndAddInt(line(zone) + SPLIT, 1);
        // Before the epoch: a flush either ends this connection by it, or finds it noted.
        Memory.getAndAddInt(line(replyZone) + SPLIT, 1);
        return epoch(replyZone);
    }

    /** A connection that {@link #join joined} is gone. */
    void leave(int zone, int replyZone) {
        if (zone != replyZone) {
            Memory.getAndAddInt(line(zone) + SPLIT, -1);
            Memory.getAndAddInt(line(replyZone) + SPLIT, -1);
        }
    }

    /** Whether there are connections with one direction in this zone and the other in another. */
    boolean hasSplit(int zone) {
        return Memory.getIntOpaque(line(zone) + SPLIT) != 0;
    }

    /** Whether any zone {@link #hasSplit has such}. */
    boolean hasSplit() {
        for (int zone = 0; zone < COUNT; zone++) {
            if (hasSplit(zone)) {
                return true;
            }
        }
        return false;
    }

    void countCreated(int zone) {
        Memory.getAndAddLong(line(zone) + CREATED, 1);
    }

    void countClosed(int zone, int epoch) {
        if (giveBack(zone, epoch)) {
            Memory.getAndAddLong(line(zone) + CLOSED, 1);
        }
    }

    /** Any worker, when it refuses a connection. */
    public void countRefused(int zone, Refusal why) {
        Memory.getAndAddLong(refused(zone, why), 1);
    }

    private long refused(int zone, Refusal why) {
        return line(zone) + REFUSED + why.ordinal() * (long) Long.BYTES;
    }

    void countEvicted(int zone) {
        Memory.getAndAddLong(line(zone) + EVICTED, 1);
    }

    /** Any worker, for packets that passed {@code ct()} in the zone. */
    public void countPackets(int zone, long packets, long bytes) {
        Memory.getAndAddLong(line(zone) + PACKETS, packets);
        Memory.getAndAddLong(line(zone) + BYTES, bytes);
    }

    /** 0: no limit. Connections over it stay until {@link LoweredLimits#enforce}. Any thread. */
    public void setDefaultLimit(int limit) {
        defaultLimit = limit;
    }

    /** The same of one zone; 0: no limit, whatever the default is. Any thread. */
    public void setLimit(int zone, int limit) {
        // Stored plus one: a page that nobody wrote means "as the default says".
        Memory.setIntOpaque(line(zone) + LIMIT, limit + 1);
    }

    /** As the default says, as if it had never been set. Any thread. */
    public void clearLimit(int zone) {
        Memory.setIntOpaque(line(zone) + LIMIT, 0);
    }

    public int defaultLimit() {
        return defaultLimit;
    }

    /** The zone's own limit; empty when it has the default. Any thread. */
    public OptionalInt ownLimit(int zone) {
        int own = Memory.getIntOpaque(line(zone) + LIMIT);
        return own == 0 ? OptionalInt.empty() : OptionalInt.of(own - 1);
    }

    /** Connections that hold a place of the zone. Any thread. */
    public long live(int zone) {
        return Memory.getLongOpaque(line(zone) + LIVE) & 0xFFFFFFFFL;
    }

    /**
     * For zones that have no checks of their own; at once for all their connections. Any thread.
     */
    public void setDefaultTcpChecks(TcpChecks checks) {
        defaultTcpChecks = checks;
    }

    public TcpChecks defaultTcpChecks() {
        return defaultTcpChecks;
    }

    /** At once for all connections of the zone. Any thread. */
    public void setTcpChecks(int zone, TcpChecks checks) {
        int bits =
                TCP_SET | (checks.liberal() ? TCP_LIBERAL : 0) | (checks.loose() ? TCP_LOOSE : 0);
        Memory.setIntOpaque(line(zone) + TCP, bits);
    }

    boolean isTcpLiberal(int zone) {
        int own = Memory.getIntOpaque(line(zone) + TCP);
        return own == 0 ? defaultTcpChecks.liberal() : (own & TCP_LIBERAL) != 0;
    }

    boolean isTcpLoose(int zone) {
        int own = Memory.getIntOpaque(line(zone) + TCP);
        return own == 0 ? defaultTcpChecks.loose() : (own & TCP_LOOSE) != 0;
    }

    /** Counts for connections that exist, too. Any thread. */
    public void setDefaultTimeouts(Timeouts chosen) {
        defaultTimeouts = chosen;
    }

    /**
     * Counts for connections that exist, too. Any thread.
     *
     * @param chosen null: as the default says
     */
    public void setTimeouts(int zone, Timeouts chosen) {
        timeouts.set(zone, chosen);
    }

    /**
     * How long a mapping of a translation outlives its last connection: as long as a connection of
     * UDP that was answered, or one of TCP that both sides have closed.
     */
    public int mappingTimeoutMs(int zone, int protocol) {
        boolean tcp = protocol == Ipv4.PROTO_TCP;
        Timeouts.Kind kind = tcp ? Timeouts.Kind.TCP_TIME_WAIT : Timeouts.Kind.UDP_REPLIED;
        return timeouts(zone).milliseconds(kind.ordinal());
    }

    Timeouts timeouts(int zone) {
        Timeouts own = timeouts.get(zone);
        return own == null ? defaultTimeouts : own;
    }

    /** Any thread. */
    public Stats stats(int zone) {
        long line = line(zone);
        return new Stats(
                zone,
                live(zone),
                Memory.getLongOpaque(line + CREATED),
                Memory.getLongOpaque(line + CLOSED),
                Memory.getLongOpaque(line + EVICTED),
                Arrays.stream(Refusal.ALL)
                        .map(why -> Memory.getLongOpaque(refused(zone, why)))
                        .toList(),
                Memory.getLongOpaque(line + PACKETS),
                Memory.getLongOpaque(line + BYTES));
    }
}
