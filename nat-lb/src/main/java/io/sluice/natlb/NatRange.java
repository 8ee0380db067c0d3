package io.sluice.natlb;

import io.sluice.packet.IpAddress;

/**
 * What {@code nat(...)} asks for: which side to translate, and into which addresses and ports.
 *
 * @param side source (SNAT) or destination (DNAT)
 * @param first the first address; {@code 0.0.0.0} or {@code ::} alone is the null translation,
 *     which keeps the packet's address, whatever kind it is of
 * @param last the last address, of the same kind, not below the first (unsigned)
 * @param minPort first port, or 0 where the flow names no port: the packet's own is kept when free
 * @param maxPort last port, not below the first
 * @param pick how an address and port of the range is picked for a connection
 * @param mapping whether connections of one source share their outside address and port
 * @param filtering what may come in by a shared one
 */
public record NatRange(
        Side side,
        IpAddress first,
        IpAddress last,
        int minPort,
        int maxPort,
        Pick pick,
        Mapping mapping,
        Filtering filtering) {
    public enum Side {
        SOURCE,
        DESTINATION
    }

    /** Mapping behaviours as RFC 4787 section 4.1 names them. */
    public enum Mapping {
        /** Each connection has an outside address and port of its own choice. */
        ADDRESS_AND_PORT_DEPENDENT,
        /** All connections of one inside address and port have the same, whereto they may go. */
        ENDPOINT_INDEPENDENT
    }

    /** Filtering behaviours as RFC 4787 section 5 names them. */
    public enum Filtering {
        /** Only answers come in. */
        ADDRESS_AND_PORT_DEPENDENT,
        /** And whatever comes from an address that the inside endpoint has a connection to. */
        ADDRESS_DEPENDENT,
        /** Whatever comes to the outside address and port. */
        ENDPOINT_INDEPENDENT
    }

    /**
     * How a connection's address and port are picked. Without {@code persistent} the address is by
     * a hash of the five-tuple; with it by one of the source address alone, and no other is taken.
     * The first port that is tried is the packet's own, or for {@code hash} by a hash of addresses
     * and the other port, or for {@code random} one that nobody outside can foretell. Hashes are
     * the same in every process, but for {@code random}.
     */
    public enum Pick {
        DEFAULT,
        HASH,
        RANDOM,
        PERSISTENT,
        PERSISTENT_HASH,
        PERSISTENT_RANDOM;

        public boolean isPersistent() {
            return this == PERSISTENT || this == PERSISTENT_HASH || this == PERSISTENT_RANDOM;
        }

        public boolean isHash() {
            return this == HASH || this == PERSISTENT_HASH;
        }

        public boolean isRandom() {
            return this == RANDOM || this == PERSISTENT_RANDOM;
        }

        /** Whether the packet's own port is tried first. */
        public boolean keepsPort() {
            return !isHash() && !isRandom();
        }

        /** The same, persistent. */
        public Pick persistent() {
            return isHash() ? PERSISTENT_HASH : isRandom() ? PERSISTENT_RANDOM : PERSISTENT;
        }
    }

    public NatRange {
        boolean independent = mapping == Mapping.ENDPOINT_INDEPENDENT;
        if (independent && (side != Side.SOURCE || (last.high() | last.low()) == 0)) {
            throw new IllegalArgumentException(
                    "endpoint-independent-mapping needs src with an address");
        }
        if (!independent && filtering != Filtering.ADDRESS_AND_PORT_DEPENDENT) {
            throw new IllegalArgumentException(
                    "endpoint-independent-filtering and address-dependent-filtering need"
                            + " endpoint-independent-mapping");
        }
        if (first.ipv6() != last.ipv6()) {
            throw new IllegalArgumentException(
                    "the range's first address "
                            + first
                            + " and its last "
                            + last
                            + " are not of the same kind");
        }
        int high = Long.compareUnsigned(first.high(), last.high());
        if (high > 0 || (high == 0 && Long.compareUnsigned(first.low(), last.low()) > 0)) {
            throw new IllegalArgumentException(
                    "the range's last address " + last + " is below its first " + first);
        }
        if (minPort < 0 || maxPort > 65535 || minPort > maxPort || (minPort == 0 && maxPort != 0)) {
            throw new IllegalArgumentException(
                    "the port range " + minPort + "-" + maxPort + " is not within 1-65535");
        }
    }

    /** With the behaviours that depend on address and port. */
    public NatRange(
            Side side, IpAddress first, IpAddress last, int minPort, int maxPort, Pick pick) {
        this(
                side,
                first,
                last,
                minPort,
                maxPort,
                pick,
                Mapping.ADDRESS_AND_PORT_DEPENDENT,
                Filtering.ADDRESS_AND_PORT_DEPENDENT);
    }

    /** The same of IPv4, network-order values. */
    public NatRange(
            Side side, int minAddress, int maxAddress, int minPort, int maxPort, Pick pick) {
        this(
                side,
                IpAddress.ofIpv4(minAddress),
                IpAddress.ofIpv4(maxAddress),
                minPort,
                maxPort,
                pick);
    }

    /** The first address of IPv4, network-order value. */
    public int minAddress() {
        return (int) first.low();
    }

    /** The last one. */
    public int maxAddress() {
        return (int) last.low();
    }

    /** The same range with other behaviours. */
    public NatRange with(Mapping otherMapping, Filtering otherFiltering) {
        return new NatRange(
                side, first, last, minPort, maxPort, pick, otherMapping, otherFiltering);
    }

    public boolean mapsEndpoints() {
        return mapping == Mapping.ENDPOINT_INDEPENDENT;
    }

    public boolean isIpv6() {
        return first.ipv6();
    }

    /** Whether packets keep their address: only a clash is resolved. */
    public boolean isNull() {
        return (last.high() | last.low()) == 0;
    }

    /** Whether packets of this kind are translated: others pass as they are. */
    public boolean isFor(boolean ipv6) {
        return isNull() || first.ipv6() == ipv6;
    }

    public boolean namesPorts() {
        return minPort != 0;
    }
}
