package io.sluice.natlb;

import io.sluice.packet.Ipv4;
import io.sluice.packet.TupleHash;
import io.sluice.packet.TupleKey;

/**
 * The translations that a range allows for a connection, best first: the caller takes the first
 * whose reply tuple is free, and says of the others that they are taken. The search is bounded. One
 * for each worker; answers are fields.
 *
 * <p>The first choice depends on the packet alone, the same in every process: by the five-tuple, or
 * for {@code persistent} by the source address. Only {@code random} has another in each process.
 */
public final class NatSearch {
    private final PortSearch portSearch;

    private NatRange range;
    private long fromAddresses;
    private int fromPorts;
    private int protocol;
    private long hash;
    private boolean searchesPorts;

    private long triedAddresses;
    private long addressCount;

    private long addresses;
    private int ports;

    /**
     * @param maps shared by all who search for the same connections
     * @param dry for searches that are to find what others would, and to change nothing
     */
    public NatSearch(PortMaps maps, boolean dry) {
        portSearch = new PortSearch(maps, dry);
    }

    /** Starts over for this packet; ports as {@link TupleKey} has them. */
    public void begin(NatRange wanted, long packetAddresses, long portsAndScope) {
        range = wanted;
        fromAddresses = packetAddresses;
        fromPorts = TupleKey.ports(portsAndScope);
        protocol = TupleKey.protocol(portsAndScope);
        hash =
                switch (wanted.pick()) {
                    case PERSISTENT -> TupleHash.stable(TupleKey.source(packetAddresses), 0);
                    case RANDOM -> TupleHash.secret(packetAddresses, withoutScope());
                    case DEFAULT, HASH -> TupleHash.stable(packetAddresses, withoutScope());
                };
        addressCount = Integer.toUnsignedLong(wanted.maxAddress() - wanted.minAddress()) + 1;
        triedAddresses = 0;
        beginPorts();
    }

    private long withoutScope() {
        return TupleKey.portsAndScope(fromPorts, 0, protocol);
    }

    private boolean isSource() {
        return range.side() == NatRange.Side.SOURCE;
    }

    private void beginPorts() {
        boolean source = isSource();
        boolean icmp = protocol == Ipv4.PROTO_ICMP || protocol == Ipv4.PROTO_ICMPV6;
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
        boolean keeps = own >= first && own <= last;
        boolean picks = searchesPorts && range.pick() == NatRange.Pick.RANDOM && first < last;
        portSearch.begin(first, last, keeps && !picks ? own : -1, (int) hash);
    }

    /**
     * Goes to the next translation.
     *
     * @return false when there is none left, or none was found in a bounded time
     */
    public boolean next() {
        while (!portSearch.next()) {
            triedAddresses++;
            if (triedAddresses >= addressCount || portSearch.gaveUp()) {
                portSearch.fail();
                return false;
            }
            portSearch.beginAddress();
        }
        // By the upper half of the hash, and then one after the other.
        long first = Math.unsignedMultiplyHigh(hash & 0xFFFFFFFF00000000L, addressCount);
        long offset = (first + triedAddresses) % addressCount;
        int address = range.minAddress() + (int) offset;
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

    /** The packet's addresses after translation. */
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
