package io.sluice.fastpath;

/**
 * A worker's counters since start.
 *
 * @param packets received
 * @param bursts polls that received something
 * @param cacheHits packets that took a cached way
 * @param slowPath packets that went through the tables
 * @param busyPercent share of the last second in which polls received something
 */
public record WorkerStats(
        int worker,
        int core,
        long packets,
        long bursts,
        long cacheHits,
        long slowPath,
        int busyPercent) {}
