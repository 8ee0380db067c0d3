package io.sluice.fastpath;

import io.sluice.packet.Icmp;
import io.sluice.packet.Icmpv6;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Ipv6;
import io.sluice.packet.Memory;
import io.sluice.packet.Tcp;

/**
 * Reads the packet that an ICMP or ICMPv6 error carries, of which RFC 792 promises the IP header
 * and 8 bytes, and RFC 4443 as much as fits. What counts is what is there: lengths in it are those
 * of the packet that was sent, and some senders write them wrongly. Every length is checked before
 * the first byte that it covers is read. Stateless.
 */
final class QuotedParser {
    // TCP, UDP and SCTP all begin with their ports.
    private static final int PORTS_LENGTH = 4;
    // So much has every checksum that changes with a translation.
    private static final int ENOUGH_FOR_CHECKSUMS = Tcp.MIN_HEADER_LENGTH;

    /** Type, length, and what is looked at of fragment and routing headers. */
    private static final int BEGINNING_OF_EXTENSION = 4;

    private QuotedParser() {}

    /**
     * Reads it, or leaves that there is none: when it is too short, a later fragment, not of the
     * error's IP version, or itself a message that nobody answers.
     *
     * @param at where it begins
     * @param end of what the error carries and may be read
     * @param isCut whether the error carries more than may be read
     */
    static void parse(QuotedPacket quoted, long at, long end, boolean isCut, boolean ipv6) {
        quoted.ipv6 = ipv6;
        quoted.routed = false;
        quoted.addresses = 0;
        quoted.ports = 0;
        boolean isRead = ipv6 ? parseIpv6(quoted, at, end) : parseIpv4(quoted, at, end);
        // Else a checksum that is there would not be kept right.
        boolean isEnough = !isCut || quoted.transportBytes >= ENOUGH_FOR_CHECKSUMS;
        quoted.networkAt = isRead && isEnough ? at : 0;
    }

    private static boolean parseIpv4(QuotedPacket quoted, long ip, long end) {
        if (end - ip < Ipv4.MIN_HEADER_LENGTH) {
            return false;
        }
        int versionIhl = Memory.getByte(ip + Ipv4.VERSION_IHL);
        int headerBytes = (versionIhl & 0xF) << 2;
        int fragment = Memory.getShortBe(ip + Ipv4.FRAGMENT);
        if (versionIhl >>> 4 != 4
                || headerBytes < Ipv4.MIN_HEADER_LENGTH
                || headerBytes > end - ip
                || (fragment & Ipv4.FRAGMENT_OFFSET_MASK) != 0) {
            return false;
        }
        quoted.addresses = Memory.getLong(ip + Ipv4.SRC);
        quoted.protocol = Memory.getByte(ip + Ipv4.PROTOCOL);
        quoted.sentTransportBytes = Memory.getShortBe(ip + Ipv4.TOTAL_LENGTH) - headerBytes;
        return parseTransport(quoted, ip + headerBytes, end);
    }

    private static boolean parseIpv6(QuotedPacket quoted, long ip, long end) {
        if (end - ip < Ipv6.HEADER_LENGTH || Memory.getByte(ip) >>> 4 != 6) {
            return false;
        }
        for (int i = 0; i < quoted.wide.length; i++) {
            long loaded = Memory.getLong(ip + Ipv6.SRC + (long) i * Long.BYTES);
            quoted.wide[i] = Long.reverseBytes(loaded);
        }
        int type = Memory.getByte(ip + Ipv6.NEXT_HEADER);
        long at = ip + Ipv6.HEADER_LENGTH;
        while (Ipv6.isExtension(type)) {
            // What is cut within the last of them may still be known by its addresses.
            if (end - at < BEGINNING_OF_EXTENSION || isLaterFragment(type, at)) {
                return false;
            }
            long bytes = Math.min(Ipv6.extensionBytes(type, at), end - at);
            quoted.routed |=
                    type == Ipv6.NEXT_ROUTING
                            && Memory.getByte(at + Ipv6.ROUTING_SEGMENTS_LEFT) != 0;
            type = Memory.getByte(at + Ipv6.EXTENSION_NEXT_HEADER);
            at += bytes;
        }
        quoted.protocol = type;
        int payloadBytes = Memory.getShortBe(ip + Ipv6.PAYLOAD_LENGTH);
        quoted.sentTransportBytes = payloadBytes - (int) (at - ip - Ipv6.HEADER_LENGTH);
        return parseTransport(quoted, at, end);
    }

    private static boolean isLaterFragment(int extension, long at) {
        return extension == Ipv6.NEXT_FRAGMENT
                && (Memory.getShortBe(at + Ipv6.FRAGMENT_OFFSET) & Ipv6.FRAGMENT_OFFSET_MASK) != 0;
    }

    private static boolean parseTransport(QuotedPacket quoted, long at, long end) {
        quoted.transportAt = at;
        quoted.transportBytes = (int) (end - at);
        return switch (quoted.protocol) {
            case Ipv4.PROTO_TCP, Ipv4.PROTO_UDP, Ipv4.PROTO_SCTP -> readPorts(quoted);
            case Ipv4.PROTO_ICMP -> quoted.ipv6 || readQuery(quoted);
            case Ipv4.PROTO_ICMPV6 -> !quoted.ipv6 || readQuery(quoted);
            default -> true;
        };
    }

    private static boolean readPorts(QuotedPacket quoted) {
        if (quoted.transportBytes < PORTS_LENGTH) {
            return false;
        }
        quoted.ports = Memory.getInt(quoted.transportAt);
        return true;
    }

    /** ICMP and ICMPv6 have type, code and identifier in the same places. */
    private static boolean readQuery(QuotedPacket quoted) {
        if (quoted.transportBytes < Icmp.HEADER_LENGTH) {
            return false;
        }
        long at = quoted.transportAt;
        int type = Memory.getByte(at + Icmp.TYPE);
        int identifier = Memory.getShort(at + Icmp.IDENTIFIER);
        quoted.ports = identifier | Memory.getShort(at + Icmp.TYPE) << 16;
        return (quoted.ipv6 ? Icmpv6.inverseType(type) : Icmp.inverseType(type)) >= 0;
    }
}
