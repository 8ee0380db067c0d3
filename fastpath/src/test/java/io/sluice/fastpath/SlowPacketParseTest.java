package io.sluice.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.AddressText;
import io.sluice.packet.Ethernet;
import io.sluice.packet.FrameBuilder;
import io.sluice.packet.Icmp;
import io.sluice.packet.Icmpv6;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Ipv6;
import io.sluice.packet.Tcp;
import io.sluice.packet.Vlan;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Frames in, fields out: every field that is not named must be 0. */
class SlowPacketParseTest {
    private static final long MAC_A = 0x02AABBCCDD01L;
    private static final long MAC_B = 0x02AABBCCDD02L;
    private static final int SRC = AddressText.parseIpv4("10.1.2.3");
    private static final int DST = AddressText.parseIpv4("192.0.2.10");
    private static final long NET = 0x20010DB800000001L;

    private final Buffers buffers = new Buffers();
    private final SlowPacket packet = new SlowPacket();

    @AfterEach
    void giveBack() {
        buffers.close();
    }

    private static FrameBuilder frame() {
        return new FrameBuilder().eth(MAC_A, MAC_B).ports(4000, 80).tos(0xB9).ttl(7);
    }

    private static FrameBuilder ipv4() {
        return frame().ip(SRC, DST);
    }

    private static FrameBuilder ipv6() {
        return frame().ipv6(NET, 1, NET, 2).label(0xABCDE);
    }

    /** The fields expected of the packet. */
    private static final class Expected {
        final long[] key = new long[Field.WORDS];

        Expected and(Field field, long value) {
            field.set(key, value);
            return this;
        }

        Expected and(Field field, long high, long low) {
            field.set(key, high, low);
            return this;
        }
    }

    private static Expected type(int type) {
        return new Expected()
                .and(Field.IN_PORT, 3)
                .and(Field.ETH_SRC, MAC_A)
                .and(Field.ETH_DST, MAC_B)
                .and(Field.ETH_TYPE, type);
    }

    private static Expected isIpv4(int protocol) {
        return type(Ethernet.TYPE_IPV4)
                .and(Field.NW_SRC, SRC)
                .and(Field.NW_DST, DST)
                .and(Field.NW_PROTO, protocol)
                .and(Field.NW_TOS, 0xB9)
                .and(Field.NW_TTL, 7);
    }

    private static Expected isIpv6(int protocol) {
        return type(Ethernet.TYPE_IPV6)
                .and(Field.IPV6_SRC, NET, 1)
                .and(Field.IPV6_DST, NET, 2)
                .and(Field.IPV6_LABEL, 0xABCDE)
                .and(Field.NW_PROTO, protocol)
                .and(Field.NW_TOS, 0xB9)
                .and(Field.NW_TTL, 7);
    }

    private static Expected withPorts(Expected expected) {
        return expected.and(Field.TP_SRC, 4000).and(Field.TP_DST, 80);
    }

    private void assertFields(byte[] frame, Expected expected) {
        assertEquals(SlowPacket.NOT_MALFORMED, packet.parse(buffers.of(frame), 3));
        for (Field field : Field.values()) {
            assertEquals(field.getHigh(expected.key), field.getHigh(packet.key), field.text());
            assertEquals(field.get(expected.key), field.get(packet.key), field.text());
        }
    }

    private void assertHas(Field... expected) {
        for (Field field : expected) {
            assertTrue(packet.has(field), field.text());
        }
    }

    private void assertHasNot(Field... unexpected) {
        for (Field field : unexpected) {
            assertFalse(packet.has(field), field.text());
        }
    }

    private void assertDropped(DropReason reason, byte[] frame) {
        assertEquals(reason.ordinal(), packet.parse(buffers.of(frame), 3));
    }

