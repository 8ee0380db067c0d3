package io.sluice.packet;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Builds whole frames with right lengths and checksums: for tests, warm-up and packet/compose. The
 * packet is IPv4 unless {@link #ipv6} was called last.
 */
public final class FrameBuilder {
    /** For {@link #linkOptions}: the option is left out. */
    public static final long NO_LINK = -1;

    private long ethSrc = 0x020000000001L;
    private long ethDst = 0x020000000002L;
    private final List<Integer> tags = new ArrayList<>();
    private int src;
    private int dst;
    private boolean ipv6;
    private long[] ipv6Addresses = new long[4];
    private long[] finalDestination;
    private int label;
    // Each with its own type where the type of the next will be.
    private final List<byte[]> extensions = new ArrayList<>();
    private byte[] options = new byte[0];
    private int srcPort;
    private int dstPort;
    private int ttl = 64;
    private int tos;
    private int fragment;
    private int tcpFlags = Tcp.ACK;
    private int sequence;
    private int acknowledgment;
    private int window = 0xFFFF;
    private byte[] tcpOptions = new byte[0];
    private int icmpType = Icmp.ECHO;
    private int icmpCode;
    private long sourceLink = NO_LINK;
    private long targetLink = NO_LINK;
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
        ipv6 = false;
        return this;
    }

    /** The upper and lower 64 bits of both addresses. */
    public FrameBuilder ipv6(long fromHigh, long fromLow, long toHigh, long toLow) {
        ipv6Addresses = new long[] {fromHigh, fromLow, toHigh, toLow};
        finalDestination = null;
        ipv6 = true;
        return this;
    }

    /** The IPv6 address that a routing header leads to, which checksums are over. */
    public FrameBuilder finalDestination(long high, long low) {
        finalDestination = new long[] {high, low};
        return this;
    }

    public FrameBuilder label(int value) {
        label = value;
        return this;
    }

    /** One more tag, inside of those before. */
    public FrameBuilder vlan(int tpid, int tci) {
        tags.add(tpid << 16 | tci);
        return this;
    }

    /**
     * One more extension header of an IPv6 packet, behind those before.
     *
     * @param content what follows type and length; filled up with zeros to a length that the header
     *     can have
     */
    public FrameBuilder extension(int type, byte[] content) {
        int bytes = (content.length + 2 + 7) & ~7;
        ByteBuffer header = ByteBuffer.allocate(bytes).put((byte) type);
        header.put((byte) lengthOf(type, bytes)).put(content);
        extensions.add(header.array());
        return this;
    }

    private static int lengthOf(int extension, int bytes) {
        return switch (extension) {
            case Ipv6.NEXT_FRAGMENT -> 0;
            case Ipv6.NEXT_AUTHENTICATION -> bytes / 4 - 2;
            default -> bytes / 8 - 1;
        };
    }

    /** The extension header of an IPv6 fragment; the 16 bits of offset and flag. */
    public FrameBuilder fragmentHeader(int offsetAndFlag) {
        byte[] content = {(byte) (offsetAndFlag >>> 8), (byte) offsetAndFlag, 0, 0, 0, 1};
        return extension(Ipv6.NEXT_FRAGMENT, content);
    }

    /** Of an IPv4 packet; filled up with "end of options" to a multiple of 4 bytes. */
    public FrameBuilder options(byte[] bytes) {
        options = Arrays.copyOf(bytes, (bytes.length + 3) & ~3);
        return this;
    }

    public FrameBuilder ports(int from, int to) {
        srcPort = from;
        dstPort = to;
        return this;
    }

    /** Of an IPv6 packet the hop limit. */
    public FrameBuilder ttl(int hops) {
        ttl = hops;
        return this;
    }

    /** Of an IPv6 packet the traffic class. */
    public FrameBuilder tos(int value) {
        tos = value;
        return this;
    }

    /** Of an IPv4 packet: the 16 bits of flags and offset. */
    public FrameBuilder fragment(int flagsAndOffset) {
        fragment = flagsAndOffset;
        return this;
    }

    /** All 12 bits. */
    public FrameBuilder tcpFlags(int flags) {
        tcpFlags = flags;
        return this;
    }

    public FrameBuilder sequence(int seq, int ack) {
        sequence = seq;
        acknowledgment = ack;
        return this;
    }

    /** The 16 bits of a TCP header. */
    public FrameBuilder window(int announced) {
        window = announced;
        return this;
    }

    /** Of a TCP header; filled up with "end of options" to a multiple of 4 bytes. */
    public FrameBuilder tcpOptions(byte[] bytes) {
        tcpOptions = Arrays.copyOf(bytes, (bytes.length + 3) & ~3);
        return this;
    }

    public FrameBuilder icmpType(int type) {
        icmpType = type;
        return this;
    }

    public FrameBuilder icmpCode(int code) {
        icmpCode = code;
        return this;
    }

    /** The addresses in the options of neighbour discovery, or {@link #NO_LINK}. */
    public FrameBuilder linkOptions(long source, long target) {
        sourceLink = source;
        targetLink = target;
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
        return ip(Ipv4.PROTO_UDP, l4.array());
    }

    public byte[] tcp() {
        int headerBytes = Tcp.MIN_HEADER_LENGTH + tcpOptions.length;
        ByteBuffer l4 = ByteBuffer.allocate(headerBytes + payload.length);
        l4.putShort((short) srcPort).putShort((short) dstPort);
        l4.putInt(sequence).putInt(acknowledgment);
        l4.putShort((short) (headerBytes << 10 | tcpFlags));
        l4.putShort((short) window).putInt(0).put(tcpOptions).put(payload);
        l4.putShort(Tcp.CHECKSUM, (short) transportChecksum(Ipv4.PROTO_TCP, l4.array()));
        return ip(Ipv4.PROTO_TCP, l4.array());
    }

    /** An SCTP packet that begins an association: INIT, with the payload as its parameters. */
    public byte[] sctpInit() {
        byte[] parameters = payload;
        ByteBuffer chunk = ByteBuffer.allocate(Sctp.INIT_LENGTH + parameters.length);
        chunk.put((byte) Sctp.INIT).put((byte) 0).putShort((short) chunk.capacity());
        payload = chunk.putInt(1).put(Sctp.INIT_LENGTH, parameters).array();
        byte[] frame = sctp();
        payload = parameters;
        return frame;
    }

    /** An SCTP packet whose verification tag is the sequence number; the payload is its chunks. */
    public byte[] sctp() {
        ByteBuffer l4 = ByteBuffer.allocate(Sctp.HEADER_LENGTH + payload.length);
        l4.putShort((short) srcPort).putShort((short) dstPort);
        l4.putInt(sequence).putInt(0).put(payload);
        CRC32C crc = new CRC32C();
        crc.update(l4.array());
        l4.putInt(Sctp.CHECKSUM, Integer.reverseBytes((int) crc.getValue()));
        return ip(Ipv4.PROTO_SCTP, l4.array());
    }

    /** An ICMP message whose identifier is the source port. */
    public byte[] icmp() {
        byte[] message = icmpMessage();
        putShort(message, Icmp.CHECKSUM, ~sum(0, message));
        return ip(Ipv4.PROTO_ICMP, message);
    }

    /** An ICMPv6 message whose identifier is the source port. */
    public byte[] icmpv6() {
        return icmpv6(icmpMessage());
    }

    private byte[] icmpMessage() {
        ByteBuffer message = ByteBuffer.allocate(Icmp.HEADER_LENGTH + payload.length);
        message.put((byte) icmpType).put((byte) icmpCode).putShort((short) 0);
        return message.putShort((short) srcPort).putShort((short) sequence).put(payload).array();
    }

    private byte[] icmpv6(byte[] message) {
        int sum = transportChecksum(Ipv4.PROTO_ICMPV6, message);
        putShort(message, Icmpv6.CHECKSUM, sum);
        return ip(Ipv4.PROTO_ICMPV6, message);
    }

    /**
     * A neighbour solicitation or advertisement, as {@link #icmpType} says, with the options of
     * {@link #linkOptions}.
     */
    public byte[] neighborDiscovery(long targetHigh, long targetLow) {
        int count = (sourceLink == NO_LINK ? 0 : 1) + (targetLink == NO_LINK ? 0 : 1);
        ByteBuffer message = ByteBuffer.allocate(Icmpv6.ND_OPTIONS + Icmpv6.OPTION_UNIT * count);
        message.put((byte) icmpType).put((byte) icmpCode).putShort((short) 0).putInt(0);
        message.putLong(targetHigh).putLong(targetLow);
        putOption(message, Icmpv6.OPTION_SOURCE_LINK, sourceLink);
        putOption(message, Icmpv6.OPTION_TARGET_LINK, targetLink);
        return icmpv6(message.array());
    }

    private static void putOption(ByteBuffer message, int type, long link) {
        if (link != NO_LINK) {
            message.put((byte) type).put((byte) 1).put(mac(link));
        }
    }

    /** An IP packet with this protocol and payload. */
    public byte[] ip(int protocol, byte[] l4) {
        return ipv6 ? ipv6(protocol, l4) : ipv4(protocol, l4);
    }

    /** An IPv4 packet with this protocol and payload. */
    public byte[] ipv4(int protocol, byte[] l4) {
        int headerBytes = Ipv4.MIN_HEADER_LENGTH + options.length;
        ByteBuffer packet = ByteBuffer.allocate(headerBytes + l4.length);
        packet.put((byte) (0x40 | headerBytes / 4)).put((byte) tos);
        packet.putShort((short) packet.capacity());
        packet.putShort((short) 0).putShort((short) fragment);
        packet.put((byte) ttl).put((byte) protocol).putShort((short) 0);
        packet.putInt(src).putInt(dst).put(options);
        int sum = sum(0, Arrays.copyOf(packet.array(), headerBytes));
        packet.putShort(Ipv4.CHECKSUM, (short) ~sum).put(l4);
        return ethernet(Ethernet.TYPE_IPV4, packet.array());
    }

    private byte[] ipv6(int protocol, byte[] l4) {
        int extensionBytes = extensions.stream().mapToInt(header -> header.length).sum();
        ByteBuffer packet = ByteBuffer.allocate(Ipv6.HEADER_LENGTH + extensionBytes + l4.length);
        packet.putInt(6 << 28 | tos << Ipv6.CLASS_SHIFT | label);
        packet.putShort((short) (extensionBytes + l4.length));
        packet.put((byte) typeOfExtension(0, protocol)).put((byte) ttl);
        for (long half : ipv6Addresses) {
            packet.putLong(half);
        }
        for (int i = 0; i < extensions.size(); i++) {
            byte[] header = extensions.get(i).clone();
            header[Ipv6.EXTENSION_NEXT_HEADER] = (byte) typeOfExtension(i + 1, protocol);
            packet.put(header);
        }
        return ethernet(Ethernet.TYPE_IPV6, packet.put(l4).array());
    }

    private int typeOfExtension(int number, int protocol) {
        return number < extensions.size() ? extensions.get(number)[0] : protocol;
    }

    /** An ARP packet from {@code src} about {@code dst}; operation 1 asks, 2 answers. */
    public byte[] arp(int operation) {
        return ethernet(
                Ethernet.TYPE_ARP, arp(operation, operation == 1 ? new byte[6] : mac(ethDst)));
    }

    /** A RARP packet; operation 3 asks, 4 answers. */
    public byte[] rarp(int operation) {
        return ethernet(Ethernet.TYPE_RARP, arp(operation, mac(ethDst)));
    }

    private byte[] arp(int operation, byte[] targetMac) {
        ByteBuffer arp = ByteBuffer.allocate(Arp.LENGTH);
        arp.putShort((short) 1).putShort((short) Ethernet.TYPE_IPV4);
        arp.put((byte) 6).put((byte) 4).putShort((short) operation);
        return arp.put(mac(ethSrc)).putInt(src).put(targetMac).putInt(dst).array();
    }

    /** A frame of IEEE 802.3 with LLC and SNAP headers: a length where others have a type. */
    public byte[] snap(int type, byte[] content) {
        ByteBuffer llc = ByteBuffer.allocate(Llc.SNAP_LENGTH + content.length);
        llc.put(new byte[] {(byte) 0xAA, (byte) 0xAA, 3, 0, 0, 0}).putShort((short) type);
        return ethernet(llc.capacity(), llc.put(content).array());
    }

    /** A frame with the tags, this type and content. */
    public byte[] ethernet(int type, byte[] content) {
        int headerBytes = Ethernet.HEADER_LENGTH + tags.size() * Vlan.LENGTH;
        int length = Math.max(headerBytes + content.length, minLength);
        ByteBuffer frame = ByteBuffer.allocate(length);
        frame.put(mac(ethDst)).put(mac(ethSrc));
        tags.forEach(frame::putInt);
        return frame.putShort((short) type).put(content).array();
    }

    private static byte[] mac(long value) {
        byte[] bytes = new byte[6];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (value >>> (40 - 8 * i));
        }
        return bytes;
    }

    private int transportChecksum(int protocol, byte[] l4) {
        ByteBuffer pseudo = ByteBuffer.allocate(ipv6 ? 40 : 12);
        if (ipv6) {
            boolean routed = finalDestination != null;
            pseudo.putLong(ipv6Addresses[0]).putLong(ipv6Addresses[1]);
            pseudo.putLong(routed ? finalDestination[0] : ipv6Addresses[2]);
            pseudo.putLong(routed ? finalDestination[1] : ipv6Addresses[3]);
            pseudo.putInt(l4.length).putInt(protocol);
        } else {
            pseudo.putInt(src).putInt(dst);
            pseudo.putShort((short) protocol).putShort((short) l4.length);
        }
        return ~sum(sum(0, pseudo.array()), l4) & 0xFFFF;
    }

    private static void putShort(byte[] bytes, int at, int value) {
        ByteBuffer.wrap(bytes).putShort(at, (short) value);
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
