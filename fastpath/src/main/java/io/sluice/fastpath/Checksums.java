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

    /** As the frame is now; what cannot be told, as of a part of a packet, is right. */
    static boolean areRight(SlowPacket packet) {
        Headers headers = packet.headers;
        int transport = headers.isPart() || headers.routed ? 0 : headers.transport;
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

    /** Whether the checksum of an IPv4 header is right; of other packets it is. */
    static boolean isHeaderRight(SlowPacket packet) {
        return packet.headers.network != Headers.Network.IPV4
                || isIpv4Right(packet.mbuf, packet.headers.networkAt);
    }

    private static boolean isTransportRight(SlowPacket packet, int transport, boolean ipv4) {
        Headers headers = packet.headers;
        if (packet.datagram != null) {
            return isWholeRight(packet, transport, ipv4);
        }
        return isTransportRight(
                packet.mbuf,
                packet.frame,
                headers.networkAt,
                ipv4,
                transport,
                headers.transportAt,
                headers.transportBytes);
    }

    /** Of a first fragment and all others; no NIC has looked at them together. */
    private static boolean isWholeRight(SlowPacket packet, int transport, boolean ipv4) {
        Headers headers = packet.headers;
        long l4 = headers.transportAt;
        int bytes = headers.transportBytes;
        return switch (transport) {
            case Ipv4.PROTO_UDP -> {
                int udpBytes = Memory.getShortBe(l4 + Udp.LENGTH);
                long pseudo = pseudo(headers.networkAt, ipv4, transport, udpBytes);
                yield Memory.getShort(l4 + Udp.CHECKSUM) == 0
                        || isSum(pseudo + packet.datagram.over(packet, udpBytes, false));
            }
            case Ipv4.PROTO_TCP, Ipv4.PROTO_ICMPV6 -> {
                long pseudo = pseudo(headers.networkAt, ipv4, transport, bytes);
                yield isSum(pseudo + packet.datagram.over(packet, bytes, false));
            }
            case Ipv4.PROTO_ICMP -> isSum(packet.datagram.over(packet, bytes, false));
            case Ipv4.PROTO_SCTP ->
                    isCrc((int) packet.datagram.over(packet, bytes, true), l4, bytes);
            default -> true;
        };
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
        return isSum(before + over(mbuf, start, lengthBytes, false));
    }

    private static boolean isSum(long all) {
        return Checksum.fold(all) == 0xFFFF;
    }

    private static boolean isCrc(long mbuf, int start, long l4, int lengthBytes) {
        return isCrc((int) over(mbuf, start, lengthBytes, true), l4, lengthBytes);
    }

    private static boolean isCrc(int remainder, long l4, int lengthBytes) {
        int written = Memory.getInt(l4 + Sctp.CHECKSUM);
        // It is over a packet that has 0 in its place.
        int change = Crc32c.delta(written, lengthBytes - Sctp.CHECKSUM);
        return (~remainder ^ change) == written;
    }

    /**
     * The sum of words, or the remainder of the CRC, of bytes that may lie in several mbufs: the
     * parser has seen that the frame is as long.
     */
    private static long over(long mbuf, int start, int lengthBytes, boolean crc) {
        return over(crc ? 0xFFFFFFFFL : 0, mbuf, start, lengthBytes, crc);
    }

    /** The same of what {@code before} is of and these bytes; the former are an even number. */
    static long over(long before, long mbuf, int start, int lengthBytes, boolean crc) {
        long result = before;
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
