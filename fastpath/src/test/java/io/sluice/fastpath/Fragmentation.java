package io.sluice.fastpath;

import io.sluice.packet.Ipv4;
import io.sluice.packet.Ipv6;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Cuts untagged frames into fragments, as a sender or a router does it. */
public final class Fragmentation {
    private static final int ETHERNET = 14;

    private Fragmentation() {}

    /** All fragments with so many bytes of data, a multiple of 8, but the last. */
    public static List<byte[]> cut(byte[] frame, int dataBytes, int identification) {
        int all = frame.length - dataAt(frame);
        List<byte[]> parts = new ArrayList<>();
        for (int from = 0; from < all; from += dataBytes) {
            int to = Math.min(all, from + dataBytes);
            parts.add(part(frame, from, to, to < all, identification));
        }
        return parts;
    }

    private static boolean isIpv6(byte[] frame) {
        return frame[ETHERNET] >>> 4 == 6;
    }

    /** Where the data begins that fragments share. */
    static int dataAt(byte[] frame) {
        if (!isIpv6(frame)) {
            return ETHERNET + (frame[ETHERNET] & 0xF) * 4;
        }
        int at = ETHERNET + Ipv6.HEADER_LENGTH;
        int type = frame[ETHERNET + Ipv6.NEXT_HEADER];
        while (type == Ipv6.NEXT_HOP_BY_HOP || type == Ipv6.NEXT_ROUTING) {
            type = frame[at];
            at += (frame[at + 1] + 1) * 8;
        }
        return at;
    }

    /** A fragment with these bytes of the data. */
    public static byte[] part(byte[] frame, int from, int to, boolean more, int identification) {
        byte[] data = Arrays.copyOfRange(frame, dataAt(frame) + from, dataAt(frame) + to);
        return isIpv6(frame)
                ? ipv6(frame, from, more, identification, data)
                : ipv4(frame, from, more, identification, data);
    }

    private static byte[] ipv4(byte[] frame, int from, boolean more, int id, byte[] data) {
        int dataAt = dataAt(frame);
        ByteBuffer part = ByteBuffer.allocate(dataAt + data.length);
        part.put(frame, 0, dataAt).put(data);
        part.putShort(ETHERNET + Ipv4.TOTAL_LENGTH, (short) (part.capacity() - ETHERNET));
        part.putShort(ETHERNET + Ipv4.IDENTIFICATION, (short) id);
        int flag = more ? Ipv4.MORE_FRAGMENTS : 0;
        part.putShort(ETHERNET + Ipv4.FRAGMENT, (short) (flag | (from >>> 3)));
        part.putShort(ETHERNET + Ipv4.CHECKSUM, (short) 0);
        int sum = 0;
        for (int at = ETHERNET; at < dataAt; at += 2) {
            sum += part.getShort(at) & 0xFFFF;
        }
        sum = (sum & 0xFFFF) + (sum >>> 16);
        part.putShort(ETHERNET + Ipv4.CHECKSUM, (short) ~((sum & 0xFFFF) + (sum >>> 16)));
        return part.array();
    }

    private static byte[] ipv6(byte[] frame, int from, boolean more, int id, byte[] data) {
        int dataAt = dataAt(frame);
        int extensions = dataAt - ETHERNET - Ipv6.HEADER_LENGTH;
        int typeAt = ETHERNET + Ipv6.NEXT_HEADER;
        for (int at = ETHERNET + Ipv6.HEADER_LENGTH; at < dataAt; at += (frame[at + 1] + 1) * 8) {
            typeAt = at;
        }
        ByteBuffer part = ByteBuffer.allocate(dataAt + Ipv6.EXTENSION_UNIT + data.length);
        part.put(frame, 0, dataAt).put(frame[typeAt]).put((byte) 0);
        part.putShort((short) (from | (more ? Ipv6.MORE_FRAGMENTS : 0))).putInt(id).put(data);
        part.put(typeAt, (byte) Ipv6.NEXT_FRAGMENT);
        int payload = extensions + Ipv6.EXTENSION_UNIT + data.length;
        part.putShort(ETHERNET + Ipv6.PAYLOAD_LENGTH, (short) payload);
        return part.array();
    }

    /** Of a fragment: the bytes of data that it has. */
    static byte[] data(byte[] part) {
        int at = dataAt(part) + (isIpv6(part) ? Ipv6.EXTENSION_UNIT : 0);
        return Arrays.copyOfRange(part, at, part.length);
    }

    /** The data of fragments that follow one another. */
    static byte[] join(List<byte[]> parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        parts.forEach(part -> all.writeBytes(data(part)));
        return all.toByteArray();
    }
}
