package io.sluice.fastpath;

import static io.sluice.fastpath.Flows.any;
import static io.sluice.fastpath.Flows.commit;
import static io.sluice.fastpath.Flows.ctNat;
import static io.sluice.fastpath.Flows.flow;
import static io.sluice.fastpath.Flows.isNew;
import static io.sluice.fastpath.Flows.output;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.conntrack.Tuple;
import io.sluice.natlb.NatRange;
import io.sluice.natlb.NatRange.Pick;
import io.sluice.natlb.NatRange.Side;
import io.sluice.packet.FrameBuilder;
import io.sluice.packet.Icmp;
import io.sluice.packet.Icmpv6;
import io.sluice.packet.IpAddress;
import io.sluice.packet.Tcp;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Translation by {@code ct()}, of IPv4 and IPv6: every frame that comes out is compared with one
 * that is built anew.
 */
class TranslationTest {
    private static final int CLIENTS = 1;
    private static final int SERVERS = 2;
    private static final IpAddress CLIENT = IpAddress.parse("2001:db8::1");
    private static final IpAddress SERVER = IpAddress.parse("2001:db8:ffff::2");
    private static final IpAddress CLIENT4 = IpAddress.parse("10.1.1.1");
    private static final IpAddress SERVER4 = IpAddress.parse("203.0.113.1");

    private static NatRange range(Side side, String first, String last, int minPort, int maxPort) {
        return range(side, first, last, minPort, maxPort, Pick.DEFAULT);
    }

    private static NatRange range(
            Side side, String first, String last, int minPort, int maxPort, Pick pick) {
        return new NatRange(
                side, IpAddress.parse(first), IpAddress.parse(last), minPort, maxPort, pick);
    }

    /** Clients at port 1 are translated to the servers at port 2, and the answers back. */
    private static Lab lab(boolean cache, NatRange range) {
        Lab lab = new Lab(2, cache, 1 << 14);
        lab.publish(
                List.of(
                        flow(0, 1, any(), ctNat(5, 1)),
                        flow(
                                1,
                                2,
                                isNew(any()).exact(Field.IN_PORT, CLIENTS),
                                commit(5, range),
                                output(SERVERS)),
                        flow(1, 1, any().exact(Field.IN_PORT, CLIENTS), output(SERVERS)),
                        flow(1, 1, any().exact(Field.IN_PORT, SERVERS), output(CLIENTS))),
                List.of());
        return lab;
    }

    private static FrameBuilder from(Tuple tuple) {
        FrameBuilder builder = new FrameBuilder().ports(tuple.srcPort(), tuple.dstPort());
        IpAddress src = tuple.src();
        IpAddress dst = tuple.dst();
        return src.ipv6()
                ? builder.ipv6(src.high(), src.low(), dst.high(), dst.low())
                : builder.ip((int) src.low(), (int) dst.low());
    }

    private static Tuple inverse(Tuple tuple) {
        return new Tuple(tuple.dst(), tuple.src(), tuple.dstPort(), tuple.srcPort());
    }

    private static Tuple tuple(IpAddress src, IpAddress dst, int srcPort, int dstPort) {
        return new Tuple(src, dst, srcPort, dstPort);
    }

    /** Addresses and first four bytes of the transported header of an untagged frame. */
    private static Tuple read(byte[] frame) {
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        boolean ipv6 = bytes.getShort(12) != 0x0800;
        int at = ipv6 ? 54 : 34;
        return tuple(
                ipv6
                        ? IpAddress.ofIpv6(bytes.getLong(22), bytes.getLong(30))
                        : IpAddress.ofIpv4(bytes.getInt(26)),
                ipv6
                        ? IpAddress.ofIpv6(bytes.getLong(38), bytes.getLong(46))
                        : IpAddress.ofIpv4(bytes.getInt(30)),
                bytes.getShort(at) & 0xFFFF,
                bytes.getShort(at + 2) & 0xFFFF);
    }

    private static byte[] only(List<byte[]> frames) {
        assertEquals(1, frames.size());
        return frames.getFirst();
    }

    private static byte[] through(Lab lab, int in, byte[] frame) {
        lab.receive(in, frame);
        return only(lab.sent(in == CLIENTS ? SERVERS : CLIENTS));
    }

    private interface Protocol {
        byte[] of(FrameBuilder builder);
    }

