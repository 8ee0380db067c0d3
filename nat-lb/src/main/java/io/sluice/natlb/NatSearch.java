package io.sluice.natlb;

import io.sluice.packet.Ipv4;
import io.sluice.packet.TupleHash;
import io.sluice.packet.TupleKey;

/**
 * The translations that a range allows for a connection, best first: the caller takes the first
 * whose reply tuple is free. The search is bounded. One for each worker; answers are fields.
 *
 * <p>The first choice depends on the packet alone, the same in every process: by the five-tuple, or
 * for {@code persistent} by the source address.
 */
public final class NatSearch {
    /** Ports tried for one address. */
    private static final int MAX_PORTS = 1024;

    /** Addresses tried. */
    private static final int MAX_ADDRESSES = 64;

    private NatRange range;
    private long fromAddresses;
    private int fromPorts;
    private int protocol;
    private long hash;

    private int triedAddresses;
    private int addressCount;
    private int triedPorts;
    private int portCount;
    private int firstPort;
    private int startPort;
    private int portSpan;
    private boolean keepsPort;

    private long addresses;
    private int ports;

    /** Starts over for this packet; ports as {@link TupleKey} has them. */
    public void begin(NatRange wanted, long packetAddresses, long portsAndScope) {
        range = wanted;
        fromAddresses = packetAddresses;
        fromPorts = TupleKey.ports(portsAndScope);
        protocol = TupleKey.protocol(portsAndScope);
        boolean persistent = wanted.pick() == NatRange.Pick.PERSISTENT;
        hash =
                persistent
                        ? TupleHash.stable(TupleKey.source(packetAddresses), 0)
                        : TupleHash.stable(
                                packetAddresses, TupleKey.portsAndScope(fromPorts, 0, protocol));
        long size = Integer.toUnsignedLong(wanted.maxAddress() - wanted.minAddress()) + 1;
        addressCount = (int) Math.min(size, MAX_ADDRESSES);
        triedAddresses = 0;
        choosePorts();
    }

    private void choosePorts() {
        boolean source = range.side() == NatRange.Side.SOURCE;
        boolean searches =
                protocol == Ipv4.PROTO_TCP
                        || protocol == Ipv4.PROTO_UDP
                        || (protocol == Ipv4.PROTO_ICMP && source);
        int own = source ? TupleKey.sourcePort(fromPorts) : TupleKey.destinationPort(fromPorts);
        int lastPort;
        if (!searches) {
            firstPort = 0;
            lastPort = 0;
        } else if (range.namesPorts()) {
            firstPort = range.minPort();
            lastPort = range.maxPort();
        } else if (!source) {
            firstPort = own;
            lastPort = own;
        } else {
            // A port keeps its class: servers tell privileged ports from others.
            firstPort = own < 512 ? 1 : own < 1024 ? 512 : 1024;
            lastPort = own < 512 ? 511 : own < 1024 ? 1023 : 65535;
        }
        portSpan = lastPort - firstPort + 1;
        keepsPort =
                searches
                        && own >= firstPort
                        && own <= lastPort
                        && range.pick() != NatRange.Pick.RANDOM;
        startPort = (int) (((hash & 0xFFFFFFFFL) * portSpan) >>> 32);
        portCount = Math.min(portSpan, MAX_PORTS) + (keepsPort ? 1 : 0);
        triedPorts = 0;
    }

    /**
     * Goes to the next translation.
     *
     * @return false when there is none left
     */
    public boolean next() {
        if (triedPorts == portCount) {
            triedPorts = 0;
            triedAddresses++;
        }
        if (triedAddresses == addressCount) {
            return false;
        }
        long size = Integer.toUnsignedLong(range.maxAddress() - range.minAddress()) + 1;
        long offset = (((hash >>> 32) * size) >>> 32) + triedAddresses;
        int address = range.minAddress() + (int) (offset % size);
        boolean source = range.side() == NatRange.Side.SOURCE;
        addresses =
                source
                        ? TupleKey.addresses(address, TupleKey.destination(fromAddresses))
                        : TupleKey.addresses(TupleKey.source(fromAddresses), address);
        ports = nextPorts(source);
        triedPorts++;
        return true;
    }

    private int nextPorts(boolean source) {
        int searched = triedPorts - (keepsPort ? 1 : 0);
        if (searched < 0 || firstPort == 0) {
            return fromPorts;
        }
        int port = firstPort + (startPort + searched) % portSpan;
        return source
                ? TupleKey.ports(port, TupleKey.destinationPort(fromPorts))
                : TupleKey.ports(TupleKey.sourcePort(fromPorts), port);
    }

    /** The packet's addresses after translation. */
    public long addresses() {
        return addresses;
    }

    /** The packet's ports after translation. */
    public int ports() {
        return ports;
    }
}
