package io.sluice.packet;

/**
 * What {@link OrdinaryPacket} is for IPv4: whether a frame is an untagged IPv6 packet with no
 * extension header, with hop limit above 1, that carries UDP, or TCP which only acknowledges. It
 * proves the constant offsets below.
 */
public final class OrdinaryIpv6 {
    /** Source and destination, 32 bytes. */
    public static final int ADDRESSES = Ethernet.HEADER_LENGTH + Ipv6.SRC;

    public static final int PORTS = Ethernet.HEADER_LENGTH + Ipv6.HEADER_LENGTH;
    public static final int PAYLOAD_LENGTH = Ethernet.HEADER_LENGTH + Ipv6.PAYLOAD_LENGTH;
    public static final int VERSION_CLASS_LABEL = Ethernet.HEADER_LENGTH + Ipv6.VERSION_CLASS_LABEL;
    public static final int HOP_LIMIT = Ethernet.HEADER_LENGTH + Ipv6.HOP_LIMIT;

    private static final int MIN_UDP_FRAME = PORTS + Udp.HEADER_LENGTH;

    // Type 0x86DD and version 6, as the bytes lie from offset 12 on.
    private static final int TYPE_AND_VERSION = 0x60DD86;
    private static final int TYPE_AND_VERSION_MASK = 0xF0FFFF;

    private OrdinaryIpv6() {}

    /**
     * @param frame address of the Ethernet header
     * @param contiguous bytes readable there
     * @param frameLength bytes of the frame in all segments
     * @return the transported protocol, or 0 when the packet is not ordinary
     */
    public static int protocol(long frame, int contiguous, int frameLength) {
        if (contiguous < MIN_UDP_FRAME
                || (Memory.getInt(frame + Ethernet.TYPE) & TYPE_AND_VERSION_MASK)
                        != TYPE_AND_VERSION) {
            return 0;
        }
        int payloadLength = Memory.getShortBe(frame + PAYLOAD_LENGTH);
        if (payloadLength > frameLength - PORTS || Memory.getByte(frame + HOP_LIMIT) <= 1) {
            return 0;
        }
        int protocol = Memory.getByte(frame + Ethernet.HEADER_LENGTH + Ipv6.NEXT_HEADER);
        return OrdinaryPacket.isOrdinary(protocol, frame + PORTS, contiguous - PORTS, payloadLength)
                ? protocol
                : 0;
    }
}
