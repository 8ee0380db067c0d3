package io.sluice.natlb;

import io.sluice.packet.Memory;
import io.sluice.packet.MemorySource;
import java.util.BitSet;

/**
 * How many connections each bucket has, by numbers that stand for buckets, from 1 on: one cache
 * line a bucket, shared by all workers.
 *
 * <pre>
 *  0  8  connections that have not ended
 *  8  8  connections ever made
 * </pre>
 *
 * <p>Numbers are taken and given back by the control thread. A number is taken again only when it
 * has no connections, and after all others were: by then every worker has newer rules.
 */
public final class BucketCounts {
    /** Numbers are below this. */
    public static final int LIMIT = 1 << 17;

    private static final int SHIFT = 6;
    private static final int LIVE = 0;
    private static final int MADE = LIVE + Long.BYTES;

    private final long lines;
    private final BitSet taken = new BitSet(LIMIT);
    private int last;

    public BucketCounts(MemorySource memory) {
        lines = memory.allocate((long) LIMIT << SHIFT);
        taken.set(0);
    }

    private long line(int number) {
        return Memory.pointer(lines + ((long) number << SHIFT));
    }

    /** A number that nobody has, with all counts 0; 0: there is none. Control thread. */
    public int take() {
        for (int tries = 0; tries < LIMIT; tries++) {
            last = (last + 1) % LIMIT;
            if (!taken.get(last) && live(last) == 0) {
                taken.set(last);
                Memory.setLongOpaque(line(last) + MADE, 0);
                return last;
            }
        }
        return 0;
    }

    /** The bucket is gone; its connections may still be there. Control thread. */
    public void giveBack(int number) {
        taken.clear(number);
    }

    /** A connection was made in the bucket. Worker threads. */
    public void begin(int number) {
        long line = line(number);
        Memory.getAndAddLong(line + LIVE, 1);
        Memory.getAndAddLong(line + MADE, 1);
    }

    /** One of those has ended. Worker threads. */
    public void end(int number) {
        Memory.getAndAddLong(line(number) + LIVE, -1);
    }

    /** How many connections the bucket has. Any thread. */
    public long live(int number) {
        // One may be seen to end before it is seen to begin.
        return Math.max(0, Memory.getLongOpaque(line(number) + LIVE));
    }

    /** How many it has had in all. Any thread. */
    public long made(int number) {
        return Memory.getLongOpaque(line(number) + MADE);
    }
}
