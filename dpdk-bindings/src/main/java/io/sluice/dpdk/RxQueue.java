package io.sluice.dpdk;

/** A port's receive queue. One thread at a time; nothing is allocated and nothing blocks. */
public final class RxQueue {
    private final int port;
    private final int queue;
    private final boolean makesSystemCalls;

    RxQueue(int port, int queue, boolean makesSystemCalls) {
        this.port = port;
        this.queue = queue;
        this.makesSystemCalls = makesSystemCalls;
    }

    /**
     * Takes at most {@code capacity} frames (up to 65535) and stores their mbufs' addresses, 8
     * bytes each, from {@code mbufListAddress} on. The caller owns them then; a frame may be spread
     * over several mbufs.
     *
     * @return how many there were
     */
    public int receive(long mbufListAddress, int capacity) {
        return makesSystemCalls
                ? PacketCalls.receive(port, queue, mbufListAddress, capacity)
                : PacketCalls.receiveCritical(port, queue, mbufListAddress, capacity);
    }
}
