package io.sluice.fastpath;

import io.sluice.packet.Arp;
import io.sluice.packet.Ethernet;
import io.sluice.packet.Icmp;
import io.sluice.packet.Icmpv6;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Ipv6;
import io.sluice.packet.Llc;
import io.sluice.packet.Sctp;
import io.sluice.packet.Tcp;
import io.sluice.packet.Udp;
import io.sluice.packet.Vlan;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Makes a frame from a packet's fields, with right lengths and checksums. Fields that are not given
 * are 0, as in Open vSwitch; what is not in the frame, such as {@code in_port}, is passed over.
 */
public final class PacketComposer {
    private static final int DEFAULT_PAYLOAD_BYTES = 64;

    /** What the length fields of IPv4 and, with a header less, of IPv6 can say. */
    private static final int MAX_CONTENT_BYTES = 0xFFFF;

    private static final int MAX_LLC_BYTES = 1500;

    /** In units of 8 bytes: any that is not 0 makes a later fragment. */
    private static final int LATER_OFFSET = 100;

    private static final int NO_PAYLOAD_FLAGS = Tcp.SYN | Tcp.FIN | Tcp.RST;

    private final long[] key;
    private final Optional<byte[]> payload;

    private PacketComposer(long[] key, Optional<byte[]> payload) {
        this.key = key;
        this.payload = payload;
    }

    /**
     * The whole frame, without checksum.
     *
     * @param key {@link Field#WORDS} longs
     * @param payload what follows the innermost header; empty: 64 bytes that count up from 0 after
     *     headers that carry data, and else nothing
     * @throws IllegalArgumentException when the payload is too long for its headers
     */
    public static byte[] compose(long[] key, Optional<byte[]> payload) {
        return new PacketComposer(key, payload).frame();
    }

    private int get(Field field) {
        return (int) field.get(key);
    }

    private byte[] frame() {
        int type = get(Field.ETH_TYPE);
        byte[] content =
                switch (type) {
                    case Ethernet.TYPE_IPV4 -> ipv4();
                    case Ethernet.TYPE_IPV6 -> ipv6();
                    case Ethernet.TYPE_ARP, Ethernet.TYPE_RARP -> arp();
                    default -> payload.orElse(new byte[0]);
                };
        int longest = type < Llc.MIN_TYPE ? MAX_LLC_BYTES : MAX_CONTENT_BYTES;
        if (content.length > longest) {
            throw new IllegalArgumentException(
                    "the payload makes a packet of %d bytes, expected at most %d"
                            .formatted(content.length, longest));
        }
        ByteBuffer frame =
                ByteBuffer.allocate(Ethernet.HEADER_LENGTH + 2 * Vlan.LENGTH + content.length);
        putMac(frame, Field.ETH_DST);
        putMac(frame, Field.ETH_SRC);
        putTag(frame, Field.VLAN_TPID, Field.VLAN_TCI);
        putTag(frame, Field.INNER_VLAN_TPID, Field.INNER_VLAN_TCI);
        frame.putShort((short) (type < Llc.MIN_TYPE ? content.length : type));
        return bytes(frame.put(content));
    }

    private void putMac(ByteBuffer to, Field field) {
        long mac = field.get(key);
        to.putShort((short) (mac >>> Integer.SIZE)).putInt((int) mac);
    }

    private void putTag(ByteBuffer frame, Field tpid, Field tci) {
        int value = get(tci);
        if ((value & Field.VLAN_PRESENT) != 0) {
            int type = get(tpid);
            frame.putShort((short) (type == 0 ? Vlan.TPID_CUSTOMER : type));
            frame.putShort((short) (value & ~Field.VLAN_PRESENT));
        }
    }

    private byte[] arp() {
        ByteBuffer arp = ByteBuffer.allocate(Arp.LENGTH);
        arp.putShort((short) 1).putShort((short) Ethernet.TYPE_IPV4);
        arp.put((byte) 6).put((byte) 4).putShort((short) get(Field.NW_PROTO));
        putMac(arp, Field.ARP_SHA);
        arp.putInt(get(Field.NW_SRC));
        putMac(arp, Field.ARP_THA);
        return arp.putInt(get(Field.NW_DST)).array();
    }

    private boolean isFragment() {
        return get(Field.NW_FRAG) != 0;
    }

    private boolean isLaterFragment() {
        return (get(Field.NW_FRAG) & Field.FRAG_LATER) != 0;
    }

