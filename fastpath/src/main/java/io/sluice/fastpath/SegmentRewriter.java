package io.sluice.fastpath;

import io.sluice.conntrack.StreamEdits;
import io.sluice.dpdk.Mbuf;
import io.sluice.packet.Checksum;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Ipv6;
import io.sluice.packet.Memory;
import io.sluice.packet.Tcp;

/**
 * Rewrites TCP segments of connections whose data was changed ({@link StreamEdits}): the data,
 * sequence and acknowledgment numbers, the blocks of selective acknowledgments (RFC 2018), and the
 * lengths and checksums that depend on them. A checksum changes by the difference: a wrong one
 * stays wrong. One for each worker, used by its thread.
 */
final class SegmentRewriter {
    /** Bytes of an IP packet at most. */
    private static final int MAX_PACKET_BYTES = 0xFFFF;

    /** A frame is not made shorter than Ethernet's shortest, without its checksum. */
    private static final int MIN_FRAME_BYTES = 60;

    // The data as it is to be.
    private final byte[] scratch = new byte[MAX_PACKET_BYTES + StreamEdits.maxGrowth()];

    /**
     * Gives the receiver what it is to get of a segment that is no SYN, in the frame. All of the
     * packet lies in the frame's first buffer.
     *
     * @param own the edits of the packet's direction
     * @param other those of the other one, whose numbers it acknowledges
     * @return false, with the frame as it was, when the buffer has no room for more data
     */
    boolean rewrite(SlowPacket packet, Payload payload, long own, long other) {
        if (!StreamEdits.areThere(own) && !StreamEdits.areThere(other)) {
            return true;
        }
        long tcp = packet.headers.transportAt;
        int headerBytes = (int) (payload.at - tcp);
        int sequence = Memory.getIntBe(tcp + Tcp.SEQUENCE);
        int flags = Memory.getByte(tcp + Tcp.FLAGS);
        int before = payload.lengthBytes;
        int after = before;
        boolean changes = StreamEdits.change(own, sequence, sequence + before);
        if (changes) {
            after = StreamEdits.apply(own, sequence, payload.at, before, scratch);
            if (!hasRoom(packet, after - before)) {
                return false;
            }
        }
        int newSequence = StreamEdits.toReceived(own, sequence);
        boolean bare = (flags & (Tcp.FIN | Tcp.RST)) == 0 && after == 0;
        if (bare && (before != 0 || newSequence == StreamEdits.toReceived(own, sequence + 1))) {
            // Nothing of it is left, or it asks whether anybody is there: a number that was
            // acknowledged before has the receiver say where it is.
            newSequence--;
        }
        int summed = headerBytes + (changes ? before : 0);
        int sumBefore = Checksum.sum(tcp, summed);
        Memory.putIntBe(tcp + Tcp.SEQUENCE, newSequence);
        if ((flags & Tcp.ACK) != 0) {
            int acknowledged = Memory.getIntBe(tcp + Tcp.ACKNOWLEDGMENT);
            Memory.putIntBe(tcp + Tcp.ACKNOWLEDGMENT, StreamEdits.toSent(other, acknowledged));
            rewriteSacks(tcp, headerBytes, other);
        }
        if (changes) {
            Memory.copy(scratch, 0, payload.at, after);
            summed = headerBytes + after;
        }
        int delta = Checksum.addDeltas(0xFFFF - sumBefore, Checksum.sum(tcp, summed));
        if (after != before) {
            // The length is part of the pseudo header.
            delta =
                    Checksum.addDeltas(
                            delta, lengthDelta(headerBytes + before, headerBytes + after));
            resize(packet, after - before);
            payload.lengthBytes = after;
            payload.readableBytes = after;
        }
        int checksum = Memory.getShort(tcp + Tcp.CHECKSUM);
        Memory.putShort(tcp + Tcp.CHECKSUM, Checksum.apply(checksum, delta));
        packet.noteFrameChanged();
        packet.tcp.read(tcp, headerBytes + after, packet.headers.transportBytes);
        return true;
    }

    private static boolean hasRoom(SlowPacket packet, int more) {
        long ipEnd = packet.headers.networkAt + packet.ipBytes;
        long mbuf = packet.mbuf;
        long bufferEnd =
                Memory.getLong(mbuf + Mbuf.BUF_ADDR) + Memory.getShort(mbuf + Mbuf.BUF_LEN);
        return ipEnd + more <= bufferEnd && packet.ipBytes + more <= MAX_PACKET_BYTES;
    }

    /** What a change of a length in network order adds to a checksum. */
    private static int lengthDelta(int before, int after) {
        return Checksum.delta(
                Short.reverseBytes((short) before) & 0xFFFF,
                Short.reverseBytes((short) after) & 0xFFFF);
    }

    /** Changes lengths of the frame and in the IP header; what followed the packet is cut off. */
    private static void resize(SlowPacket packet, int more) {
        long ip = packet.headers.networkAt;
        packet.ipBytes += more;
        packet.headers.transportBytes += more;
        if (packet.isIpv6()) {
            Memory.putShortBe(ip + Ipv6.PAYLOAD_LENGTH, packet.ipBytes - Ipv6.HEADER_LENGTH);
        } else {
            int delta = lengthDelta(packet.ipBytes - more, packet.ipBytes);
            Memory.putShortBe(ip + Ipv4.TOTAL_LENGTH, packet.ipBytes);
            int checksum = Memory.getShort(ip + Ipv4.CHECKSUM);
            Memory.putShort(ip + Ipv4.CHECKSUM, Checksum.apply(checksum, delta));
        }
        int needed = (int) (ip - packet.frame) + packet.ipBytes;
        int length = Math.max(needed, Math.min(packet.frameBytes, MIN_FRAME_BYTES));
        if (needed < length) {
            Memory.zero(packet.frame + needed, length - needed);
        }
        packet.frameBytes = length;
        Memory.putInt(packet.mbuf + Mbuf.PKT_LEN, length);
        Memory.putShort(packet.mbuf + Mbuf.DATA_LEN, length);
    }

    /** The edges of blocks are numbers as those that are acknowledged; other options stay. */
    private static void rewriteSacks(long tcp, int headerBytes, long other) {
        long end = tcp + headerBytes;
        long at = tcp + Tcp.MIN_HEADER_LENGTH;
        while (end - at >= 2) {
            int kind = Memory.getByte(at);
            if (kind == Tcp.OPTION_END) {
                return;
            }
            if (kind == Tcp.OPTION_NO_OPERATION) {
                at++;
                continue;
            }
            int length = Memory.getByte(at + 1);
            if (length < 2 || length > end - at) {
                return;
            }
            if (kind == Tcp.OPTION_SACK && (length - 2) % Tcp.OPTION_SACK_BLOCK_LENGTH == 0) {
                for (int edge = 2; edge < length; edge += Integer.BYTES) {
                    int number = Memory.getIntBe(at + edge);
                    Memory.putIntBe(at + edge, StreamEdits.toSent(other, number));
                }
            }
            at += length;
        }
    }
}
