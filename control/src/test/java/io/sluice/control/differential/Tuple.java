package io.sluice.control.differential;

import io.sluice.packet.Icmp;
import io.sluice.packet.Icmpv6;
import io.sluice.packet.IpAddress;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Ipv6;
import java.nio.ByteBuffer;

/**
 * Whence a packet comes and whither it goes. An identifier of ICMP is the asking side's port; other
 * ports that a packet does not have are 0.
 */
record Tuple(IpAddress source, int sourcePort, IpAddress destination, int destinationPort) {
    private static final int ETHERNET = 14;
    private static final int TIMESTAMP = 13;

    Tuple inverse() {
        return new Tuple(destination, destinationPort, source, sourcePort);
    }

    Tuple withSourcePort(int port) {
        return new Tuple(source, port, destination, destinationPort);
    }

    Tuple withDestinationPort(int port) {
        return new Tuple(source, sourcePort, destination, port);
    }

    int identifier() {
        return sourcePort | destinationPort;
    }

    /** That of an IP packet, which may have options, or one header of destination options. */
    static Tuple read(byte[] frame) {
        ByteBuffer packet = ByteBuffer.wrap(frame, ETHERNET, frame.length - ETHERNET).slice();
        boolean ipv6 = (packet.get(0) >>> 4) == 6;
        if (!ipv6) {
            IpAddress source = IpAddress.ofIpv4(packet.getInt(Ipv4.SRC));
            IpAddress destination = IpAddress.ofIpv4(packet.getInt(Ipv4.DST));
            int at = (packet.get(0) & 0xF) * 4;
            return read(packet, packet.get(Ipv4.PROTOCOL), at, source, destination);
        }
        IpAddress source = IpAddress.ofIpv6(packet.getLong(Ipv6.SRC), packet.getLong(Ipv6.SRC + 8));
        IpAddress destination =
                IpAddress.ofIpv6(packet.getLong(Ipv6.DST), packet.getLong(Ipv6.DST + 8));
        int protocol = packet.get(Ipv6.NEXT_HEADER);
        int at = Ipv6.HEADER_LENGTH;
        if (protocol == Ipv6.NEXT_DESTINATION) {
            protocol = packet.get(at);
            at += (packet.get(at + 1) + 1) * 8;
        }
        return read(packet, protocol, at, source, destination);
    }

    private static Tuple read(
            ByteBuffer packet, int protocol, int at, IpAddress source, IpAddress destination) {
        int first = 0;
        int second = 0;
        switch (protocol & 0xFF) {
            case Ipv4.PROTO_TCP, Ipv4.PROTO_UDP, Ipv4.PROTO_SCTP -> {
                first = packet.getShort(at) & 0xFFFF;
                second = packet.getShort(at + 2) & 0xFFFF;
            }
            case Ipv4.PROTO_ICMP, Ipv4.PROTO_ICMPV6 -> {
                int type = packet.get(at) & 0xFF;
                int identifier = packet.getShort(at + Icmp.IDENTIFIER) & 0xFFFF;
                boolean asks = type == Icmp.ECHO || type == TIMESTAMP || type == Icmpv6.ECHO;
                first = asks ? identifier : 0;
                second = asks ? 0 : identifier;
            }
            default -> {}
        }
        return new Tuple(source, first, destination, second);
    }

    @Override
    public String toString() {
        return "%s %d > %s %d".formatted(source, sourcePort, destination, destinationPort);
    }
}
