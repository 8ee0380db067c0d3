package io.sluice.natlb;

import io.sluice.packet.Icmpv6;
import io.sluice.packet.Ipv4;
import io.sluice.packet.TupleHash;
import io.sluice.packet.TupleKey;

/**
 * The translations that a range allows for a connection, best first: the caller takes the first
 * whose reply tuple is free, and says of the others that they are taken. The search is bounded. One
 * for each worker; answers are fields.
 *
 * <p>The first choice depends on the packet alone, the same in every process but for the ports of
 * {@code random}: see {@link NatRange.Pick}.
 */
public final class NatSearch {
    private final PortSearch portSearch;
    private final AddressChoice choice = new AddressChoice();

    private NatRange range;
    private NatRange failedRange;
    private long fromAddresses;
    private int fromPorts;
    private int protocol;
    private boolean searchesPorts;
    private long triedAddresses;

    private long addresses;
    private int ports;

    /**
     * @param maps shared by all who search for the same connections
     * @param dry for searches that are to find what others would, and to change nothing
     */
    public NatSearch(PortMaps maps, boolean dry) {
        portSearch = new PortSearch(maps, dry);
    }

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
        beginPorts((int) portHash(both, clientHash));
    }

    private long addressHash(long both, long clientHash) {
        return range.pick().isPersistent() ? clientHash : TupleHash.stable(both, withoutScope());
    }

    private long portHash(long both, long clientHash) {
        NatRange.Pick pick = range.pick();
        if (pick.isRandom()) {
            return TupleHash.hidden(both, withoutScope());
        }
        if (pick.isHash()) {
            int other = fromPorts & (isSource() ? 0xFFFF0000 : 0xFFFF);
            return TupleHash.stable(both, TupleKey.portsAndScope(other, 0, protocol));
        }
        return addressHash(both, clientHash);
    }

    private long withoutScope() {
        return TupleKey.portsAndScope(fromPorts, 0, protocol);
    }

    private boolean isSource() {
        return range.side() == NatRange.Side.SOURCE;
    }

    @SuppressWarnings("ReferenceEquality") // A range is one object for as long as its flow is.
    private void beginPorts(int hash) {
        boolean source = isSource();
        boolean icmp = hasIdentifier();
        searchesPorts =
                protocol == Ipv4.PROTO_TCP
                        || protocol == Ipv4.PROTO_UDP
                        || protocol == Ipv4.PROTO_SCTP
                        || (icmp && source);
        int own = source ? TupleKey.sourcePort(fromPorts) : TupleKey.destinationPort(fromPorts);
        int first;
        int last;
        if (!searchesPorts || (!source && !range.namesPorts())) {
            first = own;
            last = own;
        } else if (range.namesPorts()) {
            first = range.minPort();
            last = range.maxPort();
        } else if (icmp) {
            // Identifiers have no classes.
            first = 0;
            last = 65535;
        } else {
            // A port keeps its class: servers tell privileged ports from others.
            first = own < 512 ? 1 : own < 1024 ? 512 : 1024;
            last = own < 512 ? 511 : own < 1024 ? 1023 : 65535;
        }
        portSearch.begin(first, last, kept(first, last), hash, range == failedRange);
    }

    /** The packet's own port, if it is among these and to be tried first; else -1. */
    private int kept(int first, int last) {
        int own = isSource() ? TupleKey.sourcePort(fromPorts) : TupleKey.destinationPort(fromPorts);
        boolean keeps = own >= first && own <= last;
        boolean picks = searchesPorts && first < last && !range.pick().keepsPort();
        return keeps && !picks ? own : -1;
    }

    /** Whether packets of this protocol get a port of the range: others have none. */
    public boolean searchesPorts() {
        return searchesPorts;
    }

    /** Goes on within the outside address and ports of a block, which are of the range. */
    public void within(PortBlock block) {
        choice.only(block.outsideHigh, block.outsideLow);
        triedAddresses = 0;
        portSearch.beginPart(
                block.firstPort, block.lastPort, kept(block.firstPort, block.lastPort));
    }

    /** Whether the packet is a query with an identifier, which stands for a source port. */
    private boolean hasIdentifier() {
        int type = TupleKey.destinationPort(fromPorts) >>> Byte.SIZE;
        return protocol == Ipv4.PROTO_ICMP
                || (protocol == Ipv4.PROTO_ICMPV6 && type == Icmpv6.ECHO);
    }

    /**
     * Goes to the next translation.
     *
     * @return false when there is none left, or none was found in a bounded time
     */
    public boolean next() {
        while (!portSearch.next()) {
            triedAddresses++;
            if (triedAddresses >= choice.count() || portSearch.gaveUp()) {
                portSearch.fail();
                failedRange = range;
                return false;
            }
            choice.next();
            portSearch.beginAddress();
        }
        int address = (int) choice.low();
        addresses =
                isSource()
                        ? TupleKey.addresses(address, TupleKey.destination(fromAddresses))
                        : TupleKey.addresses(TupleKey.source(fromAddresses), address);
        ports = searchesPorts ? withPort(portSearch.port()) : fromPorts;
        return true;
    }

    private int withPort(int port) {
        return isSource()
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

    /**
     * Says that another connection has the reply tuple of the last translation.
     *
     * @param replyAddresses with {@code replyPortsAndZone}: as the connection table has the tuple
     * @param zoneEpoch of its zone, as it was when the search began
     */
    public void taken(long replyAddresses, long replyPortsAndZone, int zoneEpoch, int nowMs) {
        if (!portSearch.wantsPeer()) {
            return;
        }
        // An ICMP identifier stays where it is, in both directions.
        boolean icmp = protocol == Ipv4.PROTO_ICMP || protocol == Ipv4.PROTO_ICMPV6;
        boolean upper = isSource() && !icmp;
        portSearch.taken(PortMaps.key(replyAddresses, replyPortsAndZone, upper, zoneEpoch), nowMs);
    }

    /** Says that no connection was made with the last translation, though it may be free. */
    public void giveBack() {
        portSearch.giveBack();
    }

    /** Whether the search that found nothing ended because it was long: something may be free. */
    public boolean gaveUp() {
        return portSearch.gaveUp();
    }
}
