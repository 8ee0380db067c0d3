package io.sluice.fastpath;

import static io.sluice.fastpath.Flows.commit;
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
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.conntrack.CtState;
import io.sluice.packet.FrameBuilder;
import io.sluice.packet.Tcp;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that are in one zone in their original direction and in another in the reply's. */
class ZoneDirectionTest {
    private static final int RED = 1;
    private static final int BLUE = 2;
    private static final int OUTSIDE = 3;
    private static final int SHARED = 9;

    /** Both tenants have this host. */
    private static final String HOST = "10.0.0.5";

    private static final String GATEWAY = "192.0.2.1";
    private static final String SERVER = "198.51.100.7";

    /** Of blue's host, for others. */
    private static final String PUBLISHED = "192.0.2.2";

    /**
     * Two tenants, each in the zone of its port's number, behind one address. Replies are found in
     * the shared zone, and go where {@code ct_zone} says.
     */
    private static List<Flow> gateway() {
        List<Flow> flows = new ArrayList<>();
        for (int tenant : new int[] {RED, BLUE}) {
            Action commit = commit(tenant, SHARED, Optional.of(snat(GATEWAY, 20000, 20003)));
            flows.add(flow(0, 1, ip().exact(Field.IN_PORT, tenant), ctNat(tenant, 1)));
            flows.add(flow(1, 1, from(tenant), commit, output(OUTSIDE)));
            flows.add(flow(2, 1, isReply().exact(Field.CT_ZONE, tenant), output(tenant)));
        }
        flows.add(flow(1, 1, isEstablished(ip()), output(OUTSIDE)));
        flows.add(flow(0, 1, ip().exact(Field.IN_PORT, OUTSIDE), ctNat(SHARED, 2)));
        return flows;
    }

    private static Match.Builder from(int tenant) {
        return isNew(ip()).exact(Field.IN_PORT, tenant);
    }

    private static Match.Builder isReply() {
        int wanted = CtState.TRACKED | CtState.ESTABLISHED | CtState.REPLY;
        return state(ip(), wanted, CtState.NEW | CtState.INVALID);
    }

    private static Lab lab(boolean cache, List<Flow> flows) {
        Lab lab = new Lab(3, cache, 1024);
        lab.publish(flows, List.of());
        return lab;
    }

    private static byte[] request() {
        return new FrameBuilder().ip(HOST, SERVER).ports(4000, 53).udp();
    }

    private static byte[] answer(int port) {
        return new FrameBuilder().ip(SERVER, GATEWAY).ports(53, port).udp();
    }

    private static byte[] only(List<byte[]> frames) {
        assertEquals(1, frames.size());
        return frames.getFirst();
    }

    /** Sends the tenant's request; the port that it has outside. */
    private static int ask(Lab lab, int tenant) {
        lab.receive(tenant, request());
        byte[] outside = only(lab.sent(OUTSIDE));
        assertEquals(GATEWAY, Frames.src(outside));
        assertTrue(Frames.hasRightChecksums(outside));
        return Frames.srcPort(outside);
    }

