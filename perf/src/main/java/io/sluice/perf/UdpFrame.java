package io.sluice.perf;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A 60-byte Ethernet frame (64 on the wire, with the checksum that hardware adds) with one UDP
 * datagram.
 *
 * <pre>
 *  0        6        12   14             34     42                    60
 *  +--------+--------+----+--------------+------+---------------------+
 *  | to MAC | from   |0800| IPv4 header  | UDP  | payload: 18 bytes   |
 *  +--------+--------+----+--------------+------+---------------------+
 * </pre>
 */
final class UdpFrame {
    static final int FRAME_BYTES = 60;
    static final int MAC_DESTINATION = 0;
    static final int MAC_SOURCE = 6;
    static final int ETHER_TYPE = 12;
    static final int IP = 14;
    static final int IP_HEADER_BYTES = 20;
    static final int IP_TOTAL_LENGTH = FRAME_BYTES - IP;
    static final int UDP = IP + IP_HEADER_BYTES;
    static final int UDP_LENGTH = FRAME_BYTES - UDP;
    static final int PAYLOAD = UDP + 8;
    static final int PAYLOAD_BYTES = FRAME_BYTES - PAYLOAD;

    /** Offsets inside the IPv4 header. */
    static final int IP_CHECKSUM = 10;

    static final int IP_SOURCE = 12;
    static final int IP_DESTINATION = 16;

    /** Offsets inside the UDP header. */
    static final int UDP_CHECKSUM = 6;

    static final int PROTOCOL_UDP = 17;
    static final int TTL = 64;

    private static final long MAC_MASK = 0xffff_ffff_ffffL;

    private UdpFrame() {}

    /** Addresses as big-endian numbers, a MAC address in the low 48 bits. */
    record Endpoint(long mac, int address, int port) {}

    /** Builds a frame with valid checksums around {@code payload}, which must have 18 bytes. */
    static byte[] build(Endpoint from, Endpoint to, byte[] payload) {
        if (payload.length != PAYLOAD_BYTES) {
            throw new IllegalArgumentException("payload of " + payload.length + " bytes, not 18");
        }
        byte[] frame = new byte[FRAME_BYTES];
        ByteBuffer buffer = ByteBuffer.wrap(frame);
        buffer.putShort((short) (to.mac >>> 32)).putInt((int) to.mac);
        buffer.putShort((short) (from.mac >>> 32)).putInt((int) from.mac);
        buffer.putShort((short) 0x0800);
        buffer.put((byte) 0x45).put((byte) 0).putShort((short) IP_TOTAL_LENGTH).putInt(0);
        buffer.put((byte) TTL).put((byte) PROTOCOL_UDP).putShort((short) 0);
        buffer.putInt(from.address).putInt(to.address);
        buffer.putShort((short) from.port).putShort((short) to.port);
        buffer.putShort((short) UDP_LENGTH).putShort((short) 0);
        buffer.put(payload);
        writeChecksums(frame);
        return frame;
    }

    /** Computes both checksums anew, whatever the frame holds in their place. */
    static void writeChecksums(byte[] frame) {
        ByteBuffer buffer = ByteBuffer.wrap(frame);
        buffer.putShort(IP + IP_CHECKSUM, (short) 0);
        int ip = InternetChecksum.ipv4Header(frame, IP, IP_HEADER_BYTES);
        buffer.putShort(IP + IP_CHECKSUM, (short) ip);
        buffer.putShort(UDP + UDP_CHECKSUM, (short) 0);
        int udp = InternetChecksum.udp(frame, IP, UDP_LENGTH);
        // A computed 0 is sent as ffff: 0 in the field says that there is no checksum.
        buffer.putShort(UDP + UDP_CHECKSUM, (short) (udp == 0 ? 0xffff : udp));
    }

    static long mac(byte[] frame, int offset) {
        return ByteBuffer.wrap(frame).getLong(offset) >>> 16 & MAC_MASK;
    }

    static int sourceAddress(byte[] frame) {
        return ByteBuffer.wrap(frame).getInt(IP + IP_SOURCE);
    }

    static int destinationAddress(byte[] frame) {
        return ByteBuffer.wrap(frame).getInt(IP + IP_DESTINATION);
    }

    static int sourcePort(byte[] frame) {
        return ByteBuffer.wrap(frame).getShort(UDP) & 0xffff;
    }

    static int destinationPort(byte[] frame) {
        return ByteBuffer.wrap(frame).getShort(UDP + 2) & 0xffff;
    }

    static byte[] payload(byte[] frame) {
        return Arrays.copyOfRange(frame, PAYLOAD, FRAME_BYTES);
    }

    /** {@code 192.0.2.10} for 0xc000020a. */
    static String dotted(int address) {
        return (address >>> 24)
                + "."
                + (address >>> 16 & 0xff)
                + "."
                + (address >>> 8 & 0xff)
                + "."
                + (address & 0xff);
    }

    /** {@code 02:00:00:00:00:0a} for 0x02000000000a. */
    static String colons(long mac) {
        StringBuilder text = new StringBuilder(17);
        for (int shift = 40; shift >= 0; shift -= 8) {
            text.append(String.format("%02x", mac >>> shift & 0xff)).append(shift == 0 ? "" : ":");
        }
        return text.toString();
    }
}
