package io.sluice.perf;

import java.util.Map;

/**
 * What a program has counted.
 *
 * @param nanos when, on the clock of {@link System#nanoTime}; the middle of the question and the
 *     answer
 * @param sentPackets since its start
 * @param details other counters worth keeping, by name; cumulative
 */
record Counters(long nanos, long sentPackets, Map<String, Long> details) {
    /** Millions of packets a second between two readings. */
    static double mpps(Counters from, Counters to) {
        long nanos = to.nanos - from.nanos;
        if (nanos <= 0) {
            throw new IllegalArgumentException("readings in the wrong order");
        }
        return (to.sentPackets - from.sentPackets) * 1e3 / nanos;
    }
}
