package io.sluice.fastpath;

import io.sluice.dpdk.Mbuf;
import io.sluice.packet.Arp;
import io.sluice.packet.Checksum;
import io.sluice.packet.Crc32c;
import io.sluice.packet.Ethernet;
import io.sluice.packet.Icmp;
import io.sluice.packet.Icmpv6;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Ipv6;
import io.sluice.packet.Memory;
import io.sluice.packet.Sctp;
import io.sluice.packet.Tcp;
import io.sluice.packet.Udp;
import io.sluice.packet.Vlan;

/**
 * Brings a frame up to date with its packet's key. Every checksum changes by one difference: of all
 * it is over, from how the frame has it to how the key has it.
 */
final class FrameWriter {
    private FrameWriter() {}

    /** False, with the frame as it was, when its buffer has no room for more VLAN tags. */
    static boolean write(SlowPacket packet) {
        if (!moveStart(packet)) {
            return false;
        }
        writeTags(packet);
        long[] key = packet.key;
        Ethernet.putMac(packet.frame + Ethernet.DST, FlowKey.ethDst(key));
        Ethernet.putMac(packet.frame + Ethernet.SRC, FlowKey.ethSrc(key));
        Headers headers = packet.headers;
        switch (headers.network) {
            case IPV4 -> writeTransport(packet, writeIpv4(packet, headers.networkAt));
            case IPV6 -> writeTransport(packet, writeIpv6(packet, headers.networkAt));
            case ARP -> writeArp(packet, headers.networkAt);
            case OTHER -> {}
        }
        return true;
    }

    /** Makes room for tags that come, and closes the gap of tags that go. */
    private static boolean moveStart(SlowPacket packet) {
        int bytes = (packet.vlan.count() - packet.vlan.inFrame()) * Vlan.LENGTH;
        if (bytes == 0) {
            return true;
        }
        long start = bytes > 0 ? Mbuf.prepend(packet.mbuf, bytes) : Mbuf.adj(packet.mbuf, -bytes);
        if (start != 0) {
            packet.frame = start;
        }
        return start != 0;
    }

    private static void writeTags(SlowPacket packet) {
        int count = packet.vlan.count();
        for (int i = 0; i < count; i++) {
            long at = packet.frame + Ethernet.TYPE + (long) i * Vlan.LENGTH;
            // Tags are counted from the inside: those that were kept are in their place.
            boolean isThere = count - i <= packet.vlan.keptFromFrame();
            int dropEligible = isThere ? Memory.getShortBe(at + Vlan.TCI) & Vlan.DROP_ELIGIBLE : 0;
            int tag = packet.vlan.get(i);
            Memory.putShortBe(at + Vlan.TPID, tag >>> 16);
            Memory.putShortBe(at + Vlan.TCI, (tag & ~Vlan.DROP_ELIGIBLE) | dropEligible);
        }
    }

    private static void writeArp(SlowPacket packet, long arp) {
        long[] key = packet.key;
        // An operation too large for the key's field is in the frame only.
        if (Field.NW_PROTO.get(key) != Field.NW_PROTO.get(packet.written)) {
            Memory.putShortBe(arp + Arp.OPERATION, (int) Field.NW_PROTO.get(key));
        }
        Memory.putIntBe(arp + Arp.SENDER_PROTOCOL_ADDRESS, (int) Field.NW_SRC.get(key));
        Memory.putIntBe(arp + Arp.TARGET_PROTOCOL_ADDRESS, (int) Field.NW_DST.get(key));
        Ethernet.putMac(arp + Arp.SENDER_HARDWARE_ADDRESS, Field.ARP_SHA.get(key));
        Ethernet.putMac(arp + Arp.TARGET_HARDWARE_ADDRESS, Field.ARP_THA.get(key));
    }

    /** Returns what the change of the addresses adds to checksums over the pseudo header. */
    private static int writeIpv4(SlowPacket packet, long ip) {
        long[] key = packet.key;
        int pseudo = Checksum.delta(FlowKey.addresses(packet.written), FlowKey.addresses(key));
        // Each is one byte of a word: TOS its second, TTL its first.
        int was = (FlowKey.tos(packet.written) << Byte.SIZE) + FlowKey.ttl(packet.written);
        int is = (FlowKey.tos(key) << Byte.SIZE) + FlowKey.ttl(key);
        int delta = Checksum.addDeltas(pseudo, Checksum.delta(was, is));
        Memory.putLong(ip + Ipv4.SRC, FlowKey.addresses(key));
        Memory.putByte(ip + Ipv4.TOS, FlowKey.tos(key));
        Memory.putByte(ip + Ipv4.TTL, FlowKey.ttl(key));
        apply(ip + Ipv4.CHECKSUM, delta);
        return pseudo;
    }

