package io.sluice.fastpath;

import io.sluice.conntrack.ConnTable;
import io.sluice.dpdk.Mbuf;
import io.sluice.packet.Arp;
import io.sluice.packet.Checksum;
import io.sluice.packet.Ethernet;
import io.sluice.packet.Icmp;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Memory;
import io.sluice.packet.Tcp;
import io.sluice.packet.TupleKey;
import io.sluice.packet.Udp;
import java.util.Arrays;

/**
 * A packet on the slow path: its fields, what flows have changed of them, and where they lie in the
 * frame. Changes are made to the fields and reach the frame all at once ({@link #writeFrame}), so
 * that a checksum changes by one difference, exactly as on the cached way. Used by the worker's
 * thread; reused.
 */
final class SlowPacket {
    static final int NOT_MALFORMED = -1;

    long mbuf;
    long frame;
    int frameBytes;
    int inPort;

    /** Fields as flows match them. */
    final long[] key = new long[Field.WORDS];

    // The tuple as TupleKey has it, now.
    long addresses;
    int ports;
    int protocol;

    /** Whether the packet has a whole tuple, so that connections can be looked up. */
    boolean trackable;

    int tcpFlags;
    int ipBytes;

    // What the last ct() attached: the connection or NONE, its zone, and the packet's ct_state.
    int connection;
    int connectionZone;
    int ctBits;
    boolean translated;

    // As the frame has them.
    private long writtenAddresses;
    private int writtenPorts;
    private int l4Offset;

    /**
     * Reads the headers.
     *
     * @return NOT_MALFORMED, or the ordinal of the reason to drop the packet
     */
    int parse(long packet, int port) {
        mbuf = packet;
        inPort = port;
        frame = Memory.getLong(packet + Mbuf.BUF_ADDR) + Memory.getShort(packet + Mbuf.DATA_OFF);
        frameBytes = Memory.getInt(packet + Mbuf.PKT_LEN);
        int contiguous = Memory.getShort(packet + Mbuf.DATA_LEN);
        Arrays.fill(key, 0);
        addresses = 0;
        ports = 0;
        writtenAddresses = 0;
        writtenPorts = 0;
        protocol = 0;
        trackable = false;
        tcpFlags = 0;
        ipBytes = 0;
        l4Offset = 0;
        connection = ConnTable.NONE;
        connectionZone = -1;
        ctBits = 0;
        translated = false;
        if (contiguous < Ethernet.HEADER_LENGTH) {
            return DropReason.RUNT.ordinal();
        }
        Field.IN_PORT.set(key, port);
        Field.ETH_DST.set(key, Ethernet.getMac(frame + Ethernet.DST));
        Field.ETH_SRC.set(key, Ethernet.getMac(frame + Ethernet.SRC));
        int type = Memory.getShortBe(frame + Ethernet.TYPE);
        Field.ETH_TYPE.set(key, type);
        if (type == Ethernet.TYPE_IPV4) {
            return parseIpv4(contiguous);
        }
        if (type == Ethernet.TYPE_ARP) {
            parseArp(contiguous);
        }
        return NOT_MALFORMED;
    }

    private void parseArp(int contiguous) {
        long arp = frame + Ethernet.HEADER_LENGTH;
        if (contiguous >= Ethernet.HEADER_LENGTH + Arp.LENGTH
                && Memory.getShortBe(arp + Arp.PROTOCOL_TYPE) == Ethernet.TYPE_IPV4) {
            Field.NW_PROTO.set(key, Memory.getShortBe(arp + Arp.OPERATION));
            Field.NW_SRC.set(key, Memory.getIntBe(arp + Arp.SENDER_PROTOCOL_ADDRESS));
            Field.NW_DST.set(key, Memory.getIntBe(arp + Arp.TARGET_PROTOCOL_ADDRESS));
        }
    }