    @Test
    void transportOverIpv4() {
        assertFields(ipv4().udp(), withPorts(isIpv4(Ipv4.PROTO_UDP)));
        assertTrue(packet.isTrackable());
        assertHas(Field.ETH_SRC, Field.NW_SRC, Field.NW_TTL, Field.TP_DST, Field.VLAN_TCI);
        assertHasNot(
                Field.TCP_FLAGS, Field.IPV6_SRC, Field.ARP_SHA, Field.ARP_THA, Field.ND_TARGET);
        assertHasNot(Field.INNER_VLAN_TCI, Field.VLAN_TPID);
        byte[] options = new byte[] {7, 7, 4, 0, 0, 0, 0};
        assertFields(ipv4().options(options).udp(), withPorts(isIpv4(Ipv4.PROTO_UDP)));
        assertTrue(packet.isTrackable());
        assertFields(ipv4().sctp(), withPorts(isIpv4(Ipv4.PROTO_SCTP)));
        assertFields(
                ipv4().tcpFlags(0xA12).padTo(70).tcp(),
                withPorts(isIpv4(Ipv4.PROTO_TCP)).and(Field.TCP_FLAGS, 0xA12));
        assertEquals(40, packet.ipBytes);
        assertHas(Field.TCP_FLAGS);
        assertFields(ipv4().ip(47, new byte[4]), isIpv4(47));
        assertTrue(packet.isTrackable());
        assertHasNot(Field.TP_SRC, Field.TP_DST);
        assertFields(ipv4().ip(Ipv4.PROTO_ICMPV6, new byte[8]), isIpv4(Ipv4.PROTO_ICMPV6));
        assertHasNot(Field.TP_SRC, Field.ND_TARGET);
    }

    @Test
    void icmp() {
        assertFields(
                ipv4().icmpType(Icmp.ECHO).icmpCode(9).icmp(),
                isIpv4(Ipv4.PROTO_ICMP).and(Field.TP_SRC, 8).and(Field.TP_DST, 9));
        assertTrue(packet.isTrackable());
        assertFields(
                ipv4().icmpType(3).icmpCode(1).icmp(),
                isIpv4(Ipv4.PROTO_ICMP).and(Field.TP_SRC, 3).and(Field.TP_DST, 1));
        assertFalse(packet.isTrackable(), "an error is of no connection of its own");
        Field.TP_SRC.set(packet.key, Icmp.ECHO_REPLY);
        assertTrue(packet.isTrackable(), "it is none any more");
    }

    @Test
    void transportOverIpv6() {
        assertFields(ipv6().udp(), withPorts(isIpv6(Ipv4.PROTO_UDP)));
        assertTrue(packet.isTrackable());
        assertHas(Field.IPV6_SRC, Field.IPV6_LABEL, Field.NW_TOS, Field.NW_TTL, Field.TP_SRC);
        assertHasNot(Field.NW_SRC, Field.NW_DST, Field.ARP_SHA);
        assertFields(ipv6().sctp(), withPorts(isIpv6(Ipv4.PROTO_SCTP)));
        assertFields(
                ipv6().tcpFlags(Tcp.SYN).tcp(),
                withPorts(isIpv6(Ipv4.PROTO_TCP)).and(Field.TCP_FLAGS, Tcp.SYN));
        assertFields(ipv6().ip(Ipv6.NEXT_NONE, new byte[0]), isIpv6(Ipv6.NEXT_NONE));
        assertFields(ipv6().ip(Ipv4.PROTO_ICMP, new byte[8]), isIpv6(Ipv4.PROTO_ICMP));
        assertHasNot(Field.TP_SRC);
        assertFields(
                ipv6().icmpType(Icmpv6.ECHO).icmpCode(1).icmpv6(),
                isIpv6(Ipv4.PROTO_ICMPV6).and(Field.TP_SRC, 128).and(Field.TP_DST, 1));
        assertTrue(packet.isTrackable());
        assertFields(
                ipv6().icmpType(Icmpv6.TIME_EXCEEDED).icmpCode(0).icmpv6(),
                isIpv6(Ipv4.PROTO_ICMPV6).and(Field.TP_SRC, 3).and(Field.TP_DST, 0));
        assertFalse(packet.isTrackable(), "an error is of no connection of its own");
    }

