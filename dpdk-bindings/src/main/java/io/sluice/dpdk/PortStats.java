package io.sluice.dpdk;

/**
 * What a port has counted since it was opened.
 *
 * @param rxMissed frames the NIC dropped because the receive queue was full
 * @param rxErrors frames that arrived broken
 * @param txErrors frames the driver could not send
 * @param rxNoMbuf times a receive found the mempool empty
 */
public record PortStats(
        long rxPackets,
        long txPackets,
        long rxBytes,
        long txBytes,
        long rxMissed,
        long rxErrors,
        long txErrors,
        long rxNoMbuf) {}
