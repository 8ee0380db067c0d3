package io.sluice.natlb;

/**
 * The two sides of one mapping in {@link EndpointMappings}, to ask and to answer with. Addresses
 * are network-order values, of IPv4 in the lower 32 bits of {@code ...Low}. One for each worker.
 */
public final class EndpointMapping {
    public boolean ipv6;
    public int zone;
    public int protocol;
    public long insideHigh;
    public long insideLow;
    public int insidePort;
    public long outsideHigh;
    public long outsideLow;
    public int outsidePort;
    public NatRange.Filtering filtering = NatRange.Filtering.ADDRESS_AND_PORT_DEPENDENT;

    /** The port block that its outside is of and that it is to hold; 0: none. Not answered. */
    public int block;

    /** Connections, or their peers, that use it; as an answer of {@link EndpointView#show}. */
    public int uses;

    /** How long it stays without any; as an answer of {@link EndpointView#show}. */
    public int remainingMs;
}
