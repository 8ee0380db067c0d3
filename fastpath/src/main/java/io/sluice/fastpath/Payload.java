package io.sluice.fastpath;

import io.sluice.dpdk.Mbuf;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Memory;
import io.sluice.packet.Tcp;
import io.sluice.packet.Udp;

/**
 * What a TCP segment or UDP datagram carries. Lengths are checked here, once. Used by the worker's
 * thread; reused.
 */
final class Payload {
    /** Where it begins in the frame. */
    long at;

    /** Of the packet, as its headers say. */
    int lengthBytes;

    /**
     * How much of that lies in the frame's first buffer, from {@link #at} on: of a fragment a part.
     */
    int readableBytes;

    /** Finds the payload of a packet whose transport header {@link TransportParser} has checked. */
    void find(SlowPacket packet) {
        Headers headers = packet.headers;
        long header = headers.transportAt;
        int headerBytes = Udp.HEADER_LENGTH;
        int transportBytes = headers.transportBytes;
        if (headers.transport == Ipv4.PROTO_TCP) {
            headerBytes = Memory.getByte(header + Tcp.DATA_OFFSET) >>> 4 << 2;
        } else {
            transportBytes = Math.min(transportBytes, Memory.getShortBe(header + Udp.LENGTH));
        }
        at = header + headerBytes;
        lengthBytes = Math.max(0, transportBytes - headerBytes);
        long end = packet.frame + Memory.getShort(packet.mbuf + Mbuf.DATA_LEN);
        if (headers.fragment) {
            end = Math.min(end, headers.fragmentAt + headers.fragmentBytes);
        }
        readableBytes = Math.clamp(end - at, 0, lengthBytes);
    }
}
