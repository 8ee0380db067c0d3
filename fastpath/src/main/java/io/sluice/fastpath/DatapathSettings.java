package io.sluice.fastpath;

import io.sluice.dpdk.Mempool;
import io.sluice.packet.MemorySource;
import java.util.List;

/**
 * What a datapath is built from.
 *
 * @param workerCores the core of each worker, in order
 * @param maxConnections in the connection table
 * @param flowCacheEnabled false: every packet takes the slow path
 * @param flowCacheEntries of each worker's cache at most, a power of two
 * @param pool where copies of packets come from
 * @param memory where tables lie
 * @param verify whose checksums {@code ct()} looks at
 * @param timeExceeded who answers packets whose time to live is over
 */
public record DatapathSettings(
        List<Integer> workerCores,
        int maxConnections,
        boolean flowCacheEnabled,
        int flowCacheEntries,
        Mempool pool,
        MemorySource memory,
        Checksums.Verify verify,
        TimeExceededSource timeExceeded) {
    private static final int MIN_ENTRIES = 1 << 10;
    private static final int MAX_ENTRIES = 1 << 24;

    public DatapathSettings {
        workerCores = List.copyOf(workerCores);
    }

    /**
     * Four entries a connection: two directions in a cache that is half full, where nearly every
     * entry lies in its first line.
     */
    public static int defaultFlowCacheEntries(int maxConnections) {
        long wanted = 4L * maxConnections;
        int entries = MIN_ENTRIES;
        while (entries < wanted && entries < MAX_ENTRIES) {
            entries <<= 1;
        }
        return entries;
    }
}
