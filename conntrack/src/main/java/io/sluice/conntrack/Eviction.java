package io.sluice.conntrack;

import io.sluice.packet.Memory;

/**
 * What gives way when the table is full: a connection that has ended or expired, else one that is
 * closing, else one that was never answered; never an established one.
 *
 * <p>Each connection that finds no room has the worker's clock hand look at {@link #VISITS}
 * connections, in long even strides, because those that were made together lie together. The first
 * that has ended is taken. Otherwise the first kind goes first, and within a kind the one that was
 * silent for the longest time: of a flood and a connection that has just begun, the flood mostly
 * loses (sampled least-recently-used, as Redis does it). If none of these may give way, the hand
 * goes on, but for {@link #MAX_RECORDS} records at most, and if there is none among them either,
 * others in the same millisecond look at {@link #VISITS_AFTER_FAILURE} only. Used by one thread.
 */
final class Eviction {
    static final int VISITS = 32;
    static final int MAX_RECORDS = 256;
    static final int VISITS_AFTER_FAILURE = 8;

    private static final double GOLDEN_RATIO = 0.6180339887498949;
    static final int STAYS = 0;
    private static final int UNREPLIED = 1;
    static final int CLOSING = 2;

    private static final int SYN_RECV = TcpState.SYN_RECV.ordinal();
    private static final int FIRST_CLOSING = TcpState.FIN_WAIT.ordinal();
    private static final int LAST_CLOSING = TcpState.CLOSE.ordinal();
    private static final int FIRST_SHUTDOWN = Timeouts.Kind.SCTP_SHUTDOWN_SENT.ordinal();
    private static final int LAST_SHUTDOWN = Timeouts.Kind.SCTP_SHUTDOWN_ACK_SENT.ordinal();

    private final ConnTable table;
    private final ConnOwner owner;
    private int hand;
    private int stride;
    private int strideFor;
    private int failedMs;
    private boolean failed;
    private int best;
    private int bestVersion;
    private int bestRank;
    private int bestSilentMs;

    Eviction(ConnTable table, ConnOwner owner) {
        this.table = table;
        this.owner = owner;
    }

    /**
     * Frees records of those it looks at.
     *
     * @param wanted how many; only if it is one does a connection give way that has not ended
     * @return false when none of them may give way; true also when another worker was faster, so
     *     that it is worth looking again
     */
    boolean makeRoom(int wanted, int nowMs) {
        int used = table.pool().everUsed();
        if (used == 0) {
            return false;
        }
        setStride(used);
        boolean brief = failed && failedMs == nowMs;
        int records = Math.min(brief ? VISITS_AFTER_FAILURE : MAX_RECORDS, used);
        int visits = 0;
        int freed = 0;
        bestRank = STAYS;
        for (int i = 0; i < records && (visits < VISITS || bestRank == STAYS); i++) {
            hand += stride;
            hand -= hand >= used ? used : 0;
            if (!table.isInTable(hand)) {
                continue;
            }
            visits++;
            if (table.reclaim(owner, hand, nowMs)) {
                if (++freed == wanted) {
                    return true;
                }
            } else if (wanted == 1) {
                consider(hand, nowMs);
            }
        }
        failed = bestRank == STAYS;
        if (failed) {
            failedMs = nowMs;
            return false;
        }
        table.evict(owner, best, bestVersion, nowMs);
        return true;
    }

    /** A stride that has no factor with the number of records: the hand comes to all of them. */
    private void setStride(int used) {
        if (used == strideFor) {
            return;
        }
        strideFor = used;
        stride = Math.max(1, (int) (used * GOLDEN_RATIO));
        while (greatestCommonDivisor(stride, used) != 1) {
            stride++;
        }
        hand %= used;
        stride %= used;
    }

    private static int greatestCommonDivisor(int one, int other) {
        return other == 0 ? one : greatestCommonDivisor(other, one % other);
    }

    private void consider(int record, int nowMs) {
        long original = table.line(record << 1);
        // The version first: what changes after it is read makes the eviction fail.
        int version = Memory.getIntAcquire(original + ConnLayout.VERSION);
        int rank = rank(original, version);
        if (rank < bestRank || rank == STAYS) {
            return;
        }
        int silentMs = Lifetime.silentMs(original, nowMs);
        if (rank > bestRank || silentMs > bestSilentMs) {
            best = record;
            bestVersion = version;
            bestRank = rank;
            bestSilentMs = silentMs;
        }
    }

    /**
     * The higher, the sooner a connection gives way that has not ended; {@link #STAYS} if never.
     * Any thread.
     *
     * @param version of the original's line, read before
     */
    static int rank(long original, int version) {
        if ((version & ConnLayout.VERSION_KIND) != ConnLayout.VERSION_ALIVE) {
            return STAYS;
        }
        int word = Memory.getIntAcquire(original + ConnLayout.STATE);
        int kind = ConnState.kind(word);
        if ((kind >= FIRST_CLOSING && kind <= LAST_CLOSING)
                || (kind >= FIRST_SHUTDOWN && kind <= LAST_SHUTDOWN)) {
            return CLOSING;
        }
        // After SYN+ACK, before the handshake is through: what a flood of SYNs leaves.
        boolean halfOpen = kind == SYN_RECV;
        return halfOpen || (word & ConnState.SEEN_REPLY) == 0 ? UNREPLIED : STAYS;
    }

    /** Whether there is any connection at all that would give way. Any thread; takes long. */
    static boolean couldMakeRoom(ConnTable table, int nowMs) {
        for (int record = 0; record < table.pool().everUsed(); record++) {
            long original = table.line(record << 1);
            int version = Memory.getIntAcquire(original + ConnLayout.VERSION);
            if (table.isInTable(record)
                    && (rank(original, version) != STAYS || !table.isAlive(record << 1, nowMs))) {
                return true;
            }
        }
        return false;
    }
}
