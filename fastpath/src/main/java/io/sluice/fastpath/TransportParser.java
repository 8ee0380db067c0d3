package io.sluice.fastpath;

import io.sluice.packet.Ethernet;
import io.sluice.packet.Icmp;
import io.sluice.packet.Icmpv6;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Memory;
import io.sluice.packet.Sctp;
import io.sluice.packet.Tcp;
import io.sluice.packet.Udp;

/**
 * Reads what an IP packet transports into its flow key: the part of {@link FrameParser} below IP.
 */
final class TransportParser {
    private static final int FLAGS_12_BITS = 0xFFF;

    private TransportParser() {}

    /**
     * @param at where the protocol's header begins, {@code headers.transportBytes} of it
     * @param end of the bytes that may be read
     * @return NOT_MALFORMED, or the ordinal of the reason to drop the packet
     */
    static int parse(SlowPacket packet, long at, long end) {
        Headers headers = packet.headers;
        boolean ipv4 = headers.network == Headers.Network.IPV4;
        packet.trackable = !headers.isPart();
        if (!isKnown(packet.protocol, ipv4)) {
            return SlowPacket.NOT_MALFORMED;
        }
        int readable = (int) Math.min(end - at, headers.transportBytes);
        boolean whole =
                switch (packet.protocol) {
                    case Ipv4.PROTO_TCP -> isWholeTcp(at, readable, headers.transportBytes);
                    case Ipv4.PROTO_UDP -> isWholeUdp(at, readable, headers);
                    case Ipv4.PROTO_SCTP -> readable >= Sctp.HEADER_LENGTH;
                    case Ipv4.PROTO_ICMP -> readable >= Icmp.HEADER_LENGTH;
                    default -> readable >= Icmpv6.HEADER_LENGTH;
                };
        if (!whole) {
            return DropReason.L4_MALFORMED.ordinal();
        }
        headers.transport = packet.protocol;
        headers.transportAt = at;
        readFields(packet, at, readable);
        return SlowPacket.NOT_MALFORMED;
    }

    private static boolean isKnown(int protocol, boolean ipv4) {
        return switch (protocol) {
            case Ipv4.PROTO_TCP, Ipv4.PROTO_UDP, Ipv4.PROTO_SCTP -> true;
            case Ipv4.PROTO_ICMP -> ipv4;
            case Ipv4.PROTO_ICMPV6 -> !ipv4;
            default -> false;
        };
    }

    private static boolean isWholeTcp(long tcp, int readable, int tcpBytes) {
        if (readable < Tcp.MIN_HEADER_LENGTH) {
            return false;
        }
        int headerBytes = Memory.getByte(tcp + Tcp.DATA_OFFSET) >>> 4 << 2;
        return headerBytes >= Tcp.MIN_HEADER_LENGTH && headerBytes <= tcpBytes;
    }

    private static boolean isWholeUdp(long udp, int readable, Headers headers) {
        if (readable < Udp.HEADER_LENGTH) {
            return false;
        }
        int udpBytes = Memory.getShortBe(udp + Udp.LENGTH);
        return udpBytes >= Udp.HEADER_LENGTH
                && (udpBytes <= headers.transportBytes || headers.isPart());
    }

    private static void readFields(SlowPacket packet, long at, int readable) {
        long[] key = packet.key;
        if (packet.headers.hasPorts()) {
            // TCP, UDP and SCTP all begin with them.
            FlowKey.setTransport(key, Memory.getIntBe(at + Tcp.SRC_PORT));
            if (packet.protocol == Ipv4.PROTO_TCP) {
                FlowKey.setTcpFlags(key, Memory.getShortBe(at + Tcp.DATA_OFFSET) & FLAGS_12_BITS);
                packet.tcp.read(at, readable, packet.headers.transportBytes);
            } else if (packet.protocol == Ipv4.PROTO_SCTP) {
                packet.sctp.read(at, readable);
            }
            return;
        }
        // ICMP and ICMPv6 both begin with these.
        int type = Memory.getByte(at + Icmp.TYPE);
        int code = Memory.getByte(at + Icmp.CODE);
        FlowKey.setTransport(key, type << 16 | code);
        if (packet.protocol == Ipv4.PROTO_ICMP) {
            packet.readIdentifier(Memory.getShort(at + Icmp.IDENTIFIER));
            if (Icmp.isError(type)) {
                readQuoted(packet, at + Icmp.HEADER_LENGTH, at + readable);
            }
        } else if (Icmpv6.isError(type)) {
            readQuoted(packet, at + Icmpv6.ERROR_LENGTH, at + readable);
        } else if (Icmpv6.inverseType(type) >= 0) {
            packet.trackable &= readable >= Icmpv6.QUERY_LENGTH;
            if (packet.trackable) {
                packet.readIdentifier(Memory.getShort(at + Icmpv6.IDENTIFIER));
            }
        } else if (Icmpv6.isNeighborDiscovery(type, code) && readable >= Icmpv6.ND_OPTIONS) {
            readNeighborDiscovery(packet, at, at + readable);
        }
    }

    private static void readQuoted(SlowPacket packet, long at, long end) {
        Headers headers = packet.headers;
        boolean isCut = end < headers.transportAt + headers.transportBytes;
        QuotedParser.parse(packet.quoted, at, end, isCut, packet.isIpv6());
    }

    /**
     * Target and link-layer addresses, unless an option has an impossible length or comes twice.
     */
    private static void readNeighborDiscovery(SlowPacket packet, long message, long end) {
        Headers headers = packet.headers;
        long source = 0;
        long target = 0;
        long at = message + Icmpv6.ND_OPTIONS;
        while (end - at >= Icmpv6.OPTION_UNIT) {
            int type = Memory.getByte(at);
            int bytes = Memory.getByte(at + Icmpv6.OPTION_LENGTH) * Icmpv6.OPTION_UNIT;
            if (bytes == 0 || bytes > end - at) {
                return;
            }
            boolean ethernet = bytes == Icmpv6.OPTION_UNIT;
            if (ethernet && type == Icmpv6.OPTION_SOURCE_LINK) {
                if (source != 0) {
                    return;
                }
                source = at + Icmpv6.OPTION_ADDRESS;
            } else if (ethernet && type == Icmpv6.OPTION_TARGET_LINK) {
                if (target != 0) {
                    return;
                }
                target = at + Icmpv6.OPTION_ADDRESS;
            }
            at += bytes;
        }
        headers.targetAt = message + Icmpv6.ND_TARGET;
        headers.sourceLinkAt = source;
        headers.targetLinkAt = target;
        long[] key = packet.key;
        long high = Long.reverseBytes(Memory.getLong(headers.targetAt));
        long low = Long.reverseBytes(Memory.getLong(headers.targetAt + Long.BYTES));
        Field.ND_TARGET.set(key, high, low);
        Field.ARP_SHA.set(key, source == 0 ? 0 : Ethernet.getMac(source));
        Field.ARP_THA.set(key, target == 0 ? 0 : Ethernet.getMac(target));
    }
}