    private int parseIpv4(int contiguous) {
        long ip = frame + Ethernet.HEADER_LENGTH;
        int readable = contiguous - Ethernet.HEADER_LENGTH;
        if (readable < Ipv4.MIN_HEADER_LENGTH) {
            return DropReason.IP_MALFORMED.ordinal();
        }
        int versionIhl = Memory.getByte(ip + Ipv4.VERSION_IHL);
        int headerBytes = (versionIhl & 0xF) << 2;
        int totalBytes = Memory.getShortBe(ip + Ipv4.TOTAL_LENGTH);
        if (versionIhl >>> 4 != 4
                || headerBytes < Ipv4.MIN_HEADER_LENGTH
                || headerBytes > readable
                || totalBytes < headerBytes
                || totalBytes > frameBytes - Ethernet.HEADER_LENGTH) {
            return DropReason.IP_MALFORMED.ordinal();
        }
        ipBytes = totalBytes;
        protocol = Memory.getByte(ip + Ipv4.PROTOCOL);
        addresses = Memory.getLong(ip + Ipv4.SRC);
        writtenAddresses = addresses;
        int fragment = Memory.getShortBe(ip + Ipv4.FRAGMENT);
        boolean later = (fragment & Ipv4.FRAGMENT_OFFSET_MASK) != 0;
        boolean isFragment = later || (fragment & Ipv4.MORE_FRAGMENTS) != 0;
        Field.NW_SRC.set(key, TupleKey.source(addresses));
        Field.NW_DST.set(key, TupleKey.destination(addresses));
        Field.NW_PROTO.set(key, protocol);
        Field.NW_TOS.set(key, Memory.getByte(ip + Ipv4.TOS));
        Field.NW_TTL.set(key, Memory.getByte(ip + Ipv4.TTL));
        Field.NW_FRAG.set(key, (isFragment ? 1 : 0) | (later ? 2 : 0));
        if (later) {
            return NOT_MALFORMED;
        }
        l4Offset = Ethernet.HEADER_LENGTH + headerBytes;
        int l4Readable = Math.min(contiguous - l4Offset, totalBytes - headerBytes);
        int malformed = parseL4(l4Readable, totalBytes - headerBytes, isFragment);
        trackable &= !isFragment;
        return malformed;
    }

    private int parseL4(int readable, int l4Bytes, boolean isFragment) {
        long l4 = frame + l4Offset;
        boolean whole;
        switch (protocol) {
            case Ipv4.PROTO_TCP -> {
                whole = readable >= Tcp.MIN_HEADER_LENGTH && isWholeTcp(l4, l4Bytes);
                tcpFlags = whole ? Memory.getByte(l4 + Tcp.FLAGS) : 0;
                trackable = whole;
            }
            case Ipv4.PROTO_UDP -> {
                whole = readable >= Udp.HEADER_LENGTH && isWholeUdp(l4, l4Bytes, isFragment);
                trackable = whole;
            }
            case Ipv4.PROTO_ICMP -> {
                whole = readable >= Icmp.HEADER_LENGTH;
                trackable = whole && Icmp.inverseType(Memory.getByte(l4 + Icmp.TYPE)) >= 0;
            }
            default -> {
                trackable = true;
                return NOT_MALFORMED;
            }
        }
        if (!whole) {
            return DropReason.L4_MALFORMED.ordinal();
        }
        readPorts(l4);
        return NOT_MALFORMED;
    }

    private static boolean isWholeTcp(long l4, int l4Bytes) {
        int headerBytes = Memory.getByte(l4 + Tcp.DATA_OFFSET) >>> 4 << 2;
        return headerBytes >= Tcp.MIN_HEADER_LENGTH && headerBytes <= l4Bytes;
    }

    private static boolean isWholeUdp(long l4, int l4Bytes, boolean isFragment) {
        int udpBytes = Memory.getShortBe(l4 + Udp.LENGTH);
        return udpBytes >= Udp.HEADER_LENGTH && (udpBytes <= l4Bytes || isFragment);
    }

    private void readPorts(long l4) {
        if (protocol == Ipv4.PROTO_ICMP) {
            Field.TP_SRC.set(key, Memory.getByte(l4 + Icmp.TYPE));
            Field.TP_DST.set(key, Memory.getByte(l4 + Icmp.CODE));
            if (!trackable) {
                return;
            }
            ports = Memory.getShort(l4 + Icmp.IDENTIFIER) | (Memory.getShort(l4 + Icmp.TYPE) << 16);
        } else {
            ports = Memory.getInt(l4);
            Field.TP_SRC.set(key, TupleKey.sourcePort(ports));
            Field.TP_DST.set(key, TupleKey.destinationPort(ports));
        }
        writtenPorts = ports;
    }