    /** Sends the server's answer to that port, which only this tenant gets. */
    private static void answer(Lab lab, int port, int tenant) {
        lab.receive(OUTSIDE, answer(port));
        byte[] inside = only(lab.sent(tenant));
        assertEquals(HOST, Frames.dst(inside));
        assertEquals(4000, Frames.dstPort(inside));
        assertTrue(Frames.hasRightChecksums(inside));
        assertEquals(List.of(), lab.sent(tenant ^ RED ^ BLUE));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void tenantsWithTheSameAddressesShareTheZoneOfReplies(boolean cache) {
        try (Lab lab = lab(cache, gateway())) {
            for (int round = 0; round < 5; round++) {
                int red = ask(lab, RED);
                int blue = ask(lab, BLUE);
                assertNotEquals(red, blue);
                answer(lab, red, RED);
                answer(lab, blue, BLUE);
            }
            assertEquals(2, lab.connections().size());
            assertTrue(lab.connections().get(0).startsWith("17 1>9 0 0.0 REPLIED"));
            assertTrue(lab.connections().get(1).startsWith("17 2>9 0 0.0 REPLIED"));
            // The first answer of each makes its way, and so does the second request: 2 * (4 + 3).
            assertEquals(cache ? 14 : 0, lab.pipeline.hits());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void eachDirectionIsInItsZoneOnly(boolean cache) {
        List<Flow> flows =
                List.of(
                        flow(0, 1, ip().exact(Field.IN_PORT, RED), ct(RED, 1)),
                        flow(0, 1, ip().exact(Field.IN_PORT, OUTSIDE), ct(SHARED, 1)),
                        flow(
                                1,
                                1,
                                from(RED).exact(Field.NW_SRC, 0x0A000005),
                                commit(RED, SHARED, Optional.empty()),
                                output(BLUE)),
                        flow(1, 2, isEstablished(ip()), output(BLUE)));
        try (Lab lab = lab(cache, flows)) {
            byte[] reply = new FrameBuilder().ip(SERVER, HOST).ports(53, 4000).udp();
            lab.receive(RED, request());
            lab.receive(RED, reply);
            lab.receive(OUTSIDE, request());
            assertEquals(1, lab.sent(BLUE).size());
            assertEquals(2, lab.dropped(DropReason.NO_MATCH));
            lab.receive(OUTSIDE, reply);
            lab.receive(OUTSIDE, reply);
            lab.receive(RED, request());
            assertEquals(3, lab.sent(BLUE).size());
            assertEquals(1, lab.connections().size());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theFlushOfEitherZoneEndsIt(boolean cache) {
        try (Lab lab = lab(cache, gateway())) {
            int red = ask(lab, RED);
            int blue = ask(lab, BLUE);
            for (int i = 0; i < 3; i++) {
                answer(lab, red, RED);
                answer(lab, blue, BLUE);
                ask(lab, RED);
            }
            assertEquals(1, lab.flushZone(RED));
            lab.receive(OUTSIDE, answer(red));
            assertEquals(List.of(), lab.sent(RED));
            answer(lab, blue, BLUE);
            assertEquals(1, lab.connections().size());
            // The way of blue's requests rests on the epoch of blue's zone, which stays.
            ask(lab, BLUE);
            ask(lab, BLUE);
            assertEquals(1, lab.flushZone(SHARED));
            assertEquals(0, lab.connections().size());
            assertEquals(0, lab.flushZone(SHARED));
            assertEquals(1, lab.table.zones().stats(BLUE).created());
            ask(lab, BLUE);
            assertEquals(2, lab.table.zones().stats(BLUE).created());
            lab.forgetAll();
            assertEquals(0, lab.table.size());
            for (int zone : new int[] {RED, BLUE, SHARED}) {
                assertEquals(0, lab.table.zones().live(zone));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void itCountsInTheZoneOfItsOriginalDirection(boolean cache) {
        try (Lab lab = lab(cache, gateway())) {
            lab.table.zones().setLimit(RED, 1);
            lab.table.zones().setLimit(SHARED, 1);
            int red = ask(lab, RED);
            int blue = ask(lab, BLUE);
            lab.receive(RED, new FrameBuilder().ip(HOST, SERVER).ports(4001, 53).udp());
            assertEquals(1, lab.dropped(DropReason.CT_ZONE_LIMIT));
            assertEquals(1, lab.table.zones().live(RED));
            assertEquals(1, lab.table.zones().live(BLUE));
            assertEquals(0, lab.table.zones().live(SHARED));
            for (int i = 0; i < 4; i++) {
                answer(lab, red, RED);
                answer(lab, blue, BLUE);
            }
            // Packets are counted where they were found.
            assertEquals(8, lab.table.zones().stats(SHARED).packets());
        }
    }

    /** Flows may commit what exists: in a way of its zones it counts a packet once. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void committingAgainIsNoLookup(boolean cache) {
        try (Lab lab = lab(cache, gateway())) {
            for (int i = 0; i < 6; i++) {
                ask(lab, RED);
            }
            String line = lab.connections().getFirst();
            assertTrue(line.contains("UNREPLIED") && line.contains(" 6 "), line);
            assertEquals(cache ? 4 : 0, lab.pipeline.hits());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void tcpIsOpenedAndCarriesData(boolean cache) {
        try (Lab lab = lab(cache, gateway())) {
            FrameBuilder there = new FrameBuilder().ip(HOST, SERVER).ports(4000, 80);
            lab.receive(RED, there.tcpFlags(Tcp.SYN).sequence(99, 0).tcp());
            int port = Frames.srcPort(only(lab.sent(OUTSIDE)));
            FrameBuilder back = new FrameBuilder().ip(SERVER, GATEWAY).ports(80, port);
            lab.receive(OUTSIDE, back.tcpFlags(Tcp.SYN | Tcp.ACK).sequence(499, 100).tcp());
            for (int i = 0; i < 5; i++) {
                lab.receive(RED, there.tcpFlags(Tcp.ACK).sequence(100, 500).tcp());
                lab.receive(OUTSIDE, back.tcpFlags(Tcp.ACK).sequence(500, 100).tcp());
            }
            assertEquals(5, lab.sent(OUTSIDE).size());
            assertEquals(6, lab.sent(RED).size());
            assertTrue(lab.connections().getFirst().startsWith("6 1>9 0 0.0 ESTABLISHED"));
            assertTrue(!cache || lab.pipeline.hits() > 4);
        }
    }

    /** Red asks blue's published address, through the outside's zone, in which both meet. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void tenantsReachEachOtherThroughTheSharedZone(boolean cache) {
        List<Flow> flows = new ArrayList<>(gateway());
        Action publish = commit(SHARED, BLUE, Optional.of(dnat(HOST, HOST, 0)));
        Action snat = commit(RED, SHARED, Optional.of(snat(GATEWAY, 20000, 20003)));
        Match.Builder toBlue = from(RED).exact(Field.NW_DST, 0xC0000202L);
        flows.add(flow(1, 9, toBlue, snat, ctNat(SHARED, 3)));
        flows.add(
                flow(1, 8, isEstablished(ip()).exact(Field.NW_DST, 0xC0000202L), ctNat(SHARED, 3)));
        flows.add(flow(3, 1, isNew(ip()), publish, output(BLUE)));
        flows.add(flow(3, 1, isEstablished(ip()), output(BLUE)));
        flows.add(flow(1, 9, isReply().exact(Field.IN_PORT, BLUE), ctNat(SHARED, 2)));
        try (Lab lab = lab(cache, flows)) {
            for (int round = 0; round < 5; round++) {
                lab.receive(RED, new FrameBuilder().ip(HOST, PUBLISHED).ports(4000, 53).udp());
                byte[] atBlue = only(lab.sent(BLUE));
                assertEquals(GATEWAY, Frames.src(atBlue));
                assertEquals(HOST, Frames.dst(atBlue));
                assertTrue(Frames.hasRightChecksums(atBlue));
                lab.receive(
                        BLUE,
                        new FrameBuilder()
                                .ip(HOST, GATEWAY)
                                .ports(53, Frames.srcPort(atBlue))
                                .udp());
                byte[] atRed = only(lab.sent(RED));
                assertEquals(PUBLISHED, Frames.src(atRed));
                assertEquals(HOST, Frames.dst(atRed));
                assertEquals(4000, Frames.dstPort(atRed));
                assertTrue(Frames.hasRightChecksums(atRed));
            }
            assertEquals(2, lab.connections().size());
            assertTrue(lab.connections().get(0).startsWith("17 1>9 "));
            assertTrue(lab.connections().get(1).startsWith("17 9>2 "));
            assertTrue(!cache || lab.pipeline.hits() > 4);
        }
    }

    /** A tuple in a zone is of one connection, in whichever direction. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aTupleThatIsAnothersReplyBeginsNothing(boolean cache) {
        List<Flow> flows =
                List.of(
                        flow(
                                0,
                                1,
                                ip().exact(Field.IN_PORT, RED),
                                commit(RED, SHARED, Optional.empty()),
                                output(BLUE)),
                        flow(
                                0,
                                1,
                                ip().exact(Field.IN_PORT, OUTSIDE),
                                commit(SHARED, BLUE, Optional.empty()),
                                output(BLUE)));
        try (Lab lab = lab(cache, flows)) {
            lab.receive(RED, request());
            byte[] reply = new FrameBuilder().ip(SERVER, HOST).ports(53, 4000).udp();
            lab.receive(OUTSIDE, reply);
            lab.receive(OUTSIDE, reply);
            assertEquals(1, lab.sent(BLUE).size());
            assertEquals(2, lab.dropped(DropReason.NAT_CLASH));
            assertEquals(1, lab.connections().size());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void traceSaysWhatWouldHappen(boolean cache) {
        try (Lab lab = lab(cache, gateway())) {
            String before = lab.trace(RED, request()).toString();
            assertTrue(before.contains("made=true"), before);
            assertTrue(before.contains("zone=1, replyZone=9"), before);
            assertEquals(0, lab.connections().size());
            int port = ask(lab, RED);
            String reply = lab.trace(OUTSIDE, answer(port)).toString();
            assertTrue(reply.contains("SentTo[port=1"), reply);
        }
    }
}
