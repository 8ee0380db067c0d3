package io.sluice.natlb;

import io.sluice.packet.Memory;
import io.sluice.packet.TupleHash;

/**
 * How a mapping lies in memory: one cache line. A <em>permission</em>, the address of a peer that
 * may send to a mapping, has the same shape. Numbers are in host order.
 *
 * <pre>
 *           mapping                                       permission
 *  0  8  8  inside address, upper and lower 64 bits       the peer's address
 * 16  8  8  outside address                               -
 * 32  8     key: inside port (0-15), outside port (16-31), the mapping's number
 *           zone (32-47), protocol (48-55), IPv6 (56)
 * 40  4     its zone's epoch when it was made             the same
 * 44  4     uses: connections and permissions; UNLINKED   connections
 * 48  4     when its last use ended, ms                   -
 * 52  4     the next in the bucket of its inside          of the mapping and address
 * 56  4     the next in the bucket of its outside         -
 * 60  4     Filtering's ordinal                           PERMISSION
 * </pre>
 */
final class EndpointLayout {
    static final int BYTES_SHIFT = 6;
    static final int INSIDE = 0;
    static final int OUTSIDE = 16;
    static final int KEY = 32;
    static final int EPOCH = 40;
    static final int USES = 44;
    static final int IDLE_SINCE_MS = 48;
    static final int NEXT_INSIDE = 52;
    static final int NEXT_OUTSIDE = 56;
    static final int KIND = 60;

    /** The kind that is no filtering's ordinal. */
    static final int PERMISSION = 16;

    /** In the uses: found by nobody any more, and free when there are none. */
    static final int UNLINKED = 1 << 31;

    private static final long SCOPE = 0x1FFFFFFL << 32;
    private static final long INSIDE_KEY = SCOPE | 0xFFFF;
    private static final long OUTSIDE_KEY = SCOPE | 0xFFFF0000L;

    private static final NatRange.Filtering[] FILTERINGS = NatRange.Filtering.values();

    private EndpointLayout() {}

    static long key(EndpointMapping mapping) {
        return (mapping.insidePort & 0xFFFFL)
                | (mapping.outsidePort & 0xFFFFL) << 16
                | (mapping.zone & 0xFFFFL) << 32
                | (mapping.protocol & 0xFFL) << 48
                | (mapping.ipv6 ? 1L << 56 : 0);
    }

    static int zone(long key) {
        return (int) (key >>> 32) & 0xFFFF;
    }

    static int protocol(long key) {
        return (int) (key >>> 48) & 0xFF;
    }

    static boolean isIpv6(long key) {
        return (key >>> 56) != 0;
    }

    static int insidePort(long key) {
        return (int) key & 0xFFFF;
    }

    static int outsidePort(long key) {
        return (int) (key >>> 16) & 0xFFFF;
    }

    static long insideHash(long high, long low, long key) {
        return TupleHash.secret(TupleHash.secret(high, low), key & INSIDE_KEY);
    }

    static long outsideHash(long high, long low, long key) {
        return TupleHash.secret(TupleHash.secret(high, low), key & OUTSIDE_KEY);
    }

    static long permissionHash(int mapping, long high, long low) {
        return TupleHash.secret(TupleHash.secret(high, low), mapping);
    }

    static boolean isInside(long record, long high, long low, long key) {
        return ((Memory.getLong(record + KEY) ^ key) & INSIDE_KEY) == 0
                && isAddress(record + INSIDE, high, low);
    }

    static boolean isOutside(long record, long high, long low, long key) {
        return ((Memory.getLong(record + KEY) ^ key) & OUTSIDE_KEY) == 0
                && isAddress(record + OUTSIDE, high, low);
    }

    static boolean isPermission(long record, int mapping, long high, long low) {
        return Memory.getLong(record + KEY) == mapping && isAddress(record + INSIDE, high, low);
    }

    private static boolean isAddress(long at, long high, long low) {
        return Memory.getLong(at) == high && Memory.getLong(at + Long.BYTES) == low;
    }

    static void putAddress(long at, long high, long low) {
        Memory.putLong(at, high);
        Memory.putLong(at + Long.BYTES, low);
    }

    static void readInside(long record, EndpointMapping mapping) {
        mapping.insideHigh = Memory.getLong(record + INSIDE);
        mapping.insideLow = Memory.getLong(record + INSIDE + Long.BYTES);
        mapping.insidePort = insidePort(Memory.getLong(record + KEY));
    }

    /** And who may send to it. */
    static void readOutside(long record, EndpointMapping mapping) {
        mapping.outsideHigh = Memory.getLong(record + OUTSIDE);
        mapping.outsideLow = Memory.getLong(record + OUTSIDE + Long.BYTES);
        mapping.outsidePort = outsidePort(Memory.getLong(record + KEY));
        // It may be a permission by now for who only looks.
        mapping.filtering = FILTERINGS[Memory.getInt(record + KIND) % FILTERINGS.length];
    }

    /** All of a mapping. */
    static void read(long record, EndpointMapping mapping) {
        long key = Memory.getLong(record + KEY);
        mapping.ipv6 = isIpv6(key);
        mapping.zone = zone(key);
        mapping.protocol = protocol(key);
        readInside(record, mapping);
        readOutside(record, mapping);
    }

    /** Whether the record has what was read from it. */
    static boolean has(long record, EndpointMapping mapping) {
        long key = key(mapping);
        return isInside(record, mapping.insideHigh, mapping.insideLow, key)
                && isOutside(record, mapping.outsideHigh, mapping.outsideLow, key);
    }
}
