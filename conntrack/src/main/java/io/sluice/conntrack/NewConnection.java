package io.sluice.conntrack;

/** The keys of a connection about to be made: {@code TupleKey}s whose scope is the zone. */
public final class NewConnection {
    public long addresses;
    public long portsAndZone;
    public long replyAddresses;
    public long replyPortsAndZone;
    public int mark;
}
