package io.sluice.packet;

/**
 * The check that the flow cache stands on: whether a frame is an untagged IPv4 packet with no
 * options, no fragment, with TTL above 1, that carries UDP, or TCP which only acknowledges (no SYN,
 * FIN or RST) and whose header with its options lies in one piece.
 *
 * <p>It proves the constant offsets below: after it, they may be read and written without another
 * check until somebody shortens the frame or changes the bytes that were looked at.
 */
public final class OrdinaryPacket {
    public static final int ADDRESSES = Ethernet.HEADER_LENGTH + Ipv4.SRC;
    public static final int PORTS = Ethernet.HEADER_LENGTH + Ipv4.MIN_HEADER_LENGTH;
    public static final int PROTOCOL = Ethernet.HEADER_LENGTH + Ipv4.PROTOCOL;
    public static final int IP_CHECKSUM = Ethernet.HEADER_LENGTH + Ipv4.CHECKSUM;
    public static final int TOTAL_LENGTH = Ethernet.HEADER_LENGTH + Ipv4.TOTAL_LENGTH;
    public static final int UDP_CHECKSUM = PORTS + Udp.CHECKSUM;
    public static final int TCP_CHECKSUM = PORTS + Tcp.CHECKSUM;

    private static final int MIN_UDP_FRAME = PORTS + Udp.HEADER_LENGTH;

    // Type 0x0800, version 4 and 5 words of header, as the bytes lie from offset 12 on.
    private static final long TYPE_AND_IHL = 0x450008L;
    // All of the fragment field but the bit "don't fragment", as loaded.
    private static final int FRAGMENT_BITS = 0xFFBF;

    private OrdinaryPacket() {}

    /**
     * @param frame address of the Ethernet header
     * @param contiguous bytes readable there
     * @param frameLength bytes of the frame in all segments
     * @return the IP protocol, or 0 when the packet is not ordinary
     */
    public static int protocol(long frame, int contiguous, int frameLength) {
        if (contiguous < MIN_UDP_FRAME) {
            return 0;
        }
        long start = Memory.getLong(frame + Ethernet.TYPE);
        int fragmentTtlProtocol = Memory.getInt(frame + Ethernet.HEADER_LENGTH + Ipv4.FRAGMENT);
        int totalLength = Short.reverseBytes((short) (start >>> 32)) & 0xFFFF;
        if ((start & 0xFFFFFF) != TYPE_AND_IHL
                || (fragmentTtlProtocol & FRAGMENT_BITS) != 0
                || (fragmentTtlProtocol & 0xFF0000) <= 0x010000
                || totalLength > frameLength - Ethernet.HEADER_LENGTH) {
            return 0;
        }
        int protocol = fragmentTtlProtocol >>> 24;
        int l4Length = totalLength - Ipv4.MIN_HEADER_LENGTH;
        return isOrdinary(protocol, frame + PORTS, contiguous - PORTS, l4Length) ? protocol : 0;
    }

    /**
     * Whether what an IP packet transports is UDP, or TCP that only acknowledges.
     *
     * @param l4 address of its header, where {@code contiguous} bytes are readable: a UDP header
     * @param l4Length bytes that the IP header promises
     */
    static boolean isOrdinary(int protocol, long l4, int contiguous, int l4Length) {
        if (protocol == Ipv4.PROTO_UDP) {
            int udpLength = Memory.getShortBe(l4 + Udp.LENGTH);
            return udpLength >= Udp.HEADER_LENGTH && udpLength <= l4Length;
        }
        return protocol == Ipv4.PROTO_TCP && onlyAcknowledges(l4, contiguous, l4Length);
    }

    private static boolean onlyAcknowledges(long tcp, int contiguous, int l4Length) {
        if (contiguous < Tcp.MIN_HEADER_LENGTH) {
            return false;
        }
        int headerLength = Memory.getByte(tcp + Tcp.DATA_OFFSET) >>> 4 << 2;
        int flags = Memory.getByte(tcp + Tcp.FLAGS);
        return headerLength >= Tcp.MIN_HEADER_LENGTH
                && headerLength <= l4Length
                && headerLength <= contiguous
                && (flags & (Tcp.FIN | Tcp.SYN | Tcp.RST | Tcp.ACK)) == Tcp.ACK;
    }
}
