package io.sluice.conntrack;

import io.sluice.packet.MemorySource;

/**
 * Frees what has ended as fast as one worker makes connections, so that many new ones a second find
 * room however short they live: for each that is made, a hand that all workers share goes on by
 * {@link #VISITS_EACH_MADE} records. So no more than twice as many records are in use as are alive.
 *
 * <p>The hand goes in steps of {@link #CHUNK} records, and what a step touches was asked for in the
 * step before, so that it waits for no memory:
 *
 * <pre>
 * take a chunk, prefetch its records ─► see which have ended, prefetch their buckets ─► free those
 * </pre>
 *
 * <p>Used by one thread.
 */
final class PacedSweep {
    static final int CHUNK = 64;
    static final int VISITS_EACH_MADE = 2;

    /** Of one call. */
    static final int MAX_STEPS = 4;

    private static final int BUCKETS_EACH = 4;

    private final ConnTable table;
    private final ConnOwner owner;
    private final LinesAhead lines;
    private final int[] ended = new int[CHUNK];
    private int endedCount;
    private int chunk;
    private int chunkSize;
    private int owed;

    PacedSweep(ConnTable table, ConnOwner owner, MemorySource memory) {
        this.table = table;
        this.owner = owner;
        lines = new LinesAhead(CHUNK * BUCKETS_EACH, memory);
    }

    /**
     * Goes on as far as so many new connections ask for.
     *
     * @return records that were visited
     */
    int keepPace(int made, int nowMs) {
        owed = Math.min(owed + made * VISITS_EACH_MADE, MAX_STEPS * CHUNK);
        int visited = 0;
        while (owed >= CHUNK) {
            owed -= CHUNK;
            visited += chunkSize;
            step(nowMs);
        }
        return visited;
    }

    private void step(int nowMs) {
        for (int i = 0; i < endedCount; i++) {
            // It may be another's by now, and alive: then this does nothing.
            table.reclaim(owner, ended[i], nowMs);
        }
        endedCount = 0;
        for (int record = chunk; record < chunk + chunkSize; record++) {
            if (table.hasEnded(record, nowMs)) {
                ended[endedCount++] = record;
                table.addBuckets(record, lines);
            }
        }
        lines.ask();
        chunk = table.pool().takeToSweep(CHUNK);
        chunkSize = Math.min(CHUNK, table.pool().everUsed() - chunk);
        for (int line = chunk << 1; line < (chunk + chunkSize) << 1; line++) {
            lines.add(table.line(line));
        }
        lines.ask();
    }
}
