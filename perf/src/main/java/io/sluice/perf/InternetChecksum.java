package io.sluice.perf;

/**
 * The checksum of IPv4 and UDP (RFC 1071), always computed over all bytes.
 *
 * <p>On purpose this shares nothing with the packet path, which updates checksums incrementally: it
 * is what the packet path is checked against.
 */
final class InternetChecksum {
    private InternetChecksum() {}

    /**
     * The one's complement sum, not yet inverted, of {@code length} bytes; odd lengths are padded.
     */
    static int sum(byte[] bytes, int offset, int length) {
        long sum = 0;
        int end = offset + (length & ~1);
        for (int i = offset; i < end; i += 2) {
            sum += ((bytes[i] & 0xff) << 8) | (bytes[i + 1] & 0xff);
        }
        if ((length & 1) != 0) {
            sum += (bytes[end] & 0xff) << 8;
        }
        return fold(sum);
    }

    /** The IPv4 header checksum; over a header whose checksum is right the result is 0. */
    static int ipv4Header(byte[] frame, int offset, int headerLength) {
        return ~sum(frame, offset, headerLength) & 0xffff;
    }

    /**
     * The UDP checksum with its pseudo header; over a datagram whose checksum is right the result
     * is 0.
     *
     * @param ipOffset where the IPv4 header without options starts
     * @param udpLength bytes of UDP header and payload
     */
    static int udp(byte[] frame, int ipOffset, int udpLength) {
        long sum = sum(frame, ipOffset + UdpFrame.IP_SOURCE, 8);
        sum += UdpFrame.PROTOCOL_UDP + udpLength;
        sum += sum(frame, ipOffset + UdpFrame.IP_HEADER_BYTES, udpLength);
        return ~fold(sum) & 0xffff;
    }

    private static int fold(long sum) {
        long folded = sum;
        while (folded >>> 16 != 0) {
            folded = (folded & 0xffff) + (folded >>> 16);
        }
        return (int) folded;
    }
}
