package io.sluice.fastpath;

import io.sluice.conntrack.ConnTable;
import io.sluice.packet.Memory;
import io.sluice.packet.MemoryAhead;
import io.sluice.packet.MemorySource;

/**
 * A worker's private cache of compiled ways, by the exact five-tuple, input port and Ethernet
 * addresses. Used by the worker's thread.
 *
 * <p>An entry lies in the first of its {@link #WINDOW} lines that was free when it was made. They
 * are neighbours: the number of a line, counted from the first, is an exclusive or with its index,
 * so that all lie in one page and the first two in one pair of lines, which cores fetch together.
 * Entries are overwritten, never emptied, so a line that was never used ends the search.
 *
 * <p>Only as many lines are in use as the connections need, because the fewer pages a cache is
 * spread over, the fewer of them the core has forgotten how to translate: it starts small and
 * doubles. A line keeps its place then, or moves as far up as the old size: a search that fails
 * looks where the entry was before the last doubling, and moves it.
 */
final class FlowCache {
    static final long MISS = 0;

    private static final int WINDOW = 8;

    private static final int FIRST_ENTRIES = 1 << 14;

    /** A generation that no way is compiled under. */
    private static final int STALE = 0;

    private final ConnTable table;
    private final long base;
    private final long secondLines;
    private final long wideLines;
    private final int maxEntries;
    private final MemoryAhead ahead;
    // Read by the thread that prepares memory.
    private volatile int entries;
    private int used;
    private long mask;
    private long maskBefore;
    // How often an entry may be looked for in vain at its place before the last doubling.
    private int searchesBefore;
    private int nextVictim;

    /**
     * A cache of at most that many entries, a power of two.
     *
     * @param table whose connections the entries rest on
     */
    FlowCache(int maxEntries, ConnTable table, MemorySource memory) {
        if (Integer.bitCount(maxEntries) != 1 || maxEntries < WINDOW) {
            throw new IllegalArgumentException(
                    "flow-cache entries is "
                            + maxEntries
                            + ", not a power of two of at least "
                            + WINDOW);
        }
        this.maxEntries = maxEntries;
        this.table = table;
        base = memory.allocate((long) maxEntries * CacheLayout.ENTRY_BYTES);
        secondLines = memory.allocate((long) maxEntries * CacheLayout.ENTRY_BYTES);
        wideLines = memory.allocate((long) maxEntries * CacheLayout.ENTRY_BYTES);
        ahead = new MemoryAhead(memory, base, (long) maxEntries * CacheLayout.ENTRY_BYTES);
        use(Math.min(FIRST_ENTRIES, maxEntries));
        maskBefore = mask;
    }

    private void use(int count) {
        entries = count;
        mask = (long) count * CacheLayout.ENTRY_BYTES - 1;
    }

    /**
     * Has the lines ready that are in use now or will be after the next doubling. One thread at a
     * time, any.
     *
     * @return whether there was something to do; there may be more
     */
    boolean prepareAhead() {
        return ahead.prepare(2L * entries * CacheLayout.ENTRY_BYTES);
    }

    /** Entries that are in use now, each time twice as many. */
    int entries() {
        return entries;
    }

    /** The line where the search for this hash begins: what to prefetch. */
    long first(long hash) {
        return Memory.pointer(base + ((hash << 6) & mask));
    }

    /** The line of that number for a key whose first line is this. */
    private static long line(long first, int number) {
        return Memory.pointer(first ^ ((long) number * CacheLayout.ENTRY_BYTES));
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
        long entry = findInWindow(first, addresses, portsAndScope, macsLow, macsHigh);
        long firstBefore = Memory.pointer(base + ((first - base) & maskBefore));
        if (entry != MISS || firstBefore == first) {
            return entry;
        }
        long before = findInWindow(firstBefore, addresses, portsAndScope, macsLow, macsHigh);
        if (before != MISS) {
            return move(before, first);
        }
        // What was not asked for by now will hardly be, and each search costs a line from afar.
        if (--searchesBefore == 0) {
            maskBefore = mask;
        }
        return MISS;
    }

    private static long findInWindow(
            long first, long addresses, long portsAndScope, long macsLow, int macsHigh) {
        for (int i = 0; i < WINDOW; i++) {
            long entry = line(first, i);
            if (isFor(entry, addresses, portsAndScope, macsLow, macsHigh)) {
                return entry;
            }
            if (Memory.getLong(entry + CacheLayout.PORTS_AND_SCOPE) == 0) {
                return MISS;
            }
        }
        return MISS;
    }

    /**
     * Moves an entry to where it belongs since the cache grew, if there is a line that was never
     * used: other packets of the burst may have found any other line already.
     */
    private long move(long from, long first) {
        for (int i = 0; i < WINDOW; i++) {
            long entry = line(first, i);
            if (Memory.getLong(entry + CacheLayout.PORTS_AND_SCOPE) == 0) {
                used++;
                Memory.copy(from, entry, CacheLayout.ENTRY_BYTES);
                int flags = Memory.getInt(from + CacheLayout.FLAGS);
                // Seldom, so that the other lines of most entries are never touched.
                if ((flags & CacheLayout.CONNECTIONS_MASK) > 1) {
                    Memory.copy(secondLine(from), secondLine(entry), CacheLayout.ENTRY_BYTES);
                }
                if ((flags & CacheLayout.IPV6) != 0) {
                    Memory.copy(wideLine(from), wideLine(entry), CacheLayout.ENTRY_BYTES);
                }
                Memory.putInt(from + CacheLayout.GENERATION, STALE);
                return entry;
            }
        }
        return from;
    }

    /** Where further connections of the entry's way are noted. */
    long secondLine(long entry) {
        return secondLines + (entry - base);
    }

    /** Where an entry of IPv6 has its addresses: {@link WideLayout}. */
    long wideLine(long entry) {
        return Memory.pointer(wideLines + (entry - base));
    }

    /**
     * The entry to write for a key that has none: a free or a useless one, or any of its window.
     */
    long claim(long first, int generation, int generationOnMacs) {
        for (int i = 0; i < WINDOW; i++) {
            long entry = line(first, i);
            if (Memory.getLong(entry + CacheLayout.PORTS_AND_SCOPE) == 0) {
                growIfFull();
                return entry;
            }
            if (isUseless(entry, generation, generationOnMacs)) {
                return entry;
            }
        }
        nextVictim = (nextVictim + 1) & (WINDOW - 1);
        return line(first, nextVictim);
    }

    /** Whether the entry is of another generation or its connection has changed. */
    private boolean isUseless(long entry, int generation, int generationOnMacs) {
        int flags = Memory.getInt(entry + CacheLayout.FLAGS);
        int connection = Memory.getInt(entry + CacheLayout.CONNECTION);
        boolean onMacs = (flags & CacheLayout.ON_LEARNED_MACS) != 0;
        int valid = onMacs ? generationOnMacs : generation;
        return Memory.getInt(entry + CacheLayout.GENERATION) != valid
                || ((flags & CacheLayout.CONNECTIONS_MASK) != 0
                        && !table.hasVersion(
                                connection, Memory.getInt(entry + CacheLayout.VERSION)));
    }

    /** Called for each line that is used for the first time. */
    private void growIfFull() {
        used++;
        // Lines of connections that are gone fill up too, and are no reason to grow.
        boolean needed = 16L * table.size() > entries;
        if (used > entries / 8 && needed && entries < maxEntries) {
            maskBefore = mask;
            searchesBefore = entries;
            use(2 * entries);
        }
    }
}
