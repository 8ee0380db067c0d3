package io.sluice.conntrack;

import io.sluice.packet.TupleKey;

/**
 * A connection that a helper says is going to be made. Numbers are in host order; an IPv4 address
 * is in the lower word. Reused for every packet.
 */
public final class NewExpectation {
    public static final int ANY_PORT = -1;

    /** Whether who opens it may have any address. */
    public boolean anySource;

    public long srcHigh;
    public long srcLow;
    public long dstHigh;
    public long dstLow;

    /** Or {@link #ANY_PORT}. */
    public int srcPort = ANY_PORT;

    public int dstPort;

    /** Whether it stays when a connection has come of it. */
    public boolean permanent;

    /**
     * What the destination port becomes where packets of the master are translated: mostly the same
     * as {@link #dstPort}, and another one where the helper has told the other side that one.
     */
    public int translatedPort;

    private final long[] wide = new long[4];

    /**
     * From who sends the packets of this direction of the master to who gets them, as these packets
     * come: any port to the same port. What a helper does not change is right as it is.
     *
     * @param reference of the master, in the direction that the expected connection will have
     */
    public void follow(Tracker tracker, int reference) {
        anySource = false;
        permanent = false;
        srcPort = ANY_PORT;
        long ports = tracker.ports(reference);
        if (TupleKey.isIpv6(ports)) {
            tracker.readWide(reference, wide, 0);
            srcHigh = wide[0];
            srcLow = wide[1];
            dstHigh = wide[2];
            dstLow = wide[3];
        } else {
            long addresses = tracker.addresses(reference);
            srcHigh = 0;
            srcLow = Integer.toUnsignedLong(TupleKey.source(addresses));
            dstHigh = 0;
            dstLow = Integer.toUnsignedLong(TupleKey.destination(addresses));
        }
        int number = TupleKey.ports(ports);
        dstPort = TupleKey.destinationPort(number);
        int translated = TupleKey.ports(tracker.translatedPorts(reference));
        translatedPort = TupleKey.destinationPort(translated);
    }
}
