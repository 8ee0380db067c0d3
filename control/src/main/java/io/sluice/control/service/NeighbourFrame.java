package io.sluice.control.service;

import io.sluice.packet.IpAddress;
import java.nio.ByteBuffer;

/**
 * Makes the frames by which neighbours find each other's Ethernet addresses: ARP (RFC 826) and
 * neighbour discovery (RFC 4861). {@link NeighbourNews} reads them. Addresses of Ethernet are 48
 * bits, the first byte highest.
 */
final class NeighbourFrame {
    static final long BROADCAST = 0xFFFFFFFFFFFFL;
    static final int ETHERNET_BYTES = 14;
    static final int IPV6_BYTES = 40;
    static final int TYPE_ARP = 0x0806;
    static final int TYPE_IPV6 = 0x86DD;
    static final int ARP_BYTES = 28;
    static final int ARP_REQUEST = 1;
    static final int ARP_REPLY = 2;

    /** Hardware type Ethernet, protocol type IPv4, and the lengths of both addresses. */
    static final long ARP_ETHERNET_IPV4 = 0x0001_0800_06_04L;

    static final int ICMPV6 = 58;
    static final int SOLICITATION = 135;
    static final int ADVERTISEMENT = 136;

    /** Of a message with its target, without options. */
    static final int MESSAGE_BYTES = 24;

    static final int OPTION_BYTES = 8;
    static final int SOURCE_OPTION = 1;
    static final int TARGET_OPTION = 2;

    /** Whoever receives less knows that a router has passed the message on: it is not believed. */
    static final int HOP_LIMIT = 255;

    private static final int SOLICITED = 0x40000000;
    private static final int OVERRIDE = 0x20000000;
    private static final IpAddress ALL_NODES = IpAddress.ofIpv6(0xFF02L << 48, 1);

    private NeighbourFrame() {}

    /**
     * Asks who has the target.
     *
     * @param knownMac where it was last, which is asked alone; or {@link #BROADCAST}
     */
    static byte[] request(long mac, IpAddress address, IpAddress target, long knownMac) {
        if (!target.ipv6()) {
            return arp(knownMac, mac, ARP_REQUEST, mac, address, 0, target);
        }
        IpAddress group = solicitedNode(target);
        boolean known = knownMac != BROADCAST;
        return message(
                known ? knownMac : multicastMac(group),
                mac,
                address,
                known ? target : group,
                SOLICITATION,
                0,
                target,
                SOURCE_OPTION);
    }

    /** Says to who asked that the address is at this Ethernet address. */
    static byte[] answer(long mac, IpAddress address, NeighbourNews question) {
        if (!address.ipv6()) {
            return arp(
                    question.mac(),
                    mac,
                    ARP_REPLY,
                    mac,
                    address,
                    question.mac(),
                    question.sender());
        }
        if (question.isDuplicateDetection()) {
            return announcement(mac, address);
        }
        return message(
                question.frameSource(),
                mac,
                address,
                question.sender(),
                ADVERTISEMENT,
                SOLICITED | OVERRIDE,
                address,
                TARGET_OPTION);
    }

    /** Says to everybody that the address is here (RFC 5227 section 3, RFC 4861 section 7.2.6). */
    static byte[] announcement(long mac, IpAddress address) {
        if (!address.ipv6()) {
            return arp(BROADCAST, mac, ARP_REQUEST, mac, address, 0, address);
        }
        return message(
                multicastMac(ALL_NODES),
                mac,
                address,
                ALL_NODES,
                ADVERTISEMENT,
                OVERRIDE,
                address,
                TARGET_OPTION);
    }

    private static byte[] arp(
            long to,
            long from,
            int operation,
            long senderMac,
            IpAddress sender,
            long targetMac,
            IpAddress target) {
        ByteBuffer frame = frame(ARP_BYTES, to, from, TYPE_ARP);
        frame.putInt((int) (ARP_ETHERNET_IPV4 >>> 16)).putShort((short) ARP_ETHERNET_IPV4);
        frame.putShort((short) operation);
        putMac(frame, senderMac).putInt((int) sender.low());
        putMac(frame, targetMac).putInt((int) target.low());
        return bytes(frame);
    }

    private static byte[] message(
            long to,
            long from,
            IpAddress source,
            IpAddress destination,
            int type,
            int flags,
            IpAddress target,
            int option) {
        int bytes = MESSAGE_BYTES + OPTION_BYTES;
        ByteBuffer frame = frame(IPV6_BYTES + bytes, to, from, TYPE_IPV6);
        frame.putInt(0x60000000).putShort((short) bytes).put((byte) ICMPV6).put((byte) HOP_LIMIT);
        putIpv6(putIpv6(frame, source), destination);
        frame.putInt(type << 24).putInt(flags);
        putIpv6(frame, target);
        putMac(frame.put((byte) option).put((byte) 1), from);
        // Over a checksum of 0 it comes to what the checksum must be.
        frame.putShort(ETHERNET_BYTES + IPV6_BYTES + 2, (short) checksum(frame, bytes));
        return bytes(frame);
    }

    private static byte[] bytes(ByteBuffer frame) {
        byte[] bytes = new byte[frame.capacity()];
        frame.get(0, bytes);
        return bytes;
    }

    private static ByteBuffer frame(int payloadBytes, long to, long from, int type) {
        ByteBuffer frame = ByteBuffer.allocate(ETHERNET_BYTES + payloadBytes);
        return putMac(putMac(frame, to), from).putShort((short) type);
    }

    private static ByteBuffer putMac(ByteBuffer frame, long mac) {
        return frame.putShort((short) (mac >>> 32)).putInt((int) mac);
    }

    private static ByteBuffer putIpv6(ByteBuffer frame, IpAddress address) {
        return frame.putLong(address.high()).putLong(address.low());
    }

    /** RFC 4291 section 2.7.1. */
    private static IpAddress solicitedNode(IpAddress address) {
        return IpAddress.ofIpv6(0xFF02L << 48, 0x1_FF00_0000L | (address.low() & 0xFFFFFF));
    }

    /** RFC 2464 section 7. */
    private static long multicastMac(IpAddress group) {
        return 0x3333L << 32 | (group.low() & 0xFFFFFFFFL);
    }

    /**
     * The Internet checksum (RFC 1071) of an ICMPv6 message behind an IPv6 header without
     * extensions, and of the pseudo-header (RFC 8200 section 8.1); 0 when the message has its own.
     */
    static int checksum(ByteBuffer frame, int messageBytes) {
        int sum = messageBytes + ICMPV6;
        int addresses = ETHERNET_BYTES + 8;
        int end = ETHERNET_BYTES + IPV6_BYTES + messageBytes;
        for (int at = addresses; at < end; at += 2) {
            int high = frame.get(at) & 0xFF;
            int low = at + 1 < end ? frame.get(at + 1) & 0xFF : 0;
            sum += high << 8 | low;
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }
        return ~sum & 0xFFFF;
    }
}
