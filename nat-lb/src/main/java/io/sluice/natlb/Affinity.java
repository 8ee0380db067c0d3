package io.sluice.natlb;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Which bucket a client's new connections go to, until some time after the last of them. Shared by
 * all workers, without locks, and bounded: in a full set of eight, the client that was silent the
 * longest gives way.
 *
 * <pre>
 * entry, 64 bits:  part of the client's hash (22) | bucket's number (20) | when, in 1024 ms (22)
 * </pre>
 *
 * <p>Clients of the same hash share an entry: some two in a million, which are no worse off for it.
 * The clock goes round after 49 days: who comes back then may find his bucket again.
 */
public final class Affinity {
    private static final VarHandle ENTRY = MethodHandles.arrayElementVarHandle(long[].class);

    private static final int WAYS = 8;
    private static final int TICK_SHIFT = 10;
    private static final int TICK_BITS = 22;
    private static final int BUCKET_BITS = 20;
    private static final int TAG_SHIFT = TICK_BITS + BUCKET_BITS;
    private static final int TICK_MASK = (1 << TICK_BITS) - 1;
    private static final int BUCKET_MASK = (1 << BUCKET_BITS) - 1;
    private static final int ATTEMPTS = 4;

    private final long[] entries;
    private final int setMask;
    private final int timeoutTicks;

    /**
     * @param clients that are remembered at least, if their hashes are spread evenly
     */
    public Affinity(int clients, int timeoutSeconds) {
        int sets = 1;
        while (sets * WAYS < clients) {
            sets <<= 1;
        }
        entries = new long[sets * WAYS];
        setMask = sets - 1;
        timeoutTicks = (int) ((timeoutSeconds * 1000L + (1 << TICK_SHIFT) - 1) >>> TICK_SHIFT);
    }

    /**
     * The number of the client's bucket; 0: none. Any thread.
     *
     * @param client its hash, of 64 bits
     */
    public int find(long client, int nowMs) {
        int first = firstOf(client);
        for (int at = first; at < first + WAYS; at++) {
            long entry = (long) ENTRY.getOpaque(entries, at);
            if (isOf(entry, client) && isFresh(entry, nowMs)) {
                return bucket(entry);
            }
        }
        return 0;
    }

    /**
     * The client has a new connection. Any thread.
     *
     * @param found what {@link #find} has said
     * @param bucket where it goes, above 0
     * @return where it should go: another worker may have been faster
     */
    public int note(long client, int found, int bucket, int nowMs) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int at = place(client, nowMs);
            long before = (long) ENTRY.getOpaque(entries, at);
            if (isOf(before, client) && isFresh(before, nowMs) && bucket(before) != found) {
                return bucket(before);
            }
            long tag = client >>> TAG_SHIFT << TAG_SHIFT;
            long after = tag | (long) bucket << TICK_BITS | tick(nowMs);
            if (after == before || ENTRY.compareAndSet(entries, at, before, after)) {
                return bucket;
            }
        }
        return bucket;
    }

    /** The client's entry, or else a free one, or that of the longest silent. */
    private int place(long client, int nowMs) {
        int first = firstOf(client);
        int best = first;
        int bestAge = -1;
        for (int at = first; at < first + WAYS; at++) {
            long entry = (long) ENTRY.getOpaque(entries, at);
            if (isOf(entry, client)) {
                return at;
            }
            int age = entry == 0 ? Integer.MAX_VALUE : ageTicks(entry, nowMs);
            if (age > bestAge) {
                best = at;
                bestAge = age;
            }
        }
        return best;
    }

    private int firstOf(long client) {
        return ((int) client & setMask) * WAYS;
    }

    private static boolean isOf(long entry, long client) {
        return entry != 0 && (entry ^ client) >>> TAG_SHIFT == 0;
    }

    private boolean isFresh(long entry, int nowMs) {
        return ageTicks(entry, nowMs) < timeoutTicks;
    }

    private static int bucket(long entry) {
        return (int) (entry >>> TICK_BITS) & BUCKET_MASK;
    }

    private static int tick(int nowMs) {
        return nowMs >>> TICK_SHIFT;
    }

    private static int ageTicks(long entry, int nowMs) {
        return (tick(nowMs) - (int) entry) & TICK_MASK;
    }
}
