package io.sluice.conntrack;

/**
 * The keys of a connection about to be made: {@code TupleKey}s whose scope is the zone, which may
 * be another for each direction.
 */
public final class NewConnection {
    public long addresses;
    public long portsAndZone;
    public long replyAddresses;
    public long replyPortsAndZone;
    public int mark;

    /** ct_label, the upper 64 bits and the lower. */
    public long labelHigh;

    public long labelLow;

    /** Whether its end is logged, whatever the log's filter says. */
    public boolean logged;

    /**
     * Numbers of what it holds elsewhere, for its original source and destination; 0: nothing. Who
     * makes the connection takes hold before, and lets go himself if it could not be made.
     */
    public final int[] hold = new int[HOLDS];

    static final int HOLDS = 2;

    /** What is to look into its packets. */
    public Helper helper = Helper.NONE;

    /** Whether connections that it makes expected may outlive it. */
    public boolean untied;

    /** Of a connection that was expected. */
    public final Master master = new Master();

    /**
     * The number of the bucket that it is made in, which who makes it counts it in, from 1 to 2^30
     * - 1; 0: none.
     */
    public int bucket;

    /** The state and windows that it begins with; null for other protocols. */
    TcpConnection tcp;

    /** The state and tags that it begins with; null for other protocols. */
    SctpConnection sctp;

    /**
     * Of IPv6 only: the source and destination of the original direction, then those of the reply,
     * two longs each, the upper first, as numbers.
     */
    public final long[] wide = new long[8];

    /** Exchanges source and destination of IPv6, four longs. */
    static void exchange(long[] addresses, int at) {
        long high = addresses[at];
        long low = addresses[at + 1];
        addresses[at] = addresses[at + 2];
        addresses[at + 1] = addresses[at + 3];
        addresses[at + 2] = high;
        addresses[at + 3] = low;
    }

    boolean holds() {
        return (hold[0] | hold[1] | bucket) != 0;
    }

    /** Whether {@link Relations} has something of it. */
    boolean hasRelations() {
        return helper != Helper.NONE || master.isThere();
    }

    NewConnection copy() {
        NewConnection copy = new NewConnection();
        copy.addresses = addresses;
        copy.portsAndZone = portsAndZone;
        copy.replyAddresses = replyAddresses;
        copy.replyPortsAndZone = replyPortsAndZone;
        copy.mark = mark;
        copy.labelHigh = labelHigh;
        copy.labelLow = labelLow;
        copy.logged = logged;
        copy.helper = helper;
        copy.untied = untied;
        copy.master.copyFrom(master);
        System.arraycopy(hold, 0, copy.hold, 0, HOLDS);
        copy.bucket = bucket;
        System.arraycopy(wide, 0, copy.wide, 0, wide.length);
        return copy;
    }
}