    @Test
    void transportBehindExtensionHeaders() {
        byte[] content = new byte[20];
        FrameBuilder all =
                ipv6().extension(Ipv6.NEXT_HOP_BY_HOP, content)
                        .extension(Ipv6.NEXT_DESTINATION, content)
                        .extension(Ipv6.NEXT_ROUTING, content)
                        .extension(Ipv6.NEXT_AUTHENTICATION, content)
                        .fragmentHeader(0)
                        .extension(Ipv6.NEXT_DESTINATION, new byte[6]);
        assertFields(all.udp(), withPorts(isIpv6(Ipv4.PROTO_UDP)));
        FrameBuilder many = ipv6();
        for (int i = 0; i < 40; i++) {
            many.extension(Ipv6.NEXT_DESTINATION, content);
        }
        assertFields(many.udp(), withPorts(isIpv6(Ipv4.PROTO_UDP)));
    }

    @Test
    void fragments() {
        Expected first = withPorts(isIpv4(Ipv4.PROTO_UDP)).and(Field.NW_FRAG, 1);
        assertFields(ipv4().fragment(0x2000).udp(), first);
        assertFalse(packet.isTrackable());
        Expected later = isIpv4(Ipv4.PROTO_UDP).and(Field.NW_FRAG, 3);
        assertFields(ipv4().fragment(0x2001).udp(), later);
        assertFields(ipv4().fragment(0x0001).ip(Ipv4.PROTO_UDP, new byte[1]), later);
        assertHasNot(Field.TP_SRC, Field.TP_DST);
        assertFields(
                ipv6().fragmentHeader(1).udp(),
                withPorts(isIpv6(Ipv4.PROTO_UDP)).and(Field.NW_FRAG, 1));
        assertFields(
                ipv6().fragmentHeader(8).udp(), isIpv6(Ipv6.NEXT_FRAGMENT).and(Field.NW_FRAG, 3));
        assertFields(
                ipv6().fragmentHeader(9).ip(Ipv4.PROTO_TCP, new byte[1]),
                isIpv6(Ipv6.NEXT_FRAGMENT).and(Field.NW_FRAG, 3));
    }

    @Test
    void aPartOfAnSctpPacketHasPortsThatNobodyCanSet() {
        assertFields(
                ipv4().fragment(0x2000).sctp(),
                withPorts(isIpv4(Ipv4.PROTO_SCTP)).and(Field.NW_FRAG, 1));
        assertHasNot(Field.TP_SRC, Field.TP_DST);
    }

    @Test
    void vlanTags() {
        int tci = 0x6064;
        Expected one =
                withPorts(isIpv4(Ipv4.PROTO_UDP))
                        .and(Field.VLAN_TPID, Vlan.TPID_CUSTOMER)
                        .and(Field.VLAN_TCI, 0x7064);
        assertFields(ipv4().vlan(Vlan.TPID_CUSTOMER, tci).udp(), one);
        assertTrue(packet.isTrackable());
        assertHas(Field.VLAN_TPID, Field.INNER_VLAN_TCI);
        Expected two =
                withPorts(isIpv6(Ipv4.PROTO_UDP))
                        .and(Field.VLAN_TPID, Vlan.TPID_SERVICE)
                        .and(Field.VLAN_TCI, 0x1000)
                        .and(Field.INNER_VLAN_TPID, Vlan.TPID_CUSTOMER)
                        .and(Field.INNER_VLAN_TCI, 0x7064);
        assertFields(ipv6().vlan(Vlan.TPID_SERVICE, 0).vlan(Vlan.TPID_CUSTOMER, tci).udp(), two);
        Expected three =
                type(Vlan.TPID_CUSTOMER)
                        .and(Field.VLAN_TPID, Vlan.TPID_CUSTOMER)
                        .and(Field.VLAN_TCI, 0x1001)
                        .and(Field.INNER_VLAN_TPID, Vlan.TPID_CUSTOMER)
                        .and(Field.INNER_VLAN_TCI, 0x1002);
        FrameBuilder stack = ipv4();
        for (int vid = 1; vid <= 3; vid++) {
            stack.vlan(Vlan.TPID_CUSTOMER, vid);
        }
        assertFields(stack.udp(), three);
        assertHasNot(Field.NW_SRC, Field.NW_TTL, Field.TP_SRC);
    }

