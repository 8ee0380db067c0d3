package io.sluice.packet;

/**
 * ARP for IPv4 over Ethernet (RFC 826), and RARP, which looks the same (RFC 903): offsets from the
 * start of the header.
 */
public final class Arp {
    public static final int HARDWARE_TYPE = 0;
    public static final int PROTOCOL_TYPE = 2;
    public static final int ADDRESS_LENGTHS = 4;
    public static final int OPERATION = 6;
    public static final int SENDER_HARDWARE_ADDRESS = 8;
    public static final int SENDER_PROTOCOL_ADDRESS = 14;
    public static final int TARGET_HARDWARE_ADDRESS = 18;
    public static final int TARGET_PROTOCOL_ADDRESS = 24;
    public static final int LENGTH = 28;

    private static final int HARDWARE_ETHERNET = 1;
    private static final int LENGTHS_6_AND_4 = 0x0604;

    private Arp() {}

    /** Whether the header, which can be read whole, is about IPv4 over Ethernet. */
    public static boolean isIpv4OverEthernet(long arp) {
        return Memory.getShortBe(arp + HARDWARE_TYPE) == HARDWARE_ETHERNET
                && Memory.getShortBe(arp + PROTOCOL_TYPE) == Ethernet.TYPE_IPV4
                && Memory.getShortBe(arp + ADDRESS_LENGTHS) == LENGTHS_6_AND_4;
    }
}
