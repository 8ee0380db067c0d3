package io.sluice.conntrack;

import java.util.List;

/** The bits of {@code ct_state}, with Open vSwitch's numbers (ovs-fields(7)). */
public final class CtState {
    public static final int NEW = 0x01;
    public static final int ESTABLISHED = 0x02;
    public static final int RELATED = 0x04;
    public static final int REPLY = 0x08;
    public static final int INVALID = 0x10;
    public static final int TRACKED = 0x20;
    public static final int SOURCE_NAT = 0x40;
    public static final int DESTINATION_NAT = 0x80;

    /** Names in flow syntax; the place in the list is the number of the bit. */
    public static final List<String> NAMES =
            List.of("new", "est", "rel", "rpl", "inv", "trk", "snat", "dnat");

    private CtState() {}
}