    private byte[] ipv4() {
        ByteBuffer addresses = ByteBuffer.allocate(8);
        addresses.putInt(get(Field.NW_SRC)).putInt(get(Field.NW_DST));
        byte[] l4 = transport(addresses.array());
        int fragment = isFragment() ? Ipv4.MORE_FRAGMENTS : 0;
        fragment |= isLaterFragment() ? LATER_OFFSET : 0;
        ByteBuffer ip = ByteBuffer.allocate(Ipv4.MIN_HEADER_LENGTH + l4.length);
        ip.put((byte) 0x45).put((byte) get(Field.NW_TOS)).putShort((short) ip.capacity());
        ip.putShort((short) 0).putShort((short) fragment);
        ip.put((byte) get(Field.NW_TTL)).put((byte) get(Field.NW_PROTO)).putShort((short) 0);
        ip.put(addresses.array());
        ip.putShort(Ipv4.CHECKSUM, (short) ~sum(0, bytes(ip)));
        return ip.put(l4).array();
    }

    private byte[] ipv6() {
        ByteBuffer addresses = ByteBuffer.allocate(32);
        putWide(addresses, Field.IPV6_SRC);
        putWide(addresses, Field.IPV6_DST);
        byte[] l4 = transport(addresses.array());
        int extension = isFragment() ? Ipv6.EXTENSION_UNIT : 0;
        ByteBuffer ip = ByteBuffer.allocate(Ipv6.HEADER_LENGTH + extension + l4.length);
        ip.putInt(6 << 28 | get(Field.NW_TOS) << Ipv6.CLASS_SHIFT | get(Field.IPV6_LABEL));
        ip.putShort((short) (extension + l4.length));
        ip.put((byte) (isFragment() ? Ipv6.NEXT_FRAGMENT : get(Field.NW_PROTO)));
        ip.put((byte) get(Field.NW_TTL)).put(addresses.array());
        if (isFragment()) {
            int offset = isLaterFragment() ? LATER_OFFSET << 3 : 0;
            ip.put((byte) get(Field.NW_PROTO)).put((byte) 0);
            ip.putShort((short) (offset | Ipv6.MORE_FRAGMENTS)).putInt(0);
        }
        return ip.put(l4).array();
    }

    private void putWide(ByteBuffer to, Field field) {
        to.putLong(field.getHigh(key)).putLong(field.get(key));
    }

    private byte[] transport(byte[] addresses) {
        if (isLaterFragment()) {
            return payload.orElse(new byte[0]);
        }
        return switch (get(Field.NW_PROTO)) {
            case Ipv4.PROTO_TCP -> tcp(addresses);
            case Ipv4.PROTO_UDP -> udp(addresses);
            case Ipv4.PROTO_SCTP -> sctp();
            case Ipv4.PROTO_ICMP -> icmp();
            case Ipv4.PROTO_ICMPV6 -> icmpv6(addresses);
            default -> payload.orElse(new byte[0]);
        };
    }

    private byte[] data() {
        return payload.orElseGet(() -> {
            byte[] counting = new byte[DEFAULT_PAYLOAD_BYTES];
            for (int i = 0; i < counting.length; i++) {
                counting[i] = (byte) i;
            }
            return counting;
        });
    }

    private byte[] tcp(byte[] addresses) {
        int flags = get(Field.TCP_FLAGS);
        byte[] data = payload.isEmpty() && (flags & NO_PAYLOAD_FLAGS) != 0 ? new byte[0] : data();
        ByteBuffer tcp = ports(Tcp.MIN_HEADER_LENGTH, data);
        tcp.putLong(0).putShort((short) (Tcp.MIN_HEADER_LENGTH << 10 | flags));
        tcp.putShort((short) 0).putInt(0).put(data);
        int sum = sum(pseudoHeader(addresses, tcp.capacity()), bytes(tcp));
        return bytes(tcp.putShort(Tcp.CHECKSUM, (short) ~sum));
    }

    private byte[] udp(byte[] addresses) {
        byte[] data = data();
        ByteBuffer udp = ports(Udp.HEADER_LENGTH, data);
        udp.putShort((short) udp.capacity()).putShort((short) 0).put(data);
        int checksum = ~sum(pseudoHeader(addresses, udp.capacity()), bytes(udp)) & 0xFFFF;
        return bytes(udp.putShort(Udp.CHECKSUM, (short) (checksum == 0 ? 0xFFFF : checksum)));
    }

