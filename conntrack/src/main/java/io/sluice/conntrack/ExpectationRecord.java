package io.sluice.conntrack;

import static io.sluice.conntrack.ExpectationLayout.WAITING;

import io.sluice.packet.Memory;

/**
 * One expectation as {@link ExpectationLayout} draws it: its number, and what it is for. An
 * expectation's number is its place and that place's generation. Stateless; any thread.
 */
final class ExpectationRecord {
    private ExpectationRecord() {}

    static boolean isWaiting(long address) {
        return (Memory.getIntAcquire(address) & ExpectationLayout.STATE) == WAITING;
    }

    /** Whether a packet with this key is one that the expectation is for. */
    static boolean isFor(long address, Expected packet) {
        int flags = Memory.getInt(address + ExpectationLayout.FLAGS);
        int port = Memory.getInt(address + ExpectationLayout.SRC_PORT);
        return isOfDestination(address, flags, packet)
                && (port == NewExpectation.ANY_PORT || port == packet.srcPort)
                && ((flags & ExpectationLayout.ANY_SOURCE) != 0 || hasSource(address, packet));
    }

    private static boolean isOfDestination(long address, int flags, Expected packet) {
        return Memory.getInt(address + ExpectationLayout.DST_PORT) == packet.dstPort
                && Memory.getInt(address + ExpectationLayout.ZONE) == packet.zone
                && (flags & ExpectationLayout.PROTOCOL) == packet.protocol
                && ((flags & ExpectationLayout.IPV6) != 0) == packet.ipv6
                && Memory.getLong(address + ExpectationLayout.DST) == packet.dstHigh
                && Memory.getLong(address + ExpectationLayout.DST + Long.BYTES) == packet.dstLow;
    }

    private static boolean hasSource(long address, Expected packet) {
        return Memory.getLong(address + ExpectationLayout.SRC) == packet.srcHigh
                && Memory.getLong(address + ExpectationLayout.SRC + Long.BYTES) == packet.srcLow;
    }

    /** Whether some packet would be for both. */
    static boolean intersects(long address, Expected other, boolean anySource) {
        int flags = Memory.getInt(address + ExpectationLayout.FLAGS);
        int port = Memory.getInt(address + ExpectationLayout.SRC_PORT);
        return isOfDestination(address, flags, other)
                && (port == other.srcPort
                        || port == NewExpectation.ANY_PORT
                        || other.srcPort == NewExpectation.ANY_PORT)
                && (anySource
                        || (flags & ExpectationLayout.ANY_SOURCE) != 0
                        || hasSource(address, other));
    }

    static void describeMaster(long address, Master master) {
        master.reference = Memory.getInt(address + ExpectationLayout.MASTER) & ~1;
        master.generation = Memory.getInt(address + ExpectationLayout.MASTER_GENERATION);
        master.tied =
                (Memory.getInt(address + ExpectationLayout.FLAGS) & ExpectationLayout.TIED) != 0;
        master.addresses = Memory.getLong(address + ExpectationLayout.MASTER_ADDRESSES);
        master.portsAndZone = Memory.getLong(address + ExpectationLayout.MASTER_PORTS_AND_SCOPE);
        for (int i = 0; i < master.wide.length; i++) {
            master.wide[i] =
                    Memory.getLong(address + ExpectationLayout.MASTER_WIDE + ((long) i << 3));
        }
    }

    /** The number of the expectation in the place, whose word is this. */
    static long number(int place, int word) {
        return (long) (word | ExpectationLayout.STATE) << 32 | place;
    }

    static int place(long expectation) {
        return (int) expectation;
    }

    private static int word(long expectation, int state) {
        return ((int) (expectation >>> 32) & ~ExpectationLayout.STATE) | state;
    }

    static boolean isState(long address, long expectation, int state) {
        return Memory.getIntAcquire(address) == word(expectation, state);
    }

    static boolean replaceState(long address, long expectation, int from, int to) {
        return Memory.compareAndSetInt(address, word(expectation, from), word(expectation, to));
    }

    /** Writes what is expected into a place that is free. */
    static void write(long at, Expected key, NewExpectation wanted, boolean tied) {
        Memory.putInt(at + ExpectationLayout.SRC_PORT, wanted.srcPort);
        Memory.putInt(at + ExpectationLayout.DST_PORT, wanted.dstPort);
        Memory.putInt(at + ExpectationLayout.TRANSLATED_PORT, wanted.translatedPort);
        Memory.putInt(
                at + ExpectationLayout.FLAGS,
                key.protocol
                        | (key.ipv6 ? ExpectationLayout.IPV6 : 0)
                        | (wanted.anySource ? ExpectationLayout.ANY_SOURCE : 0)
                        | (wanted.permanent ? ExpectationLayout.PERMANENT : 0)
                        | (tied ? ExpectationLayout.TIED : 0));
        Memory.putInt(at + ExpectationLayout.ZONE, key.zone);
        Memory.putLong(at + ExpectationLayout.SRC, key.srcHigh);
        Memory.putLong(at + ExpectationLayout.SRC + Long.BYTES, key.srcLow);
        Memory.putLong(at + ExpectationLayout.DST, key.dstHigh);
        Memory.putLong(at + ExpectationLayout.DST + Long.BYTES, key.dstLow);
    }
}
