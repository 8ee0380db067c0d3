package io.sluice.fastpath;

/** Where the packets of a {@link SlowPath} end; reasons are given by ordinal. */
interface PacketSink {
    boolean hasPort(int port);

    /** Sends the packet, or drops it where there is no such port. */
    void send(int port, long mbuf);

    /** Counts the packet under the reason and frees it. */
    void drop(int reason, long mbuf);

    void count(int reason, int packets);
}
