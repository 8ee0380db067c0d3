package io.sluice.control.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes capture files with IPv4 frames in them. */
final class PcapFile {
    private static final int ETHERNET_BYTES = 14;
    private static final int IPV4_BYTES = 20;

    private PcapFile() {}

    static void write(Path file, List<byte[]> frames) throws IOException {
        int size = 24 + frames.stream().mapToInt(frame -> 16 + frame.length).sum();
        ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(0xA1B2C3D4).putShort((short) 2).putShort((short) 4);
        out.putInt(0).putInt(0).putInt(65535).putInt(1);
        for (byte[] frame : frames) {
            out.putInt(0).putInt(0).putInt(frame.length).putInt(frame.length).put(frame);
        }
        Files.write(file, out.array());
    }

    /** A SYN. */
    static byte[] tcp(int src, int dst, int srcPort, int dstPort) {
        ByteBuffer payload = ByteBuffer.allocate(20);
        payload.putShort((short) srcPort).putShort((short) dstPort).putInt(1).putInt(0);
        payload.put((byte) 0x50).put((byte) 0x02).putShort((short) 1024);
        ByteBuffer pseudo = ByteBuffer.allocate(32).putInt(src).putInt(dst);
        pseudo.putShort((short) 6).putShort((short) 20).put(payload.array());
        payload.putShort(16, checksum(pseudo.array(), 0, 32));
        return ipv4(src, dst, 6, payload.array());
    }

    static byte[] udp(int src, int dst, int srcPort, int dstPort) {
        ByteBuffer payload = ByteBuffer.allocate(12);
        payload.putShort((short) srcPort).putShort((short) dstPort).putShort((short) 12);
        return ipv4(src, dst, 17, payload.array());
    }

    /** An echo request. */
    static byte[] ping(int src, int dst, int identifier) {
        ByteBuffer payload = ByteBuffer.allocate(8);
        payload.put((byte) 8).put((byte) 0).putShort((short) 0).putShort((short) identifier);
        payload.putShort(2, checksum(payload.array(), 0, 8));
        return ipv4(src, dst, 1, payload.array());
    }

    private static byte[] ipv4(int src, int dst, int protocol, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(ETHERNET_BYTES + IPV4_BYTES + payload.length);
        frame.put(new byte[] {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}).putShort((short) 0x0800);
        frame.put((byte) 0x45).put((byte) 0).putShort((short) (IPV4_BYTES + payload.length));
        frame.putInt(0).put((byte) 64).put((byte) protocol).putShort((short) 0);
        frame.putInt(src).putInt(dst).put(payload);
        frame.putShort(ETHERNET_BYTES + 10, checksum(frame.array(), ETHERNET_BYTES, IPV4_BYTES));
        return frame.array();
    }

    private static short checksum(byte[] data, int from, int length) {
        int sum = 0;
        for (int i = from; i < from + length; i += 2) {
            sum += (data[i] & 0xFF) << 8 | (data[i + 1] & 0xFF);
        }
        sum = (sum & 0xFFFF) + (sum >>> 16);
        sum = (sum & 0xFFFF) + (sum >>> 16);
        return (short) ~sum;
    }
}