    @Test
    void framesWithALengthInPlaceOfAType() {
        byte[] ip = ipv4().udp();
        byte[] content = Arrays.copyOfRange(ip, Ethernet.HEADER_LENGTH, ip.length);
        assertFields(ipv4().snap(Ethernet.TYPE_IPV4, content), withPorts(isIpv4(Ipv4.PROTO_UDP)));
        assertFields(
                ipv4().vlan(Vlan.TPID_CUSTOMER, 5).snap(Ethernet.TYPE_IPV4, content),
                withPorts(isIpv4(Ipv4.PROTO_UDP))
                        .and(Field.VLAN_TPID, Vlan.TPID_CUSTOMER)
                        .and(Field.VLAN_TCI, 0x1005));
        assertFields(frame().snap(0x88CC, new byte[40]), type(0x88CC));
        assertFields(frame().ethernet(38, new byte[38]), type(0x05FF));
        assertFields(frame().ethernet(3, new byte[3]), type(0x05FF));
        assertFields(frame().ethernet(0, new byte[0]), type(0x05FF));
        assertHasNot(Field.NW_PROTO, Field.NW_SRC);
        assertFields(frame().ethernet(0x0600, new byte[0]), type(0x0600));
    }

    private static Expected isArp(int type, int operation) {
        return type(type)
                .and(Field.NW_PROTO, operation)
                .and(Field.NW_SRC, SRC)
                .and(Field.NW_DST, DST)
                .and(Field.ARP_SHA, MAC_A);
    }

    @Test
    void arpAndRarp() {
        assertFields(ipv4().arp(1), isArp(Ethernet.TYPE_ARP, 1));
        assertHas(Field.NW_PROTO, Field.NW_SRC, Field.NW_DST, Field.ARP_SHA, Field.ARP_THA);
        assertHasNot(Field.NW_TOS, Field.NW_TTL, Field.NW_FRAG, Field.ND_TARGET, Field.TP_SRC);
        assertFalse(packet.isTrackable());
        assertFields(ipv4().arp(2), isArp(Ethernet.TYPE_ARP, 2).and(Field.ARP_THA, MAC_B));
        assertFields(ipv4().rarp(3), isArp(Ethernet.TYPE_RARP, 3).and(Field.ARP_THA, MAC_B));
        assertFields(ipv4().arp(0x102), isArp(Ethernet.TYPE_ARP, 0).and(Field.ARP_THA, MAC_B));
        for (int at = 0; at < 6; at++) {
            byte[] other = ipv4().arp(1);
            other[Ethernet.HEADER_LENGTH + at]++;
            assertFields(other, type(Ethernet.TYPE_ARP));
            assertHasNot(Field.NW_PROTO, Field.NW_SRC, Field.ARP_SHA);
        }
        assertFields(frame().ethernet(Ethernet.TYPE_ARP, new byte[27]), type(Ethernet.TYPE_ARP));
    }

    private static Expected isDiscovery(int type) {
        return isIpv6(Ipv4.PROTO_ICMPV6).and(Field.TP_SRC, type).and(Field.ND_TARGET, NET, 9);
    }

