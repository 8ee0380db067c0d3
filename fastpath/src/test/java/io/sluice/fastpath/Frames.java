package io.sluice.fastpath;

import io.sluice.packet.AddressText;
import java.nio.ByteBuffer;

/** Reads sent frames, and verifies their checksums by computing them anew. */
final class Frames {
    private Frames() {}

    static int proto(byte[] frame) {
        return frame[23] & 0xFF;
    }

    static boolean isIpv4(byte[] frame) {
        return frame[12] == 8 && frame[13] == 0;
    }

    static boolean isIpv6(byte[] frame) {
        return (frame[12] & 0xFF) == 0x86 && (frame[13] & 0xFF) == 0xDD;
    }

    static String src(byte[] frame) {
        return AddressText.formatIpv4(ByteBuffer.wrap(frame).getInt(26));
    }

    static String dst(byte[] frame) {
        return AddressText.formatIpv4(ByteBuffer.wrap(frame).getInt(30));
    }

    static int srcPort(byte[] frame) {
        return ByteBuffer.wrap(frame).getShort(34) & 0xFFFF;
    }

    static int dstPort(byte[] frame) {
        return ByteBuffer.wrap(frame).getShort(36) & 0xFFFF;
    }

    /** Whether the IPv4 header and the TCP, UDP or ICMP checksum are right. */
    static boolean hasRightChecksums(byte[] frame) {
        int total = ByteBuffer.wrap(frame).getShort(16) & 0xFFFF;
        if (sum(0, frame, 14, 20) != 0xFFFF) {
            return false;
        }
        int l4 = total - 20;
        if (proto(frame) == 1) {
            return sum(0, frame, 34, l4) == 0xFFFF;
        }
        if (proto(frame) == 17 && ByteBuffer.wrap(frame).getShort(40) == 0) {
            return true;
        }
        int pseudo = sum(proto(frame) + l4, frame, 26, 8);
        return sum(pseudo, frame, 34, l4) == 0xFFFF;
    }

    private static int sum(int start, byte[] bytes, int offset, int length) {
        int sum = start;
        for (int i = 0; i < length; i++) {
            sum += (bytes[offset + i] & 0xFF) << ((i & 1) == 0 ? 8 : 0);
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }
        return sum;
    }
}
