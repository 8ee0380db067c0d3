package io.sluice.control.service;

import io.sluice.packet.IpAddress;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * What a frame of ARP (RFC 826) or neighbour discovery (RFC 4861) says.
 *
 * @param isQuestion whether it asks for the target's Ethernet address
 * @param sender whose Ethernet address it tells; unspecified in duplicate address detection
 * @param mac the Ethernet address that it tells; {@link #NO_MAC} when it tells none
 * @param target whom a question is about
 * @param frameSource where the frame itself is from
 */
record NeighbourNews(
        boolean isQuestion, IpAddress sender, long mac, IpAddress target, long frameSource) {
    static final long NO_MAC = -1;

    /** Reads an untagged frame; empty when it is not one of these, or not to be believed. */
    static Optional<NeighbourNews> read(byte[] bytes) {
        if (bytes.length < NeighbourFrame.ETHERNET_BYTES) {
            return Optional.empty();
        }
        ByteBuffer frame = ByteBuffer.wrap(bytes);
        int payload = bytes.length - NeighbourFrame.ETHERNET_BYTES;
        int type = frame.getShort(12) & 0xFFFF;
        if (type == NeighbourFrame.TYPE_ARP && payload >= NeighbourFrame.ARP_BYTES) {
            return arp(frame).filter(NeighbourNews::isCredible);
        }
        if (type == NeighbourFrame.TYPE_IPV6
                && payload >= NeighbourFrame.IPV6_BYTES + NeighbourFrame.MESSAGE_BYTES) {
            return message(frame, payload - NeighbourFrame.IPV6_BYTES)
                    .filter(NeighbourNews::isCredible);
        }
        return Optional.empty();
    }

    /** RFC 4862 section 5.4: somebody wants to know whether the target is free. */
    boolean isDuplicateDetection() {
        return sender.high() == 0 && sender.low() == 0;
    }

    /** A group is nobody's address, of Ethernet least of all. */
    private boolean isCredible() {
        return (mac == NO_MAC || (mac >>> 40 & 1) == 0) && (frameSource >>> 40 & 1) == 0;
    }

    private static Optional<NeighbourNews> arp(ByteBuffer frame) {
        int at = NeighbourFrame.ETHERNET_BYTES;
        int operation = frame.getShort(at + 6) & 0xFFFF;
        boolean question = operation == NeighbourFrame.ARP_REQUEST;
        if (mac(frame, at) != NeighbourFrame.ARP_ETHERNET_IPV4
                || (!question && operation != NeighbourFrame.ARP_REPLY)) {
            return Optional.empty();
        }
        return Optional.of(
                new NeighbourNews(
                        question,
                        IpAddress.ofIpv4(frame.getInt(at + 14)),
                        mac(frame, at + 8),
                        IpAddress.ofIpv4(frame.getInt(at + 24)),
                        mac(frame, 6)));
    }

    /** RFC 4861 sections 7.1.1 and 7.1.2 say what must hold. */
    private static Optional<NeighbourNews> message(ByteBuffer frame, int received) {
        int header = NeighbourFrame.ETHERNET_BYTES;
        int at = header + NeighbourFrame.IPV6_BYTES;
        int bytes = frame.getShort(header + 4) & 0xFFFF;
        int type = frame.get(at) & 0xFF;
        boolean question = type == NeighbourFrame.SOLICITATION;
        if ((frame.get(header + 6) & 0xFF) != NeighbourFrame.ICMPV6
                || (frame.get(header + 7) & 0xFF) != NeighbourFrame.HOP_LIMIT
                || bytes < NeighbourFrame.MESSAGE_BYTES
                || bytes > received
                || (!question && type != NeighbourFrame.ADVERTISEMENT)
                || frame.get(at + 1) != 0
                || NeighbourFrame.checksum(frame, bytes) != 0) {
            return Optional.empty();
        }
        IpAddress source = address(frame, header + 8);
        IpAddress target = address(frame, at + 8);
        return option(
                        frame,
                        at + NeighbourFrame.MESSAGE_BYTES,
                        at + bytes,
                        question ? NeighbourFrame.SOURCE_OPTION : NeighbourFrame.TARGET_OPTION)
                .map(mac ->
                        new NeighbourNews(
                                question, question ? source : target, mac, target, mac(frame, 6)));
    }

    /** The option's Ethernet address; {@link #NO_MAC} without one; empty if they make no sense. */
    private static Optional<Long> option(ByteBuffer frame, int begin, int end, int wanted) {
        long found = NO_MAC;
        int at = begin;
        while (at < end) {
            int bytes = at + 1 < end ? (frame.get(at + 1) & 0xFF) * 8 : 0;
            if (bytes == 0 || at + bytes > end) {
                return Optional.empty();
            }
            if (frame.get(at) == wanted) {
                found = mac(frame, at + 2);
            }
            at += bytes;
        }
        return Optional.of(found);
    }

    private static long mac(ByteBuffer frame, int at) {
        return (frame.getShort(at) & 0xFFFFL) << 32 | (frame.getInt(at + 2) & 0xFFFFFFFFL);
    }

    private static IpAddress address(ByteBuffer frame, int at) {
        return IpAddress.ofIpv6(frame.getLong(at), frame.getLong(at + 8));
    }
}
