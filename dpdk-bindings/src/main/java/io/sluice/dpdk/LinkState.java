package io.sluice.dpdk;

/**
 * A port's link.
 *
 * @param speedMbps 0 while the link is down or the driver does not know
 */
public record LinkState(boolean up, int speedMbps, boolean fullDuplex) {}
