package io.sluice.control.command;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The pace of long walks through tables. They would read memory and fill the cache that all cores
 * share as fast as a core can, at the workers' cost: so they work for a short while and then rest
 * for several times as long. One of some thousand records is over before its first rest. One for
 * each walk.
 */
final class WorkPace {
    private static final long WORK_NS = TimeUnit.MICROSECONDS.toNanos(500);
    private static final int REST_FACTOR = 5;
    // Waiting for the client was rest already.
    private static final long MAX_REST_NS = TimeUnit.MILLISECONDS.toNanos(5);

    private long sinceNs = System.nanoTime();

    /** To be called after each slice of the work; rests when it is time. */
    void keep() {
        long workedNs = System.nanoTime() - sinceNs;
        if (workedNs > WORK_NS) {
            LockSupport.parkNanos(Math.min(REST_FACTOR * workedNs, MAX_REST_NS));
            sinceNs = System.nanoTime();
        }
    }
}