    private byte[] sctp() {
        byte[] data = payload.orElseGet(PacketComposer::init);
        ByteBuffer sctp = ports(Sctp.HEADER_LENGTH, data);
        sctp.putLong(0).put(data);
        CRC32C crc = new CRC32C();
        crc.update(bytes(sctp));
        // The one field in an IP packet whose lowest byte comes first.
        sctp.order(ByteOrder.LITTLE_ENDIAN).putInt(Sctp.CHECKSUM, (int) crc.getValue());
        return bytes(sctp);
    }

    /** The chunk that begins an association: a packet without one is of none. */
    private static byte[] init() {
        ByteBuffer chunk = ByteBuffer.allocate(Sctp.INIT_LENGTH);
        chunk.put((byte) Sctp.INIT).put((byte) 0).putShort((short) Sctp.INIT_LENGTH);
        return chunk.putInt(1).array();
    }

    private ByteBuffer ports(int headerBytes, byte[] data) {
        ByteBuffer l4 = ByteBuffer.allocate(headerBytes + data.length);
        return l4.putShort((short) get(Field.TP_SRC)).putShort((short) get(Field.TP_DST));
    }

    private byte[] icmp() {
        int type = get(Field.TP_SRC);
        boolean echo = type == Icmp.ECHO || type == Icmp.ECHO_REPLY;
        byte[] data = echo ? data() : payload.orElse(new byte[0]);
        ByteBuffer icmp = ByteBuffer.allocate(Icmp.HEADER_LENGTH + data.length);
        putTypeAndCode(icmp).putShort((short) 0).putInt(0).put(data);
        return bytes(icmp.putShort(Icmp.CHECKSUM, (short) ~sum(0, bytes(icmp))));
    }

    private byte[] icmpv6(byte[] addresses) {
        int type = get(Field.TP_SRC);
        ByteBuffer icmp;
        if (Icmpv6.isNeighborDiscovery(type, get(Field.TP_DST))) {
            icmp = neighborDiscovery(type);
        } else {
            boolean echo = type == Icmpv6.ECHO || type == Icmpv6.ECHO_REPLY;
            byte[] data = echo ? data() : payload.orElse(new byte[0]);
            icmp = ByteBuffer.allocate(Icmpv6.HEADER_LENGTH + Integer.BYTES + data.length);
            putTypeAndCode(icmp).putShort((short) 0).putInt(0).put(data);
        }
        int sum = sum(pseudoHeader(addresses, icmp.capacity()), bytes(icmp));
        return bytes(icmp.putShort(Icmpv6.CHECKSUM, (short) ~sum));
    }

    private ByteBuffer neighborDiscovery(int type) {
        // The key's one link-layer address is that of the option which the type has.
        boolean solicits = type == Icmpv6.NEIGHBOR_SOLICITATION;
        Field link = solicits ? Field.ARP_SHA : Field.ARP_THA;
        boolean hasOption = link.get(key) != 0;
        byte[] data = payload.orElse(new byte[0]);
        int option = hasOption ? Icmpv6.OPTION_UNIT : 0;
        ByteBuffer icmp = ByteBuffer.allocate(Icmpv6.ND_OPTIONS + option + data.length);
        putTypeAndCode(icmp).putShort((short) 0).putInt(0);
        putWide(icmp, Field.ND_TARGET);
        if (hasOption) {
            int kind = solicits ? Icmpv6.OPTION_SOURCE_LINK : Icmpv6.OPTION_TARGET_LINK;
            icmp.put((byte) kind).put((byte) 1);
            putMac(icmp, link);
        }
        return icmp.put(data);
    }

    private ByteBuffer putTypeAndCode(ByteBuffer icmp) {
        return icmp.put((byte) get(Field.TP_SRC)).put((byte) get(Field.TP_DST));
    }

    /** The sum of the pseudo header, which is the same for both versions of IP. */
    private int pseudoHeader(byte[] addresses, int l4Bytes) {
        return sum(0, addresses) + get(Field.NW_PROTO) + l4Bytes;
    }

    /** The ones' complement sum of 16-bit words in network order, folded to 16 bits. */
    private static int sum(int start, byte[] bytes) {
        int sum = start;
        for (int i = 0; i < bytes.length; i++) {
            sum += (bytes[i] & 0xFF) << ((i & 1) == 0 ? Byte.SIZE : 0);
            sum = (sum & 0xFFFF) + (sum >>> Short.SIZE);
        }
        return sum;
    }

    private static byte[] bytes(ByteBuffer filled) {
        byte[] bytes = new byte[filled.position()];
        filled.get(0, bytes);
        return bytes;
    }
}
