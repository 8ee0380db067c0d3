package io.sluice.conntrack;

import io.sluice.packet.Memory;
import io.sluice.packet.TupleHash;
import io.sluice.packet.TupleKey;

/**
 * What a packet is compared with expectations by: its five-tuple and zone, addresses as two words
 * each. Reused; one thread at a time.
 */
final class Expected {
    long srcHigh;
    long srcLow;
    long dstHigh;
    long dstLow;
    int srcPort;
    int dstPort;
    int protocol;
    int zone;
    boolean ipv6;

    /** Reads the key of a packet; parameters as of {@link Tracker#track}. */
    void read(long addresses, long portsAndZone, long[] wide, int at) {
        ipv6 = TupleKey.isIpv6(portsAndZone);
        if (ipv6) {
            srcHigh = wide[at];
            srcLow = wide[at + 1];
            dstHigh = wide[at + 2];
            dstLow = wide[at + 3];
        } else {
            srcHigh = 0;
            srcLow = Integer.toUnsignedLong(TupleKey.source(addresses));
            dstHigh = 0;
            dstLow = Integer.toUnsignedLong(TupleKey.destination(addresses));
        }
        int ports = TupleKey.ports(portsAndZone);
        srcPort = TupleKey.sourcePort(ports);
        dstPort = TupleKey.destinationPort(ports);
        protocol = TupleKey.protocol(portsAndZone);
        zone = TupleKey.scope(portsAndZone);
    }

    /** Reads what a helper says, of a master with these ports and protocol. */
    void read(NewExpectation wanted, long masterPortsAndZone) {
        ipv6 = TupleKey.isIpv6(masterPortsAndZone);
        srcHigh = wanted.srcHigh;
        srcLow = wanted.srcLow;
        dstHigh = wanted.dstHigh;
        dstLow = wanted.dstLow;
        srcPort = wanted.srcPort;
        dstPort = wanted.dstPort;
        protocol = TupleKey.protocol(masterPortsAndZone);
        zone = TupleKey.scope(masterPortsAndZone);
    }

    /** Reads what an expectation at the address is found by. */
    void readDestination(long address) {
        int flags = Memory.getInt(address + ExpectationLayout.FLAGS);
        ipv6 = (flags & ExpectationLayout.IPV6) != 0;
        protocol = flags & ExpectationLayout.PROTOCOL;
        zone = Memory.getInt(address + ExpectationLayout.ZONE);
        dstPort = Memory.getInt(address + ExpectationLayout.DST_PORT);
        dstHigh = Memory.getLong(address + ExpectationLayout.DST);
        dstLow = Memory.getLong(address + ExpectationLayout.DST + Long.BYTES);
    }

    /** Of what every expectation says exactly. */
    long hash() {
        long ports = TupleKey.portsAndScope(dstPort, zone, protocol);
        return TupleHash.secret(
                TupleHash.secret(dstHigh, dstLow), ipv6 ? TupleKey.ofIpv6(ports) : ports);
    }
}
