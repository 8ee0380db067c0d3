package io.sluice.fastpath;

import io.sluice.dpdk.Mbuf;
import io.sluice.packet.Checksum;
import io.sluice.packet.Crc32c;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Memory;
import io.sluice.packet.Sctp;
import io.sluice.packet.Udp;

/**
 * Whether the checksums in a frame are right: as the NIC found them, or else computed, over all the
 * mbufs of the frame. Stateless.
 */
public final class Checksums {
    /** Whose checksums {@code ct()} looks at. */
    public enum Verify {
        NONE,
        /** Of packets that may change the state of a connection, or begin one. */
        STATE,
        ALL
    }

    private Checksums() {}

    /** As the frame is now; what cannot be told, as of a fragment, is right. */
    static boolean areRight(SlowPacket packet) {
        Headers headers = packet.headers;
        int transport = headers.fragment || headers.routed ? 0 : headers.transport;
        return switch (headers.network) {
            case IPV4 ->
                    isIpv4Right(packet.mbuf, headers.networkAt)
                            && isTransportRight(packet, transport, true);
            case IPV6 -> isTransportRight(packet, transport, false);
            default -> true;
        };
    }

    /** Of an ordinary packet. */
    static boolean areRight(
            long mbuf, long frame, long network, boolean ipv4, int transport, long l4, int bytes) {
        return (!ipv4 || isIpv4Right(mbuf, network))
                && isTransportRight(mbuf, frame, network, ipv4, transport, l4, bytes);
    }

    private static boolean isIpv4Right(long mbuf, long ip) {
        long found = Memory.getLong(mbuf + Mbuf.OL_FLAGS) & Mbuf.RX_IP_CHECKSUM_MASK;
        if (found != 0) {
            return found != Mbuf.RX_IP_CHECKSUM_BAD;
        }
        int headerBytes = (Memory.getByte(ip + Ipv4.VERSION_IHL) & 0xF) << 2;
        return Checksum.sum(ip, headerBytes) == 0xFFFF;
    }

    private static boolean isTransportRight(SlowPacket packet, int transport, boolean ipv4) {
        Headers headers = packet.headers;
        return isTransportRight(
                packet.mbuf,
                packet.frame,
                headers.networkAt,
                ipv4,
                transport,
                headers.transportAt,
                headers.transportBytes);
    }

    private static boolean isTransportRight(
            long mbuf, long frame, long network, boolean ipv4, int transport, long l4, int bytes) {
        long found = Memory.getLong(mbuf + Mbuf.OL_FLAGS) & Mbuf.RX_L4_CHECKSUM_MASK;
        if (found != 0 && (transport == Ipv4.PROTO_TCP || transport == Ipv4.PROTO_UDP)) {
            return found != Mbuf.RX_L4_CHECKSUM_BAD;
        }
        int start = (int) (l4 - frame);
        return switch (transport) {
            case Ipv4.PROTO_TCP ->
                    isSum(pseudo(network, ipv4, transport, bytes), mbuf, start, bytes);
            case Ipv4.PROTO_UDP -> {
                int udpBytes = Memory.getShortBe(l4 + Udp.LENGTH);
                yield Memory.getShort(l4 + Udp.CHECKSUM) == 0
                        || isSum(pseudo(network, ipv4, transport, udpBytes), mbuf, start, udpBytes);
            }
            case Ipv4.PROTO_ICMP -> isSum(0, mbuf, start, bytes);
            case Ipv4.PROTO_ICMPV6 ->
                    isSum(pseudo(network, false, transport, bytes), mbuf, start, bytes);
            case Ipv4.PROTO_SCTP -> isCrc(mbuf, start, l4, bytes);
            default -> true;
        };
    }

    private static int pseudo(long network, boolean ipv4, int transport, int bytes) {
        return ipv4
                ? Checksum.pseudoHeaderSum(network, transport, bytes)
                : Checksum.pseudoHeaderSumIpv6(network, transport, bytes);
    }

    /** Whether all, with the checksum itself, adds up to what it has to. */
    private static boolean isSum(int before, long mbuf, int start, int lengthBytes) {
        return Checksum.fold(before + over(mbuf, start, lengthBytes, false)) == 0xFFFF;
    }

    private static boolean isCrc(long mbuf, int start, long l4, int lengthBytes) {
        int written = Memory.getInt(l4 + Sctp.CHECKSUM);
        // It is over a packet that has 0 in its place.
        int change = Crc32c.delta(written, lengthBytes - Sctp.CHECKSUM);
        return (~(int) over(mbuf, start, lengthBytes, true) ^ change) == written;
    }

    /**
     * The sum of words, or the remainder of the CRC, of bytes that may lie in several mbufs: the
     * parser has seen that the frame is as long.
     */
    private static long over(long mbuf, int start, int lengthBytes, boolean crc) {
        long result = crc ? 0xFFFFFFFFL : 0;
        long segment = mbuf;
        int offset = start;
        int done = 0;
        while (done < lengthBytes && segment != 0) {
            int inSegment = Memory.getShort(segment + Mbuf.DATA_LEN) - offset;
            int bytes = Math.min(inSegment, lengthBytes - done);
            if (bytes > 0) {
                long at =
                        Memory.getLong(segment + Mbuf.BUF_ADDR)
                                + Memory.getShort(segment + Mbuf.DATA_OFF)
                                + offset;
                if (crc) {
                    result = Crc32c.add((int) result, at, bytes);
                } else {
                    int part = Checksum.sum(at, bytes);
                    // Behind an odd number of bytes the two of each word have changed places.
                    result += (done & 1) == 0 ? part : Short.reverseBytes((short) part) & 0xFFFF;
                }
                done += bytes;
            }
            offset = Math.max(0, -inSegment);
            segment = Memory.getLong(segment + Mbuf.NEXT);
        }
        return result;
    }
}
