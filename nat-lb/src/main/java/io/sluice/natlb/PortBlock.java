package io.sluice.natlb;

/**
 * A block of an outside address' ports and the client that has it, to ask and to answer with.
 * Addresses are network-order values, of IPv4 in the lower 32 bits of {@code ...Low}. One for each
 * thread.
 */
public final class PortBlock {
    public boolean ipv6;

    /** The zone of the client's side. */
    public int zone;

    /** The zone of the outside's side, mostly the same: blocks are unique in it. */
    public int replyZone;

    public long clientHigh;
    public long clientLow;
    public long outsideHigh;
    public long outsideLow;
    public int firstPort;
    public int lastPort;

    /** Connections and mappings that use it, as an answer of {@link PortBlocks#show}. */
    public int users;

    /** How long it stays without any, as an answer of {@link PortBlocks#show}. */
    public int remainingMs;
}
