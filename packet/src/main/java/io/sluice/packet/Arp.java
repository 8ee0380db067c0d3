package io.sluice.packet;

/** ARP for IPv4 over Ethernet (RFC 826): offsets from the start of the ARP header. */
public final class Arp {
    public static final int PROTOCOL_TYPE = 2;
    public static final int OPERATION = 6;
    public static final int SENDER_PROTOCOL_ADDRESS = 14;
    public static final int TARGET_PROTOCOL_ADDRESS = 24;
    public static final int LENGTH = 28;

    private Arp() {}
}
