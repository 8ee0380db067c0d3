package io.sluice.dpdk;

/** Asks the core to fetch cache lines that will be read soon. Any thread; nothing is allocated. */
public final class Prefetch {
    private Prefetch() {}

    /**
     * Prefetches the line at each of {@code count} addresses, 8 bytes each, the first of which is
     * stored at {@code addressOfFirst}, the others {@code strideBytes} further each. An address
     * that is not mapped does no harm.
     */
    public static void lines(long addressOfFirst, int strideBytes, int count) {
        PacketCalls.prefetch(addressOfFirst, strideBytes, count);
    }
}
