package io.sluice.dpdk;

/** A port's transmit queue. One thread at a time; nothing is allocated and nothing blocks. */
public final class TxQueue {
    private final int port;
    private final int queue;
    private final boolean makesSystemCalls;

    TxQueue(int port, int queue, boolean makesSystemCalls) {
        this.port = port;
        this.queue = queue;
        this.makesSystemCalls = makesSystemCalls;
    }

    /**
     * Offers {@code count} frames (up to 65535) whose mbufs' addresses, 8 bytes each, are stored
     * from {@code mbufListAddress} on.
     *
     * @return how many the driver took, from the front of the list; it frees those, and the caller
     *     still owns the rest
     */
    public int send(long mbufListAddress, int count) {
        return makesSystemCalls
                ? PacketCalls.send(port, queue, mbufListAddress, count)
                : PacketCalls.sendCritical(port, queue, mbufListAddress, count);
    }
}
