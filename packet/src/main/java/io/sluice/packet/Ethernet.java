package io.sluice.packet;

/** Ethernet II framing: offsets from the start of the frame, and the types we know. */
public final class Ethernet {
    public static final int DST = 0;
    public static final int SRC = 6;
    public static final int TYPE = 12;
    public static final int HEADER_LENGTH = 14;

    public static final int TYPE_IPV4 = 0x0800;
    public static final int TYPE_ARP = 0x0806;
    public static final int TYPE_RARP = 0x8035;
    public static final int TYPE_IPV6 = 0x86DD;

    private Ethernet() {}

    /** 48 bits at the address, the first byte highest. */
    public static long getMac(long address) {
        return ((long) Memory.getShortBe(address) << 32)
                | (Memory.getIntBe(address + 2) & 0xFFFFFFFFL);
    }

    public static void putMac(long address, long mac) {
        Memory.putShortBe(address, (int) (mac >>> 32));
        Memory.putIntBe(address + 2, (int) mac);
    }

    /** Whether the group bit is set: multicast and broadcast. */
    public static boolean isGroup(long mac) {
        return (mac & 0x010000000000L) != 0;
    }
}