    private static void apply(long checksum, int delta) {
        Memory.putShort(checksum, Checksum.apply(Memory.getShort(checksum), delta));
    }

    /** Returns what the change of the addresses adds to checksums over the pseudo header. */
    private static int writeIpv6(SlowPacket packet, long ip) {
        long[] key = packet.key;
        int first = Memory.getIntBe(ip + Ipv6.VERSION_CLASS_LABEL) & 0xF0000000;
        first |= (int) Field.NW_TOS.get(key) << Ipv6.CLASS_SHIFT;
        first |= (int) Field.IPV6_LABEL.get(key) & Ipv6.LABEL_MASK;
        Memory.putIntBe(ip + Ipv6.VERSION_CLASS_LABEL, first);
        Memory.putByte(ip + Ipv6.HOP_LIMIT, (int) Field.NW_TTL.get(key));
        int source = writeWide(packet, Field.IPV6_SRC, ip + Ipv6.SRC);
        int destination = writeWide(packet, Field.IPV6_DST, ip + Ipv6.DST);
        return packet.headers.routed ? source : Checksum.addDeltas(source, destination);
    }

    /** Writes a field of 16 bytes; returns what its change adds to checksums over it. */
    private static int writeWide(SlowPacket packet, Field field, long at) {
        long high = Long.reverseBytes(field.getHigh(packet.key));
        long low = Long.reverseBytes(field.get(packet.key));
        int delta =
                Checksum.addDeltas(
                        Checksum.delta(Long.reverseBytes(field.getHigh(packet.written)), high),
                        Checksum.delta(Long.reverseBytes(field.get(packet.written)), low));
        Memory.putLong(at, high);
        Memory.putLong(at + Long.BYTES, low);
        return delta;
    }

    private static void writeTransport(SlowPacket packet, int pseudo) {
        long at = packet.headers.transportAt;
        int first = packet.firstBytes();
        int was = packet.writtenFirstBytes();
        int delta = Checksum.delta(was & 0xFFFFFFFFL, first & 0xFFFFFFFFL);
        switch (packet.headers.transport) {
            case Ipv4.PROTO_TCP -> {
                Memory.putInt(at, first);
                apply(at + Tcp.CHECKSUM, Checksum.addDeltas(pseudo, delta));
            }
            case Ipv4.PROTO_UDP -> {
                Memory.putInt(at, first);
                int old = Memory.getShort(at + Udp.CHECKSUM);
                int both = Checksum.addDeltas(pseudo, delta);
                Memory.putShort(at + Udp.CHECKSUM, Checksum.applyUdp(old, both));
            }
            case Ipv4.PROTO_SCTP -> {
                Memory.putInt(at, first);
                int change = Crc32c.delta(was ^ first, packet.headers.transportBytes);
                Memory.putInt(at + Sctp.CHECKSUM, Memory.getInt(at + Sctp.CHECKSUM) ^ change);
            }
            case Ipv4.PROTO_ICMP -> {
                // There is no pseudo header.
                Memory.putShort(at + Icmp.TYPE, first >>> 16);
                Memory.putShort(at + Icmp.IDENTIFIER, first & 0xFFFF);
                int quoted = QuotedWriter.write(packet.quoted);
                apply(at + Icmp.CHECKSUM, Checksum.addDeltas(delta, quoted));
            }
            case Ipv4.PROTO_ICMPV6 -> {
                Memory.putShort(at + Icmpv6.TYPE, first >>> 16);
                if (((was ^ first) & 0xFFFF) != 0) {
                    // Only queries have one, and other messages may end before it.
                    Memory.putShort(at + Icmpv6.IDENTIFIER, first & 0xFFFF);
                }
                // A message has one of them at most.
                int inside = writeNeighborDiscovery(packet) + QuotedWriter.write(packet.quoted);
                int all = Checksum.addDeltas(Checksum.addDeltas(pseudo, delta), inside);
                apply(at + Icmpv6.CHECKSUM, all);
            }
            default -> {}
        }
    }

    /** Writes target and link-layer addresses; returns what they add to the checksum. */
    private static int writeNeighborDiscovery(SlowPacket packet) {
        Headers headers = packet.headers;
        if (headers.targetAt == 0) {
            return 0;
        }
        int delta = writeWide(packet, Field.ND_TARGET, headers.targetAt);
        delta = Checksum.addDeltas(delta, writeMac(packet, Field.ARP_SHA, headers.sourceLinkAt));
        return Checksum.addDeltas(delta, writeMac(packet, Field.ARP_THA, headers.targetLinkAt));
    }

    private static int writeMac(SlowPacket packet, Field field, long at) {
        if (at == 0) {
            return 0;
        }
        long mac = field.get(packet.key);
        Ethernet.putMac(at, mac);
        return Checksum.delta(Long.reverseBytes(field.get(packet.written)), Long.reverseBytes(mac));
    }
}
