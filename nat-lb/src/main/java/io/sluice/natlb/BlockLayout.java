package io.sluice.natlb;

import io.sluice.packet.Memory;
import io.sluice.packet.TupleHash;

/**
 * How a port block lies in memory: one cache line. Numbers are in host order.
 *
 * <pre>
 *  0  8  8  client's address, upper and lower 64 bits      set once
 * 16  8  8  outside address                                set once
 * 32  8     key: zone (0-15), outside's zone (16-31),      set once
 *           first port (32-47), last port (48-63)
 * 40  4     uses: connections and mappings                 any worker, atomic
 * 44  4     when the last use ended, ms                    any worker
 * 48  4     hold, ms; the upper bit: IPv6                  set once
 * 52  4     the next of the client's bucket                under the bucket's lock
 * 60  4     version: odd while it is a block               under the bucket's lock
 * </pre>
 *
 * <p>Who only looks reads the version, the rest, and the version again.
 */
final class BlockLayout {
    static final int CLIENT = 0;
    static final int OUTSIDE = 16;
    static final int KEY = 32;
    static final int USES = 40;
    static final int IDLE_SINCE_MS = 44;
    static final int HOLD_MS = 48;

    /** Where {@link EndpointRecords} links free ones, too. */
    static final int NEXT = EndpointLayout.NEXT_INSIDE;

    static final int VERSION = 60;

    private static final int IPV6 = 1 << 31;
    private static final long ZONES = 0xFFFFFFFFL;

    private BlockLayout() {}

    static long hash(PortBlock block) {
        return TupleHash.secret(
                TupleHash.secret(block.clientHigh, block.clientLow),
                (block.ipv6 ? 1L << 32 : 0) | zones(block));
    }

    private static long zones(PortBlock block) {
        return (block.zone & 0xFFFFL) | (block.replyZone & 0xFFFFL) << 16;
    }

    /** Writes all but uses, next and version. */
    static void write(long record, PortBlock block, int holdMs) {
        EndpointLayout.putAddress(record + CLIENT, block.clientHigh, block.clientLow);
        EndpointLayout.putAddress(record + OUTSIDE, block.outsideHigh, block.outsideLow);
        Memory.putLong(
                record + KEY,
                zones(block)
                        | (block.firstPort & 0xFFFFL) << 32
                        | (block.lastPort & 0xFFFFL) << 48);
        Memory.putInt(record + HOLD_MS, holdMs | (block.ipv6 ? IPV6 : 0));
    }

    static void read(long record, PortBlock block) {
        block.ipv6 = isIpv6(record);
        long key = Memory.getLong(record + KEY);
        block.zone = (int) key & 0xFFFF;
        block.replyZone = (int) (key >>> 16) & 0xFFFF;
        block.clientHigh = Memory.getLong(record + CLIENT);
        block.clientLow = Memory.getLong(record + CLIENT + Long.BYTES);
        block.outsideHigh = Memory.getLong(record + OUTSIDE);
        block.outsideLow = Memory.getLong(record + OUTSIDE + Long.BYTES);
        block.firstPort = firstPort(key);
        block.lastPort = lastPort(key);
    }

    private static int firstPort(long key) {
        return (int) (key >>> 32) & 0xFFFF;
    }

    private static int lastPort(long key) {
        return (int) (key >>> 48);
    }

    private static boolean isIpv6(long record) {
        return Memory.getInt(record + HOLD_MS) < 0;
    }

    static int holdMs(long record) {
        return Memory.getInt(record + HOLD_MS) & ~IPV6;
    }

    /** Whether it is a block of the client, and could be one of the range. */
    static boolean fits(long record, PortBlock client, NatRange range) {
        long key = Memory.getLong(record + KEY);
        return Memory.getLong(record + CLIENT) == client.clientHigh
                && Memory.getLong(record + CLIENT + Long.BYTES) == client.clientLow
                && (key & ZONES) == zones(client)
                && isIpv6(record) == client.ipv6
                && firstPort(key) >= range.minPort()
                && lastPort(key) <= range.maxPort()
                && lastPort(key) - firstPort(key) + 1 == range.blocks().size()
                && range.holds(
                        Memory.getLong(record + OUTSIDE),
                        Memory.getLong(record + OUTSIDE + Long.BYTES));
    }
}
