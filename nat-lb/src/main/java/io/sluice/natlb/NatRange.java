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
 * @param blocks the port blocks that clients get, or {@link Blocks#NONE}
 */
public record NatRange(
        Side side,
        IpAddress first,
        IpAddress last,
        int minPort,
        int maxPort,
        Pick pick,
        Mapping mapping,
        Filtering filtering,
        Blocks blocks) {
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
     * The port blocks of a range (the purpose of RFC 7422: a log line for each block, and not for
     * each connection). Blocks begin at multiples of their size.
     *
     * @param size ports of a block, a power of two; 0: there are no blocks
     * @param max blocks of a client at once
     * @param holdSeconds how long a block stays its client's that nothing uses
     */
    public record Blocks(int size, int max, int holdSeconds) {
        public static final Blocks NONE = new Blocks(0, 0, 0);
        public static final int MIN_SIZE = 64;
        public static final int MAX_SIZE = 1 << 15;

        /** More would be tried one by one for a connection. */
        public static final int MAX_COUNT = 64;

        public static final int DEFAULT_COUNT = 1;
        public static final int MAX_HOLD_SECONDS = 86_400;

        /** RFC 6888 REQ-8: ports are not another's within this time. */
        public static final int DEFAULT_HOLD_SECONDS = 120;

        public Blocks {
            if (size != 0) {
                if (size < MIN_SIZE || size > MAX_SIZE || Integer.bitCount(size) != 1) {
                    throw new IllegalArgumentException(
                            "port-block-size is %d, expected a power of two from %d to %d"
                                    .formatted(size, MIN_SIZE, MAX_SIZE));
                }
                if (max < 1 || max > MAX_COUNT) {
                    throw new IllegalArgumentException(
                            "max-port-blocks is %d, not within 1-%d".formatted(max, MAX_COUNT));
                }
                if (holdSeconds < 0 || holdSeconds > MAX_HOLD_SECONDS) {
                    throw new IllegalArgumentException(
                            "port-block-hold is %d, not within 0-%d seconds"
                                    .formatted(holdSeconds, MAX_HOLD_SECONDS));
                }
            } else if (max != 0 || holdSeconds != 0) {
                throw new IllegalArgumentException(
                        "max-port-blocks and port-block-hold need port-block-size");
            }
        }
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
        if (blocks.size != 0 && (last.high() | last.low()) == 0) {
            throw new IllegalArgumentException("port-block-size needs src with an address");
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
        if (blocks.size != 0) {
            requireBlocks(blocks.size, side == Side.SOURCE && minPort != 0, minPort, maxPort);
        }
    }

    private static void requireBlocks(int size, boolean possible, int minPort, int maxPort) {
        if (!possible) {
            throw new IllegalArgumentException("port-block-size needs src with ports");
        }
        int first = -Math.floorDiv(-minPort, size) * size;
        int end = (maxPort + 1) / size * size;
        if (first >= end) {
            throw new IllegalArgumentException(
                    "no block of %d ports, which begins at a multiple of it, fits into %d-%d"
                            .formatted(size, minPort, maxPort));
        }
        if (first != minPort || end != maxPort + 1) {
            throw new IllegalArgumentException(
                    "%d-%d are no whole blocks of %d ports, which begin at multiples of it; %d-%d are"
                            .formatted(minPort, maxPort, size, first, end - 1));
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
                Filtering.ADDRESS_AND_PORT_DEPENDENT,
                Blocks.NONE);
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
                side, first, last, minPort, maxPort, pick, otherMapping, otherFiltering, blocks);
    }

    /** The same range with other blocks. */
    public NatRange with(Blocks otherBlocks) {
        return new NatRange(
                side, first, last, minPort, maxPort, pick, mapping, filtering, otherBlocks);
    }

    /** Whether clients get blocks of its ports. */
    public boolean hasBlocks() {
        return blocks.size != 0;
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

    /** Whether the address, of the range's kind, is one of it. */
    boolean holds(long high, long low) {
        return compare(high, low, first) >= 0 && compare(high, low, last) <= 0;
    }

    private static int compare(long high, long low, IpAddress other) {
        int upper = Long.compareUnsigned(high, other.high());
        return upper != 0 ? upper : Long.compareUnsigned(low, other.low());
    }

    public boolean namesPorts() {
        return minPort != 0;
    }
}
