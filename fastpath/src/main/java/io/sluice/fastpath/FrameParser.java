package io.sluice.fastpath;

import io.sluice.packet.Arp;
import io.sluice.packet.Ethernet;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Ipv6;
import io.sluice.packet.Llc;
import io.sluice.packet.Memory;
import io.sluice.packet.Vlan;

/**
 * Reads the headers of a frame into its flow key, down to the IP protocol; {@link TransportParser}
 * does the rest. Every length is checked before the first byte it covers is read. What is
 * impossible has a reason to be dropped for; what is only unknown leaves its fields 0.
 */
final class FrameParser {
    /** The dl_type of a frame that has none, as Open vSwitch numbers it. */
    static final int TYPE_NONE = 0x05FF;

    /** The largest ARP operation that nw_proto can hold. */
    private static final int MAX_OPERATION = 0xFF;

    private FrameParser() {}

    /**
     * @param end of the bytes that may be read
     * @return NOT_MALFORMED, or the ordinal of the reason to drop the packet
     */
    static int parse(SlowPacket packet, long end) {
        long frame = packet.frame;
        if (end - frame < Ethernet.HEADER_LENGTH) {
            return DropReason.RUNT.ordinal();
        }
        long[] key = packet.key;
        FlowKey.setMacs(
                key, Ethernet.getMac(frame + Ethernet.DST), Ethernet.getMac(frame + Ethernet.SRC));
        long typeAt = frame + Ethernet.TYPE;
        int type = Memory.getShortBe(typeAt);
        while (Vlan.isTag(type) && packet.vlan.inFrame() < VlanTags.IN_KEY) {
            if (end - typeAt < Vlan.LENGTH + Short.BYTES) {
                return DropReason.VLAN_MALFORMED.ordinal();
            }
            packet.vlan.read(type, Memory.getShortBe(typeAt + Vlan.TCI));
            typeAt += Vlan.LENGTH;
            type = Memory.getShortBe(typeAt);
        }
        return parseNetwork(packet, type, typeAt + Short.BYTES, end);
    }

    private static int parseNetwork(SlowPacket packet, int typeOrLength, long at, long end) {
        int type = typeOrLength;
        long network = at;
        if (type < Llc.MIN_TYPE) {
            int snapType = Llc.type(at, end - at);
            type = snapType == 0 ? TYPE_NONE : snapType;
            network += snapType == 0 ? 0 : Llc.SNAP_LENGTH;
        }
        FlowKey.setEthType(packet.key, type);
        packet.headers.networkAt = network;
        return switch (type) {
            case Ethernet.TYPE_IPV4 -> parseIpv4(packet, network, end);
            case Ethernet.TYPE_IPV6 -> parseIpv6(packet, network, end);
            case Ethernet.TYPE_ARP, Ethernet.TYPE_RARP -> parseArp(packet, network, end);
            default -> SlowPacket.NOT_MALFORMED;
        };
    }

    private static int parseArp(SlowPacket packet, long arp, long end) {
        if (end - arp < Arp.LENGTH || !Arp.isIpv4OverEthernet(arp)) {
            return SlowPacket.NOT_MALFORMED;
        }
        packet.headers.network = Headers.Network.ARP;
        long[] key = packet.key;
        int operation = Memory.getShortBe(arp + Arp.OPERATION);
        Field.NW_PROTO.set(key, operation <= MAX_OPERATION ? operation : 0);
        Field.NW_SRC.set(key, Memory.getIntBe(arp + Arp.SENDER_PROTOCOL_ADDRESS));
        Field.NW_DST.set(key, Memory.getIntBe(arp + Arp.TARGET_PROTOCOL_ADDRESS));
        Field.ARP_SHA.set(key, Ethernet.getMac(arp + Arp.SENDER_HARDWARE_ADDRESS));
        Field.ARP_THA.set(key, Ethernet.getMac(arp + Arp.TARGET_HARDWARE_ADDRESS));
        return SlowPacket.NOT_MALFORMED;
    }

    private static int parseIpv4(SlowPacket packet, long ip, long end) {
        if (end - ip < Ipv4.MIN_HEADER_LENGTH) {
            return DropReason.IP_MALFORMED.ordinal();
        }
        int versionIhl = Memory.getByte(ip + Ipv4.VERSION_IHL);
        int headerBytes = (versionIhl & 0xF) << 2;
        int totalBytes = Memory.getShortBe(ip + Ipv4.TOTAL_LENGTH);
        if (versionIhl >>> 4 != 4
                || headerBytes < Ipv4.MIN_HEADER_LENGTH
                || headerBytes > end - ip
                || totalBytes < headerBytes
                || totalBytes > packet.frame + packet.frameBytes - ip) {
            return DropReason.IP_MALFORMED.ordinal();
        }
        packet.headers.network = Headers.Network.IPV4;
        int dataBytes = totalBytes - headerBytes;
        packet.protocol = Memory.getByte(ip + Ipv4.PROTOCOL);
        long[] key = packet.key;
        FlowKey.setAddresses(key, Memory.getLong(ip + Ipv4.SRC));
        int fragment = Memory.getShortBe(ip + Ipv4.FRAGMENT);
        boolean later = (fragment & Ipv4.FRAGMENT_OFFSET_MASK) != 0;
        boolean more = (fragment & Ipv4.MORE_FRAGMENTS) != 0;
        if (later || more) {
            packet.headers.setFragment(
                    Memory.getShortBe(ip + Ipv4.IDENTIFICATION),
                    (fragment & Ipv4.FRAGMENT_OFFSET_MASK) << 3,
                    more,
                    ip + headerBytes,
                    dataBytes);
            dataBytes = packet.headers.isPart() ? dataBytes : packet.headers.wholeBytes;
        }
        packet.ipBytes = headerBytes + dataBytes;
        FlowKey.setNetwork(
                key,
                packet.protocol,
                Memory.getByte(ip + Ipv4.TOS),
                Memory.getByte(ip + Ipv4.TTL),
                fragmentBits(packet.headers.fragment, later));
        if (later) {
            return SlowPacket.NOT_MALFORMED;
        }
        packet.headers.transportBytes = dataBytes;
        return TransportParser.parse(packet, ip + headerBytes, Math.min(end, ip + totalBytes));
    }

