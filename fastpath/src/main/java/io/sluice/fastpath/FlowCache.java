package io.sluice.fastpath;

import io.sluice.packet.Checksum;
import io.sluice.packet.Memory;
import io.sluice.packet.MemorySource;

/**
 * A worker's private cache of compiled ways, by the exact five-tuple, input port and Ethernet
 * addresses. Used by the worker's thread.
 *
 * <p>An entry lies in the first of {@link #WINDOW} lines from its hash on that was free when it was
 * made. Entries are overwritten, never emptied, so a line that was never used ends the search.
 */
final class FlowCache {
    static final long MISS = 0;

    private static final int WINDOW = 8;

    private final long base;
    private final long mask;
    private final long secondLines;
    private int nextVictim;

    /** A cache of that many entries, a power of two. */
    FlowCache(int entries, MemorySource memory) {
        if (Integer.bitCount(entries) != 1 || entries < WINDOW) {
            throw new IllegalArgumentException(
                    "flow-cache entries is "
                            + entries
                            + ", not a power of two of at least "
                            + WINDOW);
        }
        mask = (long) entries * CacheLayout.ENTRY_BYTES - 1;
        base = memory.allocate((long) entries * CacheLayout.ENTRY_BYTES);
        secondLines = memory.allocate((long) entries * CacheLayout.ENTRY_BYTES);
    }

    /** The line where the search for this hash begins: what to prefetch. */
    long first(long hash) {
        return Memory.pointer(base + ((hash << 6) & mask));
    }

    private long next(long entry) {
        return Memory.pointer(base + ((entry - base + CacheLayout.ENTRY_BYTES) & mask));
    }

    static boolean isFor(
            long entry, long addresses, long portsAndScope, long macsLow, int macsHigh) {
        return Memory.getLong(entry + CacheLayout.ADDRESSES) == addresses
                && Memory.getLong(entry + CacheLayout.PORTS_AND_SCOPE) == portsAndScope
                && Memory.getLong(entry + CacheLayout.MACS_LOW) == macsLow
                && Memory.getInt(entry + CacheLayout.MACS_HIGH) == macsHigh;
    }

    /** The entry of this key, valid or not, beginning from its first line; or {@link #MISS}. */
    long find(long first, long addresses, long portsAndScope, long macsLow, int macsHigh) {
        if (isFor(first, addresses, portsAndScope, macsLow, macsHigh)) {
            return first;
        }
        return findFurther(first, addresses, portsAndScope, macsLow, macsHigh);
    }

    private long findFurther(
            long first, long addresses, long portsAndScope, long macsLow, int macsHigh) {
        long entry = first;
        for (int i = 1; i < WINDOW; i++) {
            if (Memory.getLong(entry + CacheLayout.PORTS_AND_SCOPE) == 0) {
                return MISS;
            }
            entry = next(entry);
            if (isFor(entry, addresses, portsAndScope, macsLow, macsHigh)) {
                return entry;
            }
        }
        return MISS;
    }

    /** Where further connections of the entry's way are noted. */
    long secondLine(long entry) {
        return secondLines + (entry - base);
    }

    /**
     * The entry to write for this key: its old one, a free or a stale one, or any of its window.
     */
    long claim(
            long first,
            long addresses,
            long portsAndScope,
            long macsLow,
            int macsHigh,
            int generation) {
        long own = find(first, addresses, portsAndScope, macsLow, macsHigh);
        if (own != MISS) {
            return own;
        }
        long entry = first;
        for (int i = 0; i < WINDOW; i++) {
            // An entry of another generation is taken for stale. Ways that rest on learned
            // addresses have other numbers and may be sacrificed: they are compiled again.
            if (Memory.getLong(entry + CacheLayout.PORTS_AND_SCOPE) == 0
                    || Memory.getInt(entry + CacheLayout.GENERATION) != generation) {
                return entry;
            }
            entry = next(entry);
        }
        nextVictim = (nextVictim + 1) & (WINDOW - 1);
        for (int i = 0; i < nextVictim; i++) {
            entry = next(entry);
        }
        return base + ((entry - base - WINDOW * CacheLayout.ENTRY_BYTES) & mask);
    }

    /** Writes what the packet's rewrite is: from the key's addresses and ports to these. */
    static void writeRewrite(
            long entry, long addresses, int ports, long newAddresses, int newPorts) {
        int ipDelta = Checksum.delta(addresses, newAddresses);
        int l4Delta =
                Checksum.addDeltas(
                        ipDelta, Checksum.delta(ports & 0xFFFFFFFFL, newPorts & 0xFFFFFFFFL));
        Memory.putLong(entry + CacheLayout.NEW_ADDRESSES, newAddresses);
        Memory.putInt(entry + CacheLayout.NEW_PORTS, newPorts);
        Memory.putInt(entry + CacheLayout.DELTAS, ipDelta | (l4Delta << 16));
    }
}
