package io.sluice.conntrack;

import io.sluice.packet.MemorySource;

/**
 * Frees what has ended as fast as one worker makes connections, so that many new ones a second find
 * room however short they live: for each that is made, a hand that all workers share goes on by
 * {@link #VISITS_EACH_MADE} records. So about twice as many records are in use as are alive, at
 * most.
 *
 * <p>It goes in small steps between packets, and what a step touches was asked for in the step
 * before, so that it waits for no memory; nor is so much asked for at once that the core could not
 * take it.
 *
 * <pre>
 * prefetch some records ─► see which have ended, prefetch their buckets ─► free those
 * </pre>
 *
 * <p>Used by one thread.
 */
final class PacedSweep {
    static final int VISITS_EACH_MADE = 2;

    /** Records that a call visits at most. */
    static final int MAX_VISITS = 256;

    private static final int STEP = 8;
    // Records that are taken from the hand at once: a whole number of steps.
    private static final int CHUNK = 64;
    // Two for each record, and the same for the next ones.
    private static final int LINES = 4 * STEP;

    private final ConnTable table;
    private final ConnOwner owner;
    private final LinesAhead lines;
    private final int[] ended = new int[STEP];
    private int endedCount;
    private int next;
    private int chunkEnd;
    private int owed;

    PacedSweep(ConnTable table, ConnOwner owner, MemorySource memory) {
        this.table = table;
        this.owner = owner;
        lines = new LinesAhead(LINES, memory);
    }

    /**
     * Goes on as far as so many new connections ask for.
     *
     * @return records that were visited
     */
    int keepPace(int made, int nowMs) {
        owed = Math.min(owed + made * VISITS_EACH_MADE, MAX_VISITS);
        int visited = 0;
        while (owed >= STEP) {
            owed -= STEP;
            visited += STEP;
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
        int end = Math.min(next + STEP, chunkEnd);
        for (int record = next; record < end; record++) {
            if (table.hasEnded(record, nowMs)) {
                ended[endedCount++] = record;
                table.addBuckets(record, lines);
            }
        }
        next = end;
        if (next == chunkEnd) {
            takeChunk();
        }
        int nextEnd = Math.min(next + STEP, chunkEnd);
        for (int line = next << 1; line < nextEnd << 1; line++) {
            lines.add(table.line(line));
        }
        lines.ask();
    }

    private void takeChunk() {
        RecordPool pool = table.pool();
        // What was freed is to be used again while it is in the core's caches.
        pool.tryAdvance();
        next = pool.takeToSweep(CHUNK);
        chunkEnd = Math.min(next + CHUNK, pool.everUsed());
    }
}
