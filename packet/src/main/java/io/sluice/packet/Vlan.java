package io.sluice.packet;

/**
 * A VLAN tag (IEEE 802.1Q): it lies between the Ethernet addresses and the type, its own type
 * first. Offsets from the start of the tag.
 */
public final class Vlan {
    public static final int TPID = 0;
    public static final int TCI = 2;
    public static final int LENGTH = 4;

    /** The type of a customer's tag. */
    public static final int TPID_CUSTOMER = 0x8100;

    /** The type of a provider's tag (802.1ad). */
    public static final int TPID_SERVICE = 0x88A8;

    /** In the TCI: the VLAN. */
    public static final int VID_MASK = 0x0FFF;

    /** In the TCI: may be dropped first. */
    public static final int DROP_ELIGIBLE = 0x1000;

    /** In the TCI: where the 3 bits of the priority begin. */
    public static final int PCP_SHIFT = 13;

    public static final int PCP_MASK = 0xE000;

    private Vlan() {}

    /** Whether the two bytes of a type begin a tag. */
    public static boolean isTag(int type) {
        return type == TPID_CUSTOMER || type == TPID_SERVICE;
    }
}
