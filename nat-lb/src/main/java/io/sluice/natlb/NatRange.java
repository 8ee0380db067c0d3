package io.sluice.natlb;

import io.sluice.packet.AddressText;

/**
 * What {@code nat(...)} asks for: which side to translate, and into which addresses and ports.
 *
 * @param side source (SNAT) or destination (DNAT)
 * @param minAddress first IPv4 address, network-order value
 * @param maxAddress last IPv4 address, not below the first (unsigned)
 * @param minPort first port, or 0 where the flow names no port: the packet's own is kept when free
 * @param maxPort last port, not below the first
 * @param pick how an address and port of the range is picked for a connection
 */
public record NatRange(
        Side side, int minAddress, int maxAddress, int minPort, int maxPort, Pick pick) {
    public enum Side {
        SOURCE,
        DESTINATION
    }

    /** {@code random} is a picked port that an outsider cannot foretell. */
    public enum Pick {
        DEFAULT,
        HASH,
        RANDOM,
        PERSISTENT
    }

    public NatRange {
        if (Integer.compareUnsigned(minAddress, maxAddress) > 0) {
            throw new IllegalArgumentException(
                    "the range's last address "
                            + AddressText.formatIpv4(maxAddress)
                            + " is below its first "
                            + AddressText.formatIpv4(minAddress));
        }
        if (minPort < 0 || maxPort > 65535 || minPort > maxPort || (minPort == 0 && maxPort != 0)) {
            throw new IllegalArgumentException(
                    "the port range " + minPort + "-" + maxPort + " is not within 1-65535");
        }
    }

    public boolean namesPorts() {
        return minPort != 0;
    }
}
