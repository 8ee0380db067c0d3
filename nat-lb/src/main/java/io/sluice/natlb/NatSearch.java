package io.sluice.natlb;

import io.sluice.packet.Icmpv6;
import io.sluice.packet.Ipv4;
import io.sluice.packet.TupleHash;
import io.sluice.packet.TupleKey;

/**
 * The translations that a range allows for a connection, best first: the caller takes the first
 * whose reply tuple is free. The search is bounded. One for each worker; answers are fields.
 *
 * <p>The first choice depends on the packet alone, the same in every process but for the ports of
 * {@code random}: see {@link NatRange.Pick}.
 */
public final class NatSearch {
    /** Ports tried for one address. */
    private static final int MAX_PORTS = 1024;

    private final AddressChoice choice = new AddressChoice();
    private NatRange range;
    private long fromAddresses;
    private int fromPorts;
    private int protocol;
    private long portHash;

    private int triedAddresses;
    private int triedPorts;
    private int portCount;
    private int firstPort;
    private int startPort;
    private int portSpan;
    private boolean keepsPort;

    private long addresses;
    private int ports;

    /** Starts over for this packet of IPv4; ports as {@link TupleKey} has them. */
    public void begin(NatRange wanted, long packetAddresses, long portsAndScope) {
        fromAddresses = packetAddresses;
        boolean source = wanted.side() == NatRange.Side.SOURCE;
        int own = source ? TupleKey.source(packetAddresses) : TupleKey.destination(packetAddresses);
        long clientHash = TupleHash.stable(TupleKey.source(packetAddresses), 0);
        begin(wanted, portsAndScope, packetAddresses, clientHash);
        choice.begin(wanted, addressHash(packetAddresses, clientHash), 0, own & 0xFFFFFFFFL);
    }

    /**
     * Starts over for this packet of IPv6.
     *
     * @param wide in four longs from {@code at} on the source and destination, as numbers
     */
    public void begin(NatRange wanted, long[] wide, int at, long portsAndScope) {
        fromAddresses = 0;
        int own = at + (wanted.side() == NatRange.Side.SOURCE ? 0 : 2);
        long both = TupleHash.stableWide(wide, at);
        long clientHash = TupleHash.stable(wide[at], wide[at + 1]);
        begin(wanted, portsAndScope, both, clientHash);
        choice.begin(wanted, addressHash(both, clientHash), wide[own], wide[own + 1]);
    }

    /**
     * @param both what stands for both addresses
     */
    private void begin(NatRange wanted, long portsAndScope, long both, long clientHash) {
        range = wanted;
        fromPorts = TupleKey.ports(portsAndScope);
        protocol = TupleKey.protocol(portsAndScope);
        triedAddresses = 0;
        portHash = portHash(both, clientHash);
        choosePorts();
    }

    private long addressHash(long both, long clientHash) {
        return range.pick().isPersistent()
                ? clientHash
                : TupleHash.stable(both, TupleKey.portsAndScope(fromPorts, 0, protocol));
    }

    private long portHash(long both, long clientHash) {
        NatRange.Pick pick = range.pick();
        if (pick.isRandom()) {
            return TupleHash.secret(both, TupleKey.portsAndScope(fromPorts, 0, protocol));
        }
        if (pick.isHash()) {
            boolean source = range.side() == NatRange.Side.SOURCE;
            int other = fromPorts & (source ? 0xFFFF0000 : 0xFFFF);
            return TupleHash.stable(both, TupleKey.portsAndScope(other, 0, protocol));
        }
        return addressHash(both, clientHash);
    }

    private void choosePorts() {
        boolean source = range.side() == NatRange.Side.SOURCE;
        boolean searches = hasPorts() || (hasIdentifier() && source);
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
                        && !range.pick().isRandom()
                        && !range.pick().isHash();
        startPort = (int) (((portHash & 0xFFFFFFFFL) * portSpan) >>> 32);
        portCount = Math.min(portSpan, MAX_PORTS) + (keepsPort ? 1 : 0);
        triedPorts = 0;
    }

    private boolean hasPorts() {
        return protocol == Ipv4.PROTO_TCP
                || protocol == Ipv4.PROTO_UDP
                || protocol == Ipv4.PROTO_SCTP;
    }

    /** Whether the packet is a query with an identifier, which stands for a source port. */
    private boolean hasIdentifier() {
        int type = TupleKey.destinationPort(fromPorts) >>> 8;
        return protocol == Ipv4.PROTO_ICMP
                || (protocol == Ipv4.PROTO_ICMPV6 && type == Icmpv6.ECHO);
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
            choice.next();
        }
        if (triedAddresses == choice.count()) {
            return false;
        }
        boolean source = range.side() == NatRange.Side.SOURCE;
        int address = (int) choice.low();
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

    /** The upper 64 bits of the address that a packet of IPv6 gets on the range's side. */
    public long addressHigh() {
        return choice.high();
    }

    /** The lower 64 bits. */
    public long addressLow() {
        return choice.low();
    }

    /** The packet's addresses after translation; IPv4 only. */
    public long addresses() {
        return addresses;
    }

    /** The packet's ports after translation. */
    public int ports() {
        return ports;
    }
}