    /** The packet as the other is now, in another buffer with the same bytes. */
    void copyFrom(SlowPacket other, long otherMbuf) {
        copyFields(other);
        mbuf = otherMbuf;
        frame = Memory.getLong(mbuf + Mbuf.BUF_ADDR) + Memory.getShort(mbuf + Mbuf.DATA_OFF);
        frameBytes = other.frameBytes;
        writtenAddresses = other.writtenAddresses;
        writtenPorts = other.writtenPorts;
        l4Offset = other.l4Offset;
    }

    /** Takes over all that flows may have changed, but nothing of what is in the frame already. */
    void copyFields(SlowPacket other) {
        System.arraycopy(other.key, 0, key, 0, key.length);
        inPort = other.inPort;
        addresses = other.addresses;
        ports = other.ports;
        protocol = other.protocol;
        trackable = other.trackable;
        tcpFlags = other.tcpFlags;
        ipBytes = other.ipBytes;
        connection = other.connection;
        connectionZone = other.connectionZone;
        ctBits = other.ctBits;
        translated = other.translated;
    }

    /** Gives the packet another tuple; addresses and ports as {@link TupleKey} has them. */
    void setTuple(long newAddresses, int newPorts) {
        addresses = newAddresses;
        ports = newPorts;
        Field.NW_SRC.set(key, TupleKey.source(newAddresses));
        Field.NW_DST.set(key, TupleKey.destination(newAddresses));
        if (protocol == Ipv4.PROTO_TCP || protocol == Ipv4.PROTO_UDP) {
            Field.TP_SRC.set(key, TupleKey.sourcePort(newPorts));
            Field.TP_DST.set(key, TupleKey.destinationPort(newPorts));
        }
    }

    /** Brings the frame up to date with the fields. */
    void writeFrame() {
        Ethernet.putMac(frame + Ethernet.DST, Field.ETH_DST.get(key));
        Ethernet.putMac(frame + Ethernet.SRC, Field.ETH_SRC.get(key));
        if (addresses == writtenAddresses && ports == writtenPorts) {
            return;
        }
        long ip = frame + Ethernet.HEADER_LENGTH;
        int ipDelta = Checksum.delta(writtenAddresses, addresses);
        int portsDelta = Checksum.delta(writtenPorts & 0xFFFFFFFFL, ports & 0xFFFFFFFFL);
        Memory.putLong(ip + Ipv4.SRC, addresses);
        Memory.putShort(
                ip + Ipv4.CHECKSUM, Checksum.apply(Memory.getShort(ip + Ipv4.CHECKSUM), ipDelta));
        writeL4(frame + l4Offset, ipDelta, portsDelta);
        writtenAddresses = addresses;
        writtenPorts = ports;
    }

    private void writeL4(long l4, int ipDelta, int portsDelta) {
        switch (protocol) {
            case Ipv4.PROTO_TCP -> {
                Memory.putInt(l4, ports);
                int old = Memory.getShort(l4 + Tcp.CHECKSUM);
                int delta = Checksum.addDeltas(ipDelta, portsDelta);
                Memory.putShort(l4 + Tcp.CHECKSUM, Checksum.apply(old, delta));
            }
            case Ipv4.PROTO_UDP -> {
                Memory.putInt(l4, ports);
                int old = Memory.getShort(l4 + Udp.CHECKSUM);
                int delta = Checksum.addDeltas(ipDelta, portsDelta);
                Memory.putShort(l4 + Udp.CHECKSUM, Checksum.applyUdp(old, delta));
            }
            case Ipv4.PROTO_ICMP -> {
                // Only the identifier can have changed; there is no pseudo header.
                Memory.putShort(l4 + Icmp.IDENTIFIER, ports & 0xFFFF);
                int old = Memory.getShort(l4 + Icmp.CHECKSUM);
                Memory.putShort(l4 + Icmp.CHECKSUM, Checksum.apply(old, portsDelta));
            }
            default -> {}
        }
    }
}