    @Test
    void neighborDiscovery() {
        FrameBuilder builder = ipv6().icmpType(Icmpv6.NEIGHBOR_SOLICITATION);
        assertFields(builder.neighborDiscovery(NET, 9), isDiscovery(135));
        assertHas(Field.ND_TARGET, Field.TP_SRC);
        assertHasNot(Field.ARP_SHA, Field.ARP_THA);
        assertFields(
                builder.linkOptions(MAC_A, FrameBuilder.NO_LINK).neighborDiscovery(NET, 9),
                isDiscovery(135).and(Field.ARP_SHA, MAC_A));
        assertHas(Field.ARP_SHA);
        assertHasNot(Field.ARP_THA);
        builder.icmpType(Icmpv6.NEIGHBOR_ADVERTISEMENT).linkOptions(MAC_A, MAC_B);
        byte[] both = builder.neighborDiscovery(NET, 9);
        assertFields(both, isDiscovery(136).and(Field.ARP_SHA, MAC_A).and(Field.ARP_THA, MAC_B));
        assertHas(Field.ARP_SHA, Field.ARP_THA, Field.ND_TARGET);
        Expected unknown = isIpv6(Ipv4.PROTO_ICMPV6).and(Field.TP_SRC, 136);
        int options = Ethernet.HEADER_LENGTH + Ipv6.HEADER_LENGTH + Icmpv6.ND_OPTIONS;
        assertFields(with(both, options + 1, 0), unknown);
        assertFields(with(both, options + 1, 3), unknown);
        assertFields(with(both, options + 8, Icmpv6.OPTION_SOURCE_LINK), unknown);
        assertHasNot(Field.ARP_SHA, Field.ARP_THA, Field.ND_TARGET);
        assertFields(with(both, options + 1, 2), isDiscovery(136));
        assertFields(builder.icmpCode(1).neighborDiscovery(NET, 9), unknown.and(Field.TP_DST, 1));
    }

    private static byte[] with(byte[] frame, int at, int value) {
        byte[] changed = frame.clone();
        changed[at] = (byte) value;
        return changed;
    }

    private static byte[] withShort(byte[] frame, int at, int value) {
        byte[] changed = frame.clone();
        ByteBuffer.wrap(changed).putShort(at, (short) value);
        return changed;
    }

    @Test
    void malformedPackets() {
        assertDropped(DropReason.RUNT, new byte[13]);
        assertDropped(DropReason.VLAN_MALFORMED, frame().ethernet(Vlan.TPID_SERVICE, new byte[3]));
        assertDropped(DropReason.IP_MALFORMED, with(ipv4().udp(), 14, 0x44));
        assertDropped(DropReason.IP_MALFORMED, with(ipv4().udp(), 14, 0x65));
        assertDropped(DropReason.IP_MALFORMED, with(ipv4().udp(), 14, 0x4F));
        assertDropped(DropReason.IP_MALFORMED, withShort(ipv4().udp(), 16, 19));
        assertDropped(DropReason.IP_MALFORMED, withShort(ipv4().udp(), 16, 29));
        assertDropped(DropReason.L4_MALFORMED, withShort(ipv4().udp(), 38, 7));
        assertDropped(DropReason.L4_MALFORMED, withShort(ipv4().udp(), 38, 9));
        assertDropped(DropReason.L4_MALFORMED, with(ipv4().tcp(), 46, 0x40));
        assertDropped(DropReason.L4_MALFORMED, with(ipv4().tcp(), 46, 0x60));
        assertDropped(DropReason.L4_MALFORMED, ipv4().ip(Ipv4.PROTO_ICMP, new byte[7]));
        assertDropped(DropReason.L4_MALFORMED, ipv4().ip(Ipv4.PROTO_SCTP, new byte[11]));
        assertDropped(DropReason.IPV6_MALFORMED, with(ipv6().udp(), 14, 0x45));
        assertDropped(DropReason.IPV6_MALFORMED, withShort(ipv6().udp(), 18, 9));
        assertDropped(DropReason.L4_MALFORMED, withShort(ipv6().udp(), 18, 7));
        assertDropped(DropReason.L4_MALFORMED, ipv6().ip(Ipv4.PROTO_ICMPV6, new byte[3]));
        byte[] extended = ipv6().extension(Ipv6.NEXT_HOP_BY_HOP, new byte[6]).udp();
        assertDropped(DropReason.IPV6_MALFORMED, with(extended, 55, 2));
        assertDropped(DropReason.IPV6_MALFORMED, withShort(extended, 18, 7));
        byte[] authenticated = ipv6().extension(Ipv6.NEXT_AUTHENTICATION, new byte[6]).udp();
        assertDropped(DropReason.IPV6_MALFORMED, with(authenticated, 55, 9));
    }
}