    private static int fragmentBits(boolean fragment, boolean later) {
        return (fragment ? Field.FRAG_ANY : 0) | (later ? Field.FRAG_LATER : 0);
    }

    private static int parseIpv6(SlowPacket packet, long ip, long end) {
        if (end - ip < Ipv6.HEADER_LENGTH) {
            return DropReason.IPV6_MALFORMED.ordinal();
        }
        int first = Memory.getIntBe(ip + Ipv6.VERSION_CLASS_LABEL);
        int payloadBytes = Memory.getShortBe(ip + Ipv6.PAYLOAD_LENGTH);
        int totalBytes = Ipv6.HEADER_LENGTH + payloadBytes;
        if (first >>> 28 != 6 || totalBytes > packet.frame + packet.frameBytes - ip) {
            return DropReason.IPV6_MALFORMED.ordinal();
        }
        packet.headers.network = Headers.Network.IPV6;
        packet.ipBytes = totalBytes;
        long[] key = packet.key;
        Field.IPV6_SRC.set(
                key, Memory.getLongBe(ip + Ipv6.SRC), Memory.getLongBe(ip + Ipv6.SRC + Long.BYTES));
        Field.IPV6_DST.set(
                key, Memory.getLongBe(ip + Ipv6.DST), Memory.getLongBe(ip + Ipv6.DST + Long.BYTES));
        Field.IPV6_LABEL.set(key, first & Ipv6.LABEL_MASK);
        Field.NW_TOS.set(key, first >>> Ipv6.CLASS_SHIFT & 0xFF);
        Field.NW_TTL.set(key, Memory.getByte(ip + Ipv6.HOP_LIMIT));
        return parseExtensions(packet, ip, ip + totalBytes, end);
    }

    /** Goes through the extension headers to the transported protocol, or to a later fragment. */
    private static int parseExtensions(SlowPacket packet, long ip, long ipEnd, long end) {
        long readable = Math.min(ipEnd, end);
        int type = Memory.getByte(ip + Ipv6.NEXT_HEADER);
        long at = ip + Ipv6.HEADER_LENGTH;
        boolean later = false;
        while (!later && Ipv6.isExtension(type)) {
            if (readable - at < Ipv6.EXTENSION_UNIT) {
                return DropReason.IPV6_MALFORMED.ordinal();
            }
            int bytes = Ipv6.extensionBytes(type, at);
            if (bytes < Ipv6.EXTENSION_UNIT || bytes > readable - at) {
                return DropReason.IPV6_MALFORMED.ordinal();
            }
            if (packet.headers.fragment && type == Ipv6.NEXT_FRAGMENT) {
                return DropReason.IPV6_MALFORMED.ordinal();
            }
            if (type == Ipv6.NEXT_FRAGMENT) {
                later = readFragment(packet, at, ipEnd);
            } else if (type == Ipv6.NEXT_ROUTING) {
                packet.headers.routed |= Memory.getByte(at + Ipv6.ROUTING_SEGMENTS_LEFT) != 0;
            }
            // A later fragment's protocol is "fragment": what it belongs to began elsewhere.
            type = later ? type : Memory.getByte(at + Ipv6.EXTENSION_NEXT_HEADER);
            at += bytes;
        }
        packet.protocol = type;
        Field.NW_PROTO.set(packet.key, type);
        if (later) {
            return SlowPacket.NOT_MALFORMED;
        }
        Headers headers = packet.headers;
        long wholeEnd = headers.wholeBytes == 0 ? ipEnd : headers.fragmentAt + headers.wholeBytes;
        headers.transportBytes = (int) (wholeEnd - at);
        return TransportParser.parse(packet, at, readable);
    }

    /** Notes what the fragment header says; whether the fragment is not the packet's first. */
    private static boolean readFragment(SlowPacket packet, long at, long ipEnd) {
        int fragment = Memory.getShortBe(at + Ipv6.FRAGMENT_OFFSET);
        boolean later = (fragment & Ipv6.FRAGMENT_OFFSET_MASK) != 0;
        boolean more = (fragment & Ipv6.MORE_FRAGMENTS) != 0;
        boolean any = later || more;
        Headers headers = packet.headers;
        if (any) {
            long data = at + Ipv6.EXTENSION_UNIT;
            headers.setFragment(
                    Memory.getIntBe(at + Ipv6.FRAGMENT_IDENTIFICATION),
                    fragment & Ipv6.FRAGMENT_OFFSET_MASK,
                    more,
                    data,
                    (int) (ipEnd - data));
            if (!headers.isPart()) {
                // As RFC 8200 section 4.5 has it: without the fragment header.
                packet.ipBytes = (int) (at - headers.networkAt) + headers.wholeBytes;
            }
        }
        Field.NW_FRAG.set(packet.key, fragmentBits(any, later));
        return later;
    }
}
