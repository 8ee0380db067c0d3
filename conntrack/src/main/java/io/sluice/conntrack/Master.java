package io.sluice.conntrack;

/** Whose connection made another expected; reused for every packet. */
public final class Master {
    /** {@link ConnTable#NONE}: nobody's. */
    int reference = ConnTable.NONE;

    /** Of its record: a later connection there has another. */
    int generation;

    /** Whether the expected connection ends with it. */
    boolean tied;

    // The tuple of its original direction.
    long addresses;
    long portsAndZone;
    final long[] wide = new long[4];

    public void clear() {
        reference = ConnTable.NONE;
    }

    public boolean isThere() {
        return reference != ConnTable.NONE;
    }

    /** Its record, in its original direction, as long as the connection lives. */
    public int reference() {
        return reference;
    }

    /** Of its original direction, as {@link io.sluice.packet.TupleKey} has them. */
    public long addresses() {
        return addresses;
    }

    public long portsAndZone() {
        return portsAndZone;
    }

    /** Its addresses if they are IPv6: source and destination in four longs. */
    public void readWide(long[] to, int at) {
        System.arraycopy(wide, 0, to, at, wide.length);
    }

    void copyFrom(Master other) {
        reference = other.reference;
        generation = other.generation;
        tied = other.tied;
        addresses = other.addresses;
        portsAndZone = other.portsAndZone;
        System.arraycopy(other.wide, 0, wide, 0, wide.length);
    }
}
