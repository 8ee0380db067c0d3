package io.sluice.packet;

import java.nio.ByteBuffer;

/** Builds whole frames with right lengths and checksums: for tests, warm-up and packet/compose. */
public final class FrameBuilder {
    private long ethSrc = 0x020000000001L;
    private long ethDst = 0x020000000002L;
    private int src;
    private int dst;
    private int srcPort;
    private int dstPort;
    private int ttl = 64;
    private int tos;
    private int fragment;
    private int tcpFlags = Tcp.ACK;
    private int sequence;
    private int acknowledgment;
    private int icmpType = Icmp.ECHO;
    private boolean udpChecksum = true;
    private byte[] payload = new byte[0];
    private int minLength;

    public FrameBuilder eth(long from, long to) {
        ethSrc = from;
        ethDst = to;
        return this;
    }

    /** Dotted quads. */
    public FrameBuilder ip(String from, String to) {
        return ip(AddressText.parseIpv4(from), AddressText.parseIpv4(to));
    }

    public FrameBuilder ip(int from, int to) {
        src = from;
        dst = to;
        return this;
    }

    public FrameBuilder ports(int from, int to) {
        srcPort = from;
        dstPort = to;
        return this;
    }

    public FrameBuilder ttl(int hops) {
        ttl = hops;
        return this;
    }

    public FrameBuilder tos(int value) {
        tos = value;
        return this;
    }

    /** The 16 bits of flags and offset. */
    public FrameBuilder fragment(int flagsAndOffset) {
        fragment = flagsAndOffset;
        return this;
    }

    public FrameBuilder tcpFlags(int flags) {
        tcpFlags = flags;
        return this;
    }

    public FrameBuilder sequence(int seq, int ack) {
        sequence = seq;
        acknowledgment = ack;
        return this;
    }

    public FrameBuilder icmpType(int type) {
        icmpType = type;
        return this;
    }

    /** Sends 0 for the UDP checksum: none. */
    public FrameBuilder withoutUdpChecksum() {
        udpChecksum = false;
        return this;
    }

    public FrameBuilder payload(byte[] bytes) {
        payload = bytes.clone();
        return this;
    }

    /** Zeroes after the IP packet up to this length, as Ethernet pads short frames. */
    public FrameBuilder padTo(int frameLength) {
        minLength = frameLength;
        return this;
    }

    public byte[] udp() {
        ByteBuffer l4 = ByteBuffer.allocate(Udp.HEADER_LENGTH + payload.length);
        l4.putShort((short) srcPort).putShort((short) dstPort);
        l4.putShort((short) l4.capacity()).putShort((short) 0).put(payload);
        if (udpChecksum) {
            int sum = transportChecksum(Ipv4.PROTO_UDP, l4.array());
            l4.putShort(Udp.CHECKSUM, (short) (sum == 0 ? 0xFFFF : sum));
        }
        return ipv4(Ipv4.PROTO_UDP, l4.array());
    }

    public byte[] tcp() {
        ByteBuffer l4 = ByteBuffer.allocate(Tcp.MIN_HEADER_LENGTH + payload.length);
        l4.putShort((short) srcPort).putShort((short) dstPort);
        l4.putInt(sequence).putInt(acknowledgment);
        l4.put((byte) (Tcp.MIN_HEADER_LENGTH << 2)).put((byte) tcpFlags);
        l4.putShort((short) 0xFFFF).putInt(0).put(payload);
        l4.putShort(Tcp.CHECKSUM, (short) transportChecksum(Ipv4.PROTO_TCP, l4.array()));
        return ipv4(Ipv4.PROTO_TCP, l4.array());
    }

    /** An ICMP message whose identifier is the source port and whose code is 0. */
    public byte[] icmp() {
        ByteBuffer l4 = ByteBuffer.allocate(Icmp.HEADER_LENGTH + payload.length);
        l4.put((byte) icmpType).put((byte) 0).putShort((short) 0);
        l4.putShort((short) srcPort).putShort((short) sequence).put(payload);
        l4.putShort(Icmp.CHECKSUM, (short) (~sum(0, l4.array()) & 0xFFFF));
        return ipv4(Ipv4.PROTO_ICMP, l4.array());
    }

    /** An IPv4 packet with this protocol and payload. */
    public byte[] ipv4(int protocol, byte[] l4) {
        ByteBuffer header = ByteBuffer.allocate(Ipv4.MIN_HEADER_LENGTH);
        header.put((byte) 0x45).put((byte) tos);
        header.putShort((short) (Ipv4.MIN_HEADER_LENGTH + l4.length));
        header.putShort((short) 0).putShort((short) fragment);
        header.put((byte) ttl).put((byte) protocol).putShort((short) 0);
        header.putInt(src).putInt(dst);
        header.putShort(Ipv4.CHECKSUM, (short) (~sum(0, header.array()) & 0xFFFF));
        byte[] packet = new byte[header.capacity() + l4.length];
        System.arraycopy(header.array(), 0, packet, 0, header.capacity());
        System.arraycopy(l4, 0, packet, header.capacity(), l4.length);
        return ethernet(Ethernet.TYPE_IPV4, packet);
    }

    /** An ARP packet from {@code src} about {@code dst}; operation 1 asks, 2 answers. */
    public byte[] arp(int operation) {
        ByteBuffer arp = ByteBuffer.allocate(Arp.LENGTH);
        arp.putShort((short) 1).putShort((short) Ethernet.TYPE_IPV4);
        arp.put((byte) 6).put((byte) 4).putShort((short) operation);
        arp.put(mac(ethSrc)).putInt(src).put(operation == 1 ? new byte[6] : mac(ethDst));
        arp.putInt(dst);
        return ethernet(Ethernet.TYPE_ARP, arp.array());
    }

    public byte[] ethernet(int type, byte[] content) {
        int length = Math.max(Ethernet.HEADER_LENGTH + content.length, minLength);
        ByteBuffer frame = ByteBuffer.allocate(length);
        frame.put(mac(ethDst)).put(mac(ethSrc)).putShort((short) type).put(content);
        return frame.array();
    }

    private static byte[] mac(long value) {
        byte[] bytes = new byte[6];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (value >>> (40 - 8 * i));
        }
        return bytes;
    }

    private int transportChecksum(int protocol, byte[] l4) {
        ByteBuffer pseudo = ByteBuffer.allocate(12);
        pseudo.putInt(src).putInt(dst).putShort((short) protocol).putShort((short) l4.length);
        return ~sum(sum(0, pseudo.array()), l4) & 0xFFFF;
    }

    // Deliberately not Checksum's code, so that the tests' frames do not share its mistakes.
    private static int sum(int start, byte[] bytes) {
        int sum = start;
        for (int i = 0; i < bytes.length; i++) {
            sum += (bytes[i] & 0xFF) << ((i & 1) == 0 ? 8 : 0);
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }
        return sum;
    }
}
