package io.sluice.dpdk;

/** Asks the core to fetch cache lines that will be read soon. Any thread; nothing is allocated. */
public final class Prefetch {
    private Prefetch() {}

    /**
     * Prefetches the line at each of the {@code count} addresses (8 bytes each) that are stored
     * from {@code addressListAddress} on. An address that is not mapped does no harm.
     */
    public static void lines(long addressListAddress, int count) {
        PacketCalls.prefetch(addressListAddress, count);
    }
}
