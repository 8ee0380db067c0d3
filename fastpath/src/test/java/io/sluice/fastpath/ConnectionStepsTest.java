package io.sluice.fastpath;

import static io.sluice.fastpath.Flows.any;
import static io.sluice.fastpath.Flows.commit;
import static io.sluice.fastpath.Flows.commitMark;
import static io.sluice.fastpath.Flows.ct;
import static io.sluice.fastpath.Flows.ctNat;
import static io.sluice.fastpath.Flows.dnat;
import static io.sluice.fastpath.Flows.flow;
import static io.sluice.fastpath.Flows.ip;
import static io.sluice.fastpath.Flows.isEstablished;
import static io.sluice.fastpath.Flows.isNew;
import static io.sluice.fastpath.Flows.output;
import static io.sluice.fastpath.Flows.snat;
import static io.sluice.fastpath.Flows.state;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.conntrack.CtState;
import io.sluice.conntrack.Tuple;
import io.sluice.conntrack.Zones;
import io.sluice.natlb.NatRange;
import io.sluice.packet.AddressText;
import io.sluice.packet.FrameBuilder;
import io.sluice.packet.Icmp;
import io.sluice.packet.IpAddress;
import io.sluice.packet.Tcp;
import io.sluice.packet.Vlan;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConnectionStepsTest {
    private static final int CLIENTS = 1;
    private static final int SERVERS = 2;
    private static final String CLIENT = "10.1.1.1";
    private static final String VIP = "192.0.2.10";

    private static Lab lab(List<Flow> flows) {
        Lab lab = new Lab(2, true, 1024);
        lab.publish(flows, List.of());
        return lab;
    }

    /** Clients at port 1 reach what the range says at port 2, and only they open connections. */
    private static List<Flow> translating(Action commit) {
        return List.of(
                flow(0, 1, ip(), ctNat(5, 1)),
                flow(1, 2, isNew(ip()).exact(Field.IN_PORT, CLIENTS), commit, output(SERVERS)),
                flow(1, 3, isEstablished(ip()).exact(Field.IN_PORT, CLIENTS), output(SERVERS)),
                flow(1, 3, isEstablished(ip()).exact(Field.IN_PORT, SERVERS), output(CLIENTS)));
    }

    private static byte[] only(List<byte[]> frames) {
        assertEquals(1, frames.size());
        return frames.getFirst();
    }

    @Test
    void udpIsTranslatedToTheServerAndBack() {
        try (Lab lab = lab(translating(commit(5, dnat("10.0.0.11", "10.0.0.11", 8080))))) {
            FrameBuilder request = new FrameBuilder().ip(CLIENT, VIP).ports(4000, 80);
            for (int i = 0; i < 5; i++) {
                lab.receive(CLIENTS, request.udp());
                byte[] atServer = only(lab.sent(SERVERS));
                assertEquals("10.0.0.11", Frames.dst(atServer));
                assertEquals(8080, Frames.dstPort(atServer));
                assertEquals(CLIENT, Frames.src(atServer));
                assertTrue(Frames.hasRightChecksums(atServer));
                byte[] answer = new FrameBuilder().ip("10.0.0.11", CLIENT).ports(8080, 4000).udp();
                lab.receive(SERVERS, answer);
                byte[] atClient = only(lab.sent(CLIENTS));
                assertEquals(VIP, Frames.src(atClient));
                assertEquals(80, Frames.srcPort(atClient));
                assertTrue(Frames.hasRightChecksums(atClient));
            }
            assertEquals(1, lab.connections().size());
            assertTrue(lab.pipeline.hits() > 0, "the later packets were to take the cached way");
        }
    }

    @Test
    void tcpGoesThroughItsStates() {
        try (Lab lab = lab(translating(commit(5, dnat("10.0.0.11", "10.0.0.11", 0))))) {
            FrameBuilder there = new FrameBuilder().ip(CLIENT, VIP).ports(4000, 80);
            FrameBuilder back = new FrameBuilder().ip("10.0.0.11", CLIENT).ports(80, 4000);
            lab.receive(CLIENTS, there.tcpFlags(Tcp.SYN).tcp());
            assertTrue(lab.connections().getFirst().contains("SYN_SENT"));
            lab.receive(SERVERS, back.tcpFlags(Tcp.SYN | Tcp.ACK).tcp());
            assertTrue(lab.connections().getFirst().contains("SYN_RECV"));
            lab.receive(CLIENTS, there.tcpFlags(Tcp.ACK).tcp());
            assertTrue(lab.connections().getFirst().contains("ESTABLISHED"));
            for (int i = 0; i < 4; i++) {
                lab.receive(CLIENTS, there.tcpFlags(Tcp.ACK).payload(new byte[i + 1]).tcp());
            }
            assertEquals(4, lab.pipeline.hits());
            lab.receive(CLIENTS, there.tcpFlags(Tcp.FIN | Tcp.ACK).tcp());
            assertTrue(lab.connections().getFirst().contains("FIN_WAIT"));
            // The cached way must not hide this acknowledgment from the state machine.
            lab.receive(SERVERS, back.tcpFlags(Tcp.ACK).tcp());
            assertTrue(lab.connections().getFirst().contains("CLOSE_WAIT"));
            lab.receive(SERVERS, back.tcpFlags(Tcp.FIN | Tcp.ACK).tcp());
            assertTrue(lab.connections().getFirst().contains("LAST_ACK"));
            lab.receive(CLIENTS, there.tcpFlags(Tcp.ACK).payload(new byte[0]).tcp());
            assertTrue(lab.connections().getFirst().contains("TIME_WAIT"));
            assertEquals(8, lab.sent(SERVERS).size());
            assertEquals(3, lab.sent(CLIENTS).size());
        }
    }

    @Test
    void cachedWaysLookAtTheWindow() {
        try (Lab lab = lab(translating(commit(5, dnat("10.0.0.11", "10.0.0.11", 0))))) {
            FrameBuilder there = new FrameBuilder().ip(CLIENT, VIP).ports(4000, 80);
            FrameBuilder back = new FrameBuilder().ip("10.0.0.11", CLIENT).ports(80, 4000);
            byte[] scale = {Tcp.OPTION_WINDOW_SCALE, 3, 2, 0};
            there.tcpOptions(scale).tcpFlags(Tcp.SYN).sequence(99, 0);
            lab.receive(CLIENTS, there.tcp());
            back.tcpOptions(scale).tcpFlags(Tcp.SYN | Tcp.ACK).sequence(499, 100);
            lab.receive(SERVERS, back.tcp());
            there.tcpOptions(new byte[0]).tcpFlags(Tcp.ACK).window(1000);
            back.tcpOptions(new byte[0]).tcpFlags(Tcp.ACK).window(1000);
            lab.receive(CLIENTS, there.sequence(100, 500).tcp());
            lab.receive(SERVERS, back.sequence(500, 100).tcp());
            assertEquals(0, lab.pipeline.hits());
            lab.sent(CLIENTS);
            lab.sent(SERVERS);
            // 250 times a window of 4000 bytes to the server, which acknowledges all.
            for (int sent = 0; sent < 1_000_000; sent += 4000) {
                there.payload(new byte[1000]);
                for (int part = 0; part < 4000; part += 1000) {
                    lab.receive(CLIENTS, there.sequence(100 + sent + part, 500).tcp());
                }
                lab.receive(SERVERS, back.sequence(500, 100 + sent + 4000).tcp());
                assertEquals(4, lab.sent(SERVERS).size());
                assertEquals(1, lab.sent(CLIENTS).size());
            }
            assertEquals(1250, lab.pipeline.hits());
            // Beyond the window, whose lower end is 1,000,100 now: invalid, and no flow takes it.
            List<String> before = lab.windows();
            lab.receive(CLIENTS, there.sequence(1_900_100, 500).tcp());
            lab.receive(SERVERS, back.sequence(500, 1_001_000).tcp());
            assertEquals(List.of(), lab.sent(SERVERS));
            assertEquals(List.of(), lab.sent(CLIENTS));
            assertEquals(before, lab.windows());
            lab.receive(CLIENTS, there.sequence(1_000_100, 500).tcp());
            lab.receive(SERVERS, back.sequence(500, 1_001_100).tcp());
            assertEquals(1, lab.sent(SERVERS).size());
            assertEquals(1, lab.sent(CLIENTS).size());
            assertEquals(1252, lab.pipeline.hits());
        }
    }

    @Test
    void pingIsTranslatedByItsIdentifier() {
        try (Lab lab = lab(translating(commit(5, snat("198.51.100.1", 0, 0))))) {
            FrameBuilder ping = new FrameBuilder().ip(CLIENT, "203.0.113.1").ports(77, 0);
            lab.receive(CLIENTS, ping.icmp());
            byte[] outside = only(lab.sent(SERVERS));
            assertEquals("198.51.100.1", Frames.src(outside));
            assertTrue(Frames.hasRightChecksums(outside));
            byte[] reply =
                    new FrameBuilder()
                            .ip("203.0.113.1", "198.51.100.1")
                            .ports(77, 0)
                            .icmpType(Icmp.ECHO_REPLY)
                            .icmp();
            lab.receive(SERVERS, reply);
            byte[] inside = only(lab.sent(CLIENTS));
            assertEquals(CLIENT, Frames.dst(inside));
            assertTrue(Frames.hasRightChecksums(inside));
        }
    }

    @Test
    void aRangeIsUsedWholeAndOneConnectionStays() {
        try (Lab lab = lab(translating(commit(5, dnat("10.0.0.11", "10.0.0.14", 0))))) {
            Set<String> servers = new HashSet<>();
            for (int port = 2000; port < 2100; port++) {
                Set<String> ofConnection = new HashSet<>();
                for (int i = 0; i < 4; i++) {
                    lab.receive(CLIENTS, new FrameBuilder().ip(CLIENT, VIP).ports(port, 80).udp());
                    ofConnection.add(Frames.dst(only(lab.sent(SERVERS))));
                }
                assertEquals(1, ofConnection.size());
                servers.addAll(ofConnection);
            }
            assertEquals(Set.of("10.0.0.11", "10.0.0.12", "10.0.0.13", "10.0.0.14"), servers);
        }
    }

    @Test
    void aTakenSourcePortIsReplacedAndAnExhaustedRangeRefuses() {
        try (Lab lab = lab(translating(commit(5, snat("198.51.100.1", 5000, 5001))))) {
            for (int client = 1; client <= 3; client++) {
                lab.receive(
                        CLIENTS,
                        new FrameBuilder()
                                .ip("10.1.1." + client, "203.0.113.1")
                                .ports(4000, 53)
                                .udp());
            }
            List<byte[]> sent = lab.sent(SERVERS);
            assertEquals(2, sent.size());
            assertEquals(
                    Set.of(5000, 5001),
                    Set.of(Frames.srcPort(sent.get(0)), Frames.srcPort(sent.get(1))));
            assertEquals(1, lab.dropped(DropReason.NAT_EXHAUSTED));
            assertEquals(1, lab.table.zones().stats(5).refused());
        }
    }

    @Test
    void strangersAreRefusedAndCounted() {
        try (Lab lab = lab(translating(commit(5)))) {
            lab.receive(SERVERS, new FrameBuilder().ip(VIP, CLIENT).ports(80, 4000).udp());
            assertEquals(1, lab.dropped(DropReason.NO_MATCH));
            assertEquals(0, lab.connections().size());
        }
    }

    @Test
    void aZoneCountsEachPacketOnce() {
        try (Lab lab = lab(translating(commit(5, dnat("10.0.0.11", "10.0.0.11", 0))))) {
            byte[] frame = new FrameBuilder().ip(CLIENT, VIP).ports(4000, 53).udp();
            lab.receive(CLIENTS, frame);
            assertEquals(1, lab.table.zones().stats(5).packets());
            assertEquals(28, lab.table.zones().stats(5).bytes());
            // Tracked, and refused by the flows.
            lab.receive(SERVERS, new FrameBuilder().ip(VIP, "10.9.9.9").ports(80, 4000).udp());
            assertEquals(2, lab.table.zones().stats(5).packets());
            lab.sent(SERVERS);
        }
    }

    @Test
    void aSilentConnectionIsGoneAtOnceAndFreedLater() {
        try (Lab lab = lab(translating(commit(5)))) {
            byte[] frame = new FrameBuilder().ip(CLIENT, VIP).ports(4000, 53).udp();
            lab.receive(CLIENTS, frame, frame, frame);
            lab.nowMs += 29_999;
            assertEquals(1, lab.connections().size());
            lab.nowMs += 1;
            assertEquals(0, lab.connections().size());
            assertEquals(1, lab.table.size());
            lab.receive(CLIENTS, frame);
            assertEquals(1, lab.connections().size());
            assertTrue(
                    lab.connections().getFirst().contains(" 1 28 "), lab.connections()::toString);
            lab.sweepAll();
            assertEquals(1, lab.table.size());
            assertEquals(2, lab.table.zones().stats(5).created());
            assertEquals(1, lab.table.zones().stats(5).closed());
            lab.sent(SERVERS);
        }
    }

    @Test
    void aFlushedZoneIsEmptyAtOnce() {
        try (Lab lab = lab(translating(commit(5)))) {
            byte[] frame = new FrameBuilder().ip(CLIENT, VIP).ports(4000, 53).udp();
            lab.receive(CLIENTS, frame, frame, frame);
            assertEquals(1, lab.pipeline.hits());
            assertEquals(1, lab.flushZone(5));
            assertEquals(0, lab.connections().size());
            assertEquals(0, lab.table.zones().stats(5).live());
            lab.receive(CLIENTS, frame);
            assertEquals(1, lab.pipeline.hits(), "the cached way of a dead connection was used");
            assertEquals(1, lab.connections().size());
            lab.sent(SERVERS);
        }
    }

    @Test
    void inAFullTableTheUnansweredGiveWay() {
        try (Lab lab = new Lab(2, true, 8)) {
            lab.publish(translating(commit(5)), List.of());
            for (int port = 1; port <= 20; port++) {
                lab.receive(CLIENTS, new FrameBuilder().ip(CLIENT, VIP).ports(port, 53).udp());
            }
            assertEquals(20, lab.sent(SERVERS).size());
            assertEquals(8, lab.connections().size());
            assertEquals(12, lab.table.zones().stats(5).evicted());
            assertEquals(0, lab.dropped(DropReason.CT_TABLE_FULL));
        }
    }

    @Test
    void aFullTableOfEstablishedOnesRefusesAndSaysSo() {
        try (Lab lab = new Lab(2, true, 8)) {
            lab.publish(translating(commit(5)), List.of());
            for (int port = 1; port <= 20; port++) {
                lab.receive(CLIENTS, new FrameBuilder().ip(CLIENT, VIP).ports(port, 53).udp());
                if (!lab.sent(SERVERS).isEmpty()) {
                    lab.receive(SERVERS, new FrameBuilder().ip(VIP, CLIENT).ports(53, port).udp());
                }
            }
            assertEquals(12, lab.dropped(DropReason.CT_TABLE_FULL));
            assertEquals(8, lab.connections().size());
            assertEquals(0, lab.table.zones().stats(5).evicted());
            assertEquals(12, lab.table.zones().stats(5).refused(Zones.Refusal.TABLE_FULL));
            lab.sent(CLIENTS);
        }
    }

    @Test
    void aZoneLimitRefusesThatZoneOnly() {
        List<Flow> flows =
                List.of(
                        flow(0, 1, ip().exact(Field.TP_DST, 53), commit(1), output(SERVERS)),
                        flow(0, 1, ip().exact(Field.TP_DST, 54), commit(2), output(SERVERS)));
        try (Lab lab = lab(flows)) {
            lab.table.zones().setLimit(1, 3);
            for (int port = 1; port <= 10; port++) {
                lab.receive(CLIENTS, new FrameBuilder().ip(CLIENT, VIP).ports(port, 53).udp());
                lab.receive(CLIENTS, new FrameBuilder().ip(CLIENT, VIP).ports(port, 54).udp());
            }
            assertEquals(13, lab.sent(SERVERS).size());
            assertEquals(7, lab.dropped(DropReason.CT_ZONE_LIMIT));
            assertEquals(3, lab.table.zones().stats(1).live());
            assertEquals(10, lab.table.zones().stats(2).live());
        }
    }

    @Test
    void twoZonesAreOneCachedWay() {
        List<Flow> flows =
                List.of(
                        flow(0, 1, ip(), ctNat(1, 1)),
                        flow(
                                1,
                                1,
                                any(),
                                commit(1, dnat("10.0.0.11", "10.0.0.11", 0)),
                                ctNat(2, 2)),
                        flow(2, 1, any(), commit(2), output(SERVERS)));
        try (Lab lab = lab(flows)) {
            byte[] frame = new FrameBuilder().ip(CLIENT, VIP).ports(4000, 53).udp();
            for (int i = 0; i < 6; i++) {
                lab.receive(CLIENTS, frame);
            }
            assertEquals(6, lab.sent(SERVERS).size());
            assertEquals(4, lab.pipeline.hits());
            assertEquals(2, lab.connections().size());
            for (String connection : lab.connections()) {
                assertTrue(connection.contains(" 6 168 "), connection);
            }
        }
    }

    @Test
    void theMarkOfAConnectionIsMatched() {
        List<Flow> flows =
                List.of(
                        flow(0, 1, ip(), Flows.ct(1, 1)),
                        flow(
                                1,
                                1,
                                isNew(ip()).exact(Field.CT_MARK, 0),
                                Flows.commitMark(1, 7),
                                output(SERVERS)),
                        flow(1, 2, ip().exact(Field.CT_MARK, 7), output(CLIENTS)));
        try (Lab lab = lab(flows)) {
            byte[] frame = new FrameBuilder().ip(CLIENT, VIP).ports(4000, 53).udp();
            lab.receive(2, frame);
            lab.receive(2, frame);
            lab.receive(2, frame);
            assertEquals(2, lab.sent(CLIENTS).size());
            assertEquals(1, lab.dropped(DropReason.OUTPUT_IN_PORT));
        }
    }

    @Test
    void forceBeginsNoConnectionWithAPacketThatCannotBeginOne() {
        Action force = new Action.Ct(1, true, true, -1, false, Optional.empty(), 0, 0);
        List<Flow> flows =
                List.of(
                        flow(0, 2, ip().exact(Field.IN_PORT, SERVERS), force, output(CLIENTS)),
                        flow(0, 1, ip(), commit(1), output(SERVERS)));
        try (Lab lab = lab(flows)) {
            FrameBuilder syn = new FrameBuilder().ip(CLIENT, VIP).ports(4000, 80).tcpFlags(Tcp.SYN);
            FrameBuilder rst = new FrameBuilder().ip(VIP, CLIENT).ports(80, 4000).tcpFlags(Tcp.RST);
            lab.receive(CLIENTS, syn.tcp());
            assertEquals(1, lab.connections().size());
            lab.receive(SERVERS, rst.tcp());
            assertEquals(List.of(), lab.connections());
            lab.receive(SERVERS, rst.tcp());
            assertEquals(2, lab.sent(CLIENTS).size());
            lab.receive(CLIENTS, syn.tcp());
            assertEquals(1, lab.connections().size());
            assertEquals(2, lab.sent(SERVERS).size());
        }
    }

    @Test
    void forceTranslatesAPacketAnewThatTheOldConnectionHasTranslated() {
        NatRange range = snat("198.51.100.1", 0, 0);
        Action force = new Action.Ct(5, true, true, -1, true, Optional.of(range), 0, 0);
        List<Flow> flows =
                List.of(
                        flow(0, 1, ip(), ctNat(5, 1)),
                        flow(
                                1,
                                2,
                                isNew(ip()).exact(Field.IN_PORT, CLIENTS),
                                commit(5, dnat("10.0.0.11", "10.0.0.11", 0)),
                                output(SERVERS)),
                        flow(1, 1, ip().exact(Field.IN_PORT, SERVERS), force, output(CLIENTS)));
        try (Lab lab = lab(flows)) {
            lab.receive(CLIENTS, new FrameBuilder().ip(CLIENT, VIP).ports(4000, 80).udp());
            assertEquals("10.0.0.11", Frames.dst(only(lab.sent(SERVERS))));
            byte[] answer = new FrameBuilder().ip("10.0.0.11", CLIENT).ports(80, 4000).udp();
            lab.receive(SERVERS, answer);
            String connection = lab.connections().getFirst();
            assertTrue(connection.contains("198.51.100.1"), connection);
            byte[] sent = only(lab.sent(CLIENTS));
            assertEquals(
                    "198.51.100.1", Frames.src(sent), "the packet is not as its connection says");
            assertTrue(Frames.hasRightChecksums(sent));
        }
    }

    @Test
    void protocolsWithoutPortsAreTracked() {
        try (Lab lab = lab(translating(commit(5, dnat("10.0.0.11", "10.0.0.11", 0))))) {
            byte[] gre = new FrameBuilder().ip(CLIENT, VIP).ipv4(47, new byte[8]);
            lab.receive(CLIENTS, gre);
            byte[] atServer = only(lab.sent(SERVERS));
            assertEquals("10.0.0.11", Frames.dst(atServer));
            assertEquals(47, Frames.proto(atServer));
        }
    }

    @Test
    void packetsInAVlanAreTrackedAndTranslated() {
        try (Lab lab = lab(translating(commit(5, dnat("10.0.0.11", "10.0.0.11", 8080))))) {
            byte[] request = inVlan().ip(CLIENT, VIP).ports(4000, 80).tcpFlags(Tcp.SYN).tcp();
            lab.receive(CLIENTS, request);
            assertArrayEquals(
                    inVlan().ip(CLIENT, "10.0.0.11").ports(4000, 8080).tcpFlags(Tcp.SYN).tcp(),
                    only(lab.sent(SERVERS)));
            FrameBuilder answer = inVlan().tcpFlags(Tcp.SYN | Tcp.ACK);
            lab.receive(SERVERS, answer.ip("10.0.0.11", CLIENT).ports(8080, 4000).tcp());
            assertArrayEquals(
                    answer.ip(VIP, CLIENT).ports(80, 4000).tcp(), only(lab.sent(CLIENTS)));
            assertTrue(lab.connections().getFirst().contains("SYN_RECV"));
        }
    }

    private static FrameBuilder inVlan() {
        return new FrameBuilder().vlan(Vlan.TPID_SERVICE, 7).vlan(Vlan.TPID_CUSTOMER, 0xA064);
    }

    @Test
    void sctpIsTrackedByItsPortsAndTranslatedByAddress() {
        try (Lab lab = lab(translating(commit(5, dnat("10.0.0.11", "10.0.0.11", 0))))) {
            // INIT, 20 bytes, with its tag.
            byte[] init = {1, 0, 0, 20, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
            FrameBuilder builder = new FrameBuilder().payload(init).ports(4000, 5060);
            lab.receive(CLIENTS, builder.ip(CLIENT, VIP).sctp());
            lab.receive(CLIENTS, builder.ports(4001, 5060).sctp());
            assertEquals(2, lab.connections().size());
            builder.ip(CLIENT, "10.0.0.11");
            List<byte[]> sent = lab.sent(SERVERS);
            assertArrayEquals(builder.ports(4000, 5060).sctp(), sent.getFirst());
            assertArrayEquals(builder.ports(4001, 5060).sctp(), sent.getLast());
            assertTrue(lab.connections().getFirst().contains("CLOSED"));
        }
    }

    @Test
    void aConnectionBeginsWithTheFieldsThatWereSetBeforeIt() {
        Action toServer = Action.Set.whole(Field.NW_DST, AddressText.parseIpv4("10.0.0.11"));
        Action toPort = Action.Set.whole(Field.TP_DST, 8080);
        List<Flow> flows = List.of(flow(0, 1, ip(), toServer, toPort, commit(5), output(SERVERS)));
        try (Lab lab = lab(flows)) {
            lab.receive(CLIENTS, new FrameBuilder().ip(CLIENT, VIP).ports(4000, 80).udp());
            assertArrayEquals(
                    new FrameBuilder().ip(CLIENT, "10.0.0.11").ports(4000, 8080).udp(),
                    only(lab.sent(SERVERS)));
            Tuple original =
                    new Tuple(IpAddress.parse(CLIENT), IpAddress.parse("10.0.0.11"), 4000, 8080);
            String connection = lab.connections().getFirst();
            assertTrue(connection.contains(" " + original + " "), connection);
        }
    }

    @Test
    void anAnswerOfIpv6IsOfTheConnectionWithItsWholeAddresses() {
        List<Flow> flows =
                List.of(
                        flow(0, 1, any(), ct(5, 1)),
                        flow(
                                1,
                                2,
                                isNew(any()).exact(Field.IN_PORT, CLIENTS),
                                commit(5),
                                output(SERVERS)),
                        flow(
                                1,
                                1,
                                state(any(), CtState.REPLY | CtState.ESTABLISHED, 0),
                                output(CLIENTS)));
        FrameBuilder there = new FrameBuilder().ipv6(1, 2, 3, 4).ports(4000, 80);
        FrameBuilder back = new FrameBuilder().ipv6(3, 4, 1, 2).ports(80, 4000);
        FrameBuilder other = new FrameBuilder().ipv6(3, 4, 1 << 16, 2).ports(80, 4000);
        try (Lab lab = lab(flows)) {
            lab.receive(CLIENTS, there.udp(), there.udp());
            assertEquals(2, lab.sent(SERVERS).size());
            lab.receive(SERVERS, back.udp(), other.udp());
            assertEquals(1, lab.sent(CLIENTS).size());
            assertEquals(1, lab.connections().size());
        }
    }

    @Test
    void aMarkThatIsChangedAfterItWasMatchedIsNotCached() {
        List<Flow> flows =
                List.of(
                        flow(0, 1, ip(), ct(5, 1)),
                        flow(
                                1,
                                1,
                                any().exact(Field.CT_MARK, 0),
                                commitMark(5, 1),
                                output(SERVERS)),
                        flow(
                                1,
                                1,
                                any().exact(Field.CT_MARK, 1),
                                commitMark(5, 2),
                                output(SERVERS)),
                        flow(1, 1, any().exact(Field.CT_MARK, 2), new Action.OutputInPort()));
        try (Lab lab = lab(flows)) {
            byte[] packet = new FrameBuilder().ip(CLIENT, VIP).ports(4000, 80).udp();
            lab.receive(CLIENTS, packet);
            lab.receive(CLIENTS, packet);
            assertEquals(2, lab.sent(SERVERS).size());
            for (int i = 0; i < 3; i++) {
                lab.receive(CLIENTS, packet);
                assertEquals(1, lab.sent(CLIENTS).size());
                assertEquals(0, lab.sent(SERVERS).size());
            }
        }
    }
}
