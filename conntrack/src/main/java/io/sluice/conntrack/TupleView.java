package io.sluice.conntrack;

import io.sluice.packet.IpAddress;
import io.sluice.packet.TupleKey;

/**
 * One direction of a connection, as numbers people write; see {@link Tuple}. Filled again and
 * again.
 */
public final class TupleView {
    private boolean ipv6;
    private long srcHigh;
    private long srcLow;
    private long dstHigh;
    private long dstLow;
    private int srcPort;
    private int dstPort;

    /** The same as the tuple. */
    public static TupleView of(Tuple tuple) {
        TupleView view = new TupleView();
        view.set(tuple);
        return view;
    }

    void set(Tuple tuple) {
        ipv6 = tuple.src().ipv6();
        srcHigh = tuple.src().high();
        srcLow = tuple.src().low();
        dstHigh = tuple.dst().high();
        dstLow = tuple.dst().low();
        srcPort = tuple.srcPort();
        dstPort = tuple.dstPort();
    }

    /** Of IPv4, from numbers as {@link TupleKey} has them. */
    void set(long addresses, int ports) {
        ipv6 = false;
        srcHigh = 0;
        srcLow = TupleKey.source(addresses) & 0xFFFFFFFFL;
        dstHigh = 0;
        dstLow = TupleKey.destination(addresses) & 0xFFFFFFFFL;
        setPorts(ports);
    }

    /** Of IPv6: source and destination in four longs. */
    void setWide(long[] words, int ports) {
        ipv6 = true;
        srcHigh = words[0];
        srcLow = words[1];
        dstHigh = words[2];
        dstLow = words[3];
        setPorts(ports);
    }

    /** A copy that stays. */
    Tuple copy() {
        return new Tuple(address(srcHigh, srcLow), address(dstHigh, dstLow), srcPort, dstPort);
    }

    private IpAddress address(long high, long low) {
        return ipv6 ? IpAddress.ofIpv6(high, low) : IpAddress.ofIpv4((int) low);
    }

    private void setPorts(int ports) {
        srcPort = TupleKey.sourcePort(ports);
        dstPort = TupleKey.destinationPort(ports);
    }

    public boolean ipv6() {
        return ipv6;
    }

    /** The upper 64 bits of an IPv6 source address; 0 for IPv4. */
    public long srcHigh() {
        return srcHigh;
    }

    /** The lower 64 bits of an IPv6 source address, or an IPv4 address. */
    public long srcLow() {
        return srcLow;
    }

    public long dstHigh() {
        return dstHigh;
    }

    public long dstLow() {
        return dstLow;
    }

    public int srcPort() {
        return srcPort;
    }

    public int dstPort() {
        return dstPort;
    }
}