    private static final List<Protocol> WITH_PORTS =
            List.of(FrameBuilder::tcp, FrameBuilder::udp, FrameBuilder::sctpInit);

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void randomPacketsAreTranslatedThereAndBack(boolean cache) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<NatRange> ranges =
                List.of(
                        range(Side.SOURCE, "fc00::1", "fc00::9", 1000, 60000),
                        range(Side.SOURCE, "fc00::ffff:ffff:ffff:fffe", "fc01::5", 0, 0),
                        range(Side.DESTINATION, "fd00::5", "fd00::5", 80, 90),
                        range(Side.DESTINATION, "fd00::1", "fd00::ffff", 0, 0),
                        range(Side.SOURCE, "198.51.100.1", "198.51.100.9", 0, 0),
                        range(Side.DESTINATION, "10.9.9.1", "10.9.9.9", 8080, 8081));
        for (NatRange range : ranges) {
            try (Lab lab = lab(cache, range)) {
                for (int i = 0; i < 300; i++) {
                    thereAndBack(lab, range, random, "seed " + seed + ", " + range);
                }
                assertEquals(cache, lab.pipeline.hits() > 100, "cached ways of " + range);
            }
        }
    }

    private static void thereAndBack(Lab lab, NatRange range, Random random, String where) {
        Tuple sent =
                tuple(
                        address(random, range.isIpv6()),
                        address(random, range.isIpv6()),
                        1 + random.nextInt(65535),
                        1 + random.nextInt(65535));
        byte[] payload = new byte[random.nextInt(64)];
        random.nextBytes(payload);
        Protocol protocol = WITH_PORTS.get(random.nextInt(WITH_PORTS.size()));
        byte[] there = through(lab, CLIENTS, protocol.of(from(sent).payload(payload)));
        Tuple translated = read(there);
        boolean source = range.side() == Side.SOURCE;
        assertEquals(
                source ? sent.dst() : sent.src(), source ? translated.dst() : translated.src());
        assertNotEquals(
                source ? sent.src() : sent.dst(),
                source ? translated.src() : translated.dst(),
                where);
        assertArrayEquals(protocol.of(from(translated).payload(payload)), there, where);
        for (int i = 0; i < 3; i++) {
            byte[] answer = protocol.of(from(inverse(translated)).payload(payload));
            byte[] back = through(lab, SERVERS, answer);
            assertArrayEquals(protocol.of(from(inverse(sent)).payload(payload)), back, where);
            byte[] again = through(lab, CLIENTS, protocol.of(from(sent).payload(payload)));
            assertArrayEquals(there, again, where);
        }
    }

    private static IpAddress address(Random random, boolean ipv6) {
        return ipv6
                ? IpAddress.ofIpv6(0x2001_0DB8L << 32 | random.nextInt(), random.nextLong())
                : IpAddress.ofIpv4(0x0A000000 | random.nextInt(1 << 20));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void identifiersOfEchoesAreTranslatedWithinTheRange(boolean cache) {
        try (Lab lab = lab(cache, range(Side.SOURCE, "fc00::1", "fc00::1", 5000, 5001))) {
            Set<Integer> used = new HashSet<>();
            for (int id = 1; id <= 2; id++) {
                FrameBuilder ping = from(tuple(CLIENT, SERVER, id, 0)).icmpType(Icmpv6.ECHO);
                byte[] outside = through(lab, CLIENTS, ping.icmpv6());
                Tuple translated = tuple(read(outside).src(), SERVER, identifier(outside), 0);
                assertEquals(IpAddress.parse("fc00::1"), translated.src());
                FrameBuilder expected = from(translated).icmpType(Icmpv6.ECHO);
                assertArrayEquals(expected.icmpv6(), outside);
                used.add(translated.srcPort());
                Tuple answer = tuple(SERVER, translated.src(), translated.srcPort(), 0);
                byte[] reply = from(answer).icmpType(Icmpv6.ECHO_REPLY).icmpv6();
                FrameBuilder atClient = from(tuple(SERVER, CLIENT, id, 0));
                assertArrayEquals(
                        atClient.icmpType(Icmpv6.ECHO_REPLY).icmpv6(),
                        through(lab, SERVERS, reply));
            }
            assertEquals(Set.of(5000, 5001), used);
        }
    }

    private static int identifier(byte[] ipv6) {
        return ByteBuffer.wrap(ipv6).getShort(58) & 0xFFFF;
    }

    @Test
    void nodeInformationHasNoIdentifierToTranslate() {
        int query = 139;
        try (Lab lab = lab(true, range(Side.SOURCE, "fc00::1", "fc00::1", 5000, 5001))) {
            byte[] sent = from(tuple(CLIENT, SERVER, 2, 0)).icmpType(query).icmpv6();
            FrameBuilder expected = from(tuple(IpAddress.parse("fc00::1"), SERVER, 2, 0));
            assertArrayEquals(expected.icmpType(query).icmpv6(), through(lab, CLIENTS, sent));
        }
    }

    @Test
    void theStateOfAnEchoSaysWhichSideWasTranslated() {
        NatRange range = range(Side.SOURCE, "198.51.100.1", "198.51.100.1", 5000, 5000);
        try (Lab lab = lab(true, range)) {
            byte[] ping = from(tuple(CLIENT4, SERVER4, 1, 0)).icmpType(Icmp.ECHO).icmp();
            assertTrue(tracked(lab, CLIENTS, ping).contains("translated=Optional[Tuple"));
            through(lab, CLIENTS, ping);
            byte[] reply =
                    from(tuple(SERVER4, IpAddress.parse("198.51.100.1"), 5000, 0))
                            .icmpType(Icmp.ECHO_REPLY)
                            .icmp();
            // trk, rpl, est and dnat: the answer's destination, and no source, was translated.
            assertTrue(tracked(lab, SERVERS, reply).contains("state=170,"));
        }
    }

    private static String tracked(Lab lab, int port, byte[] frame) {
        return lab.trace(port, frame).toString();
    }

    @Test
    void aTraceShowsTheTranslationThatThePacketGets() {
        try (Lab lab = lab(true, range(Side.SOURCE, "fc00::1", "fc00::ffff", 1000, 60000))) {
            for (int port = 2000; port < 2020; port++) {
                byte[] frame = from(tuple(CLIENT, SERVER, port, 80)).udp();
                String traced = tracked(lab, CLIENTS, frame);
                Tuple translated = read(through(lab, CLIENTS, frame));
                assertTrue(traced.contains("translated=Optional[" + translated + "]"), traced);
                assertTrue(tracked(lab, CLIENTS, frame).contains(translated.toString()));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anUdpChecksumOfZeroStaysAndNoOtherBecomesZero(boolean cache) {
        try (Lab lab = lab(cache, range(Side.SOURCE, "198.51.100.1", "198.51.100.1", 0, 0))) {
            Tuple sent = tuple(CLIENT4, SERVER4, 4000, 53);
            Tuple translated = tuple(IpAddress.parse("198.51.100.1"), SERVER4, 4000, 53);
            for (int i = 0; i < 3; i++) {
                byte[] out = through(lab, CLIENTS, from(sent).withoutUdpChecksum().udp());
                assertArrayEquals(from(translated).withoutUdpChecksum().udp(), out);
            }
            for (int word = 0; word < 0x10000; word++) {
                byte[] payload = {(byte) (word >>> 8), (byte) word};
                byte[] out = through(lab, CLIENTS, from(sent).payload(payload).udp());
                assertArrayEquals(from(translated).payload(payload).udp(), out);
            }
        }
        // The same of IPv6, whose checksum may not be 0 at all.
        try (Lab lab = lab(cache, range(Side.SOURCE, "fc00::1", "fc00::1", 0, 0))) {
            Tuple sent = tuple(CLIENT, SERVER, 4000, 53);
            Tuple translated = tuple(IpAddress.parse("fc00::1"), SERVER, 4000, 53);
            for (int word = 0; word < 0x10000; word++) {
                byte[] payload = {(byte) (word >>> 8), (byte) word};
                byte[] out = through(lab, CLIENTS, from(sent).payload(payload).udp());
                assertArrayEquals(from(translated).payload(payload).udp(), out);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void oneServerBehindTwoAddressesAnswersOneClientPortTwice(boolean cache) {
        for (boolean ipv6 : new boolean[] {true, false}) {
            String server = ipv6 ? "fd00::5" : "10.9.9.9";
            IpAddress client = ipv6 ? CLIENT : CLIENT4;
            try (Lab lab = lab(cache, range(Side.DESTINATION, server, server, 0, 0))) {
                List<Tuple> atServer = new ArrayList<>();
                for (int outside = 1; outside <= 3; outside++) {
                    IpAddress vip = IpAddress.parse((ipv6 ? "2001:db8::" : "192.0.2.") + outside);
                    Tuple sent = tuple(client, vip, 4000, 80);
                    byte[] there = through(lab, CLIENTS, from(sent).tcpFlags(Tcp.SYN).tcp());
                    Tuple translated = read(there);
                    assertArrayEquals(from(translated).tcpFlags(Tcp.SYN).tcp(), there);
                    assertEquals(client, translated.src());
                    atServer.add(translated);
                    FrameBuilder answer = from(inverse(translated)).tcpFlags(Tcp.SYN | Tcp.ACK);
                    assertArrayEquals(
                            from(inverse(sent)).tcpFlags(Tcp.SYN | Tcp.ACK).tcp(),
                            through(lab, SERVERS, answer.tcp()));
                }
                assertEquals(4000, atServer.getFirst().srcPort());
                assertEquals(3, new HashSet<>(atServer).size());
                assertEquals(3, lab.connections().size());
            }
        }
    }

    @Test
    void theNullTranslationChangesThePortOfAClashOnly() {
        NatRange keep = range(Side.SOURCE, "0.0.0.0", "0.0.0.0", 0, 0);
        try (Lab lab = new Lab(2, true, 1024)) {
            NatRange taken = range(Side.SOURCE, "2001:db8::1", "2001:db8::1", 0, 0);
            NatRange taken4 = range(Side.SOURCE, "10.1.1.1", "10.1.1.1", 0, 0);
            lab.publish(
                    List.of(
                            flow(0, 2, any().exact(Field.IN_PORT, SERVERS), ctNat(5, 1)),
                            flow(1, 1, any(), output(CLIENTS)),
                            flow(
                                    0,
                                    3,
                                    any().exact(Field.NW_TOS, 4).exact(Field.ETH_TYPE, 0x86DD),
                                    commit(5, taken),
                                    output(SERVERS)),
                            flow(
                                    0,
                                    3,
                                    any().exact(Field.NW_TOS, 4).exact(Field.ETH_TYPE, 0x0800),
                                    commit(5, taken4),
                                    output(SERVERS)),
                            flow(0, 1, any(), commit(5, keep), output(SERVERS))),
                    List.of());
            for (boolean ipv6 : new boolean[] {true, false}) {
                IpAddress client = ipv6 ? CLIENT : CLIENT4;
                IpAddress server = ipv6 ? SERVER : SERVER4;
                IpAddress other = IpAddress.parse(ipv6 ? "2001:db8::9" : "10.1.1.9");
                Tuple free = tuple(client, server, 3999, 53);
                assertEquals(free, read(through(lab, CLIENTS, from(free).udp())));
                Tuple first = tuple(other, server, 4000, 53);
                Tuple expected = tuple(client, server, 4000, 53);
                assertEquals(expected, read(through(lab, CLIENTS, from(first).tos(4).udp())));
                byte[] clashing = through(lab, CLIENTS, from(expected).udp());
                Tuple resolved = read(clashing);
                assertEquals(client, resolved.src());
                assertTrue(resolved.srcPort() >= 1024 && resolved.srcPort() != 4000);
                assertArrayEquals(from(resolved).udp(), clashing);
                assertArrayEquals(
                        from(inverse(expected)).udp(),
                        through(lab, SERVERS, from(inverse(resolved)).udp()));
            }
        }
    }

    @Test
    void anIpv6RangeIsUsedWholeAndOneConnectionStays() {
        try (Lab lab = lab(true, range(Side.DESTINATION, "fd00::fffe", "fd00::1:1", 0, 0))) {
            Set<IpAddress> servers = new HashSet<>();
            for (int port = 2000; port < 2100; port++) {
                Set<IpAddress> ofConnection = new HashSet<>();
                for (int i = 0; i < 3; i++) {
                    byte[] out = through(lab, CLIENTS, from(tuple(CLIENT, SERVER, port, 80)).udp());
                    ofConnection.add(read(out).dst());
                }
                assertEquals(1, ofConnection.size());
                servers.addAll(ofConnection);
            }
            assertEquals(4, servers.size());
        }
    }

    @Test
    void aRangeOfTheOtherKindIsPassedOver() {
        try (Lab lab = lab(true, range(Side.SOURCE, "fc00::1", "fc00::1", 0, 0))) {
            byte[] frame = from(tuple(CLIENT4, SERVER4, 4000, 53)).udp();
            assertArrayEquals(frame, through(lab, CLIENTS, frame));
        }
    }
}
