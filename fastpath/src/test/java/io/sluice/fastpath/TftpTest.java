package io.sluice.fastpath;

import static io.sluice.fastpath.Flows.any;
import static io.sluice.fastpath.Flows.ctNat;
import static io.sluice.fastpath.Flows.dnat;
import static io.sluice.fastpath.Flows.flow;
import static io.sluice.fastpath.Flows.output;
import static io.sluice.fastpath.Flows.snat;
import static io.sluice.fastpath.Flows.state;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.conntrack.CtState;
import io.sluice.conntrack.ExpectationSettings;
import io.sluice.conntrack.Helper;
import io.sluice.natlb.NatRange;
import io.sluice.packet.FrameBuilder;
import io.sluice.packet.IpAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code ct(commit,alg=tftp)} between clients at port 1 and servers at port 2: who answers a
 * request is let in because it was expected, and nobody else is. Every frame that comes out is
 * compared with one that is built anew.
 */
class TftpTest {
    private static final int CLIENTS = 1;
    private static final int SERVERS = 2;
    private static final int ZONE = 5;
    private static final String CLIENT = "10.1.1.1";
    private static final String SERVER = "192.0.2.7";
    private static final String OUTSIDE = "198.51.100.1";
    private static final int MARK = 0xA5;
    private static final byte[] READ = request(1, "boot.img", "octet");

    private static byte[] request(int opcode, String name, String mode) {
        String text = "\0" + (char) opcode + name + "\0" + mode + "\0";
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static Action.Ct commit(Optional<NatRange> range, boolean untied) {
        Action.Ct ct = new Action.Ct(ZONE, true, false, -1, true, range, MARK, -1);
        return ct.with(Helper.TFTP, untied);
    }

    /** Clients may begin; servers only what is related, without a mark of its own. */
    private static Lab lab(boolean cache, Optional<NatRange> range, boolean untied) {
        Lab lab = new Lab(2, cache, 1 << 10);
        Action child = new Action.Ct(ZONE, true, false, -1, true, Optional.empty(), 0, 0);
        lab.publish(
                List.of(
                        flow(0, 1, any(), ctNat(ZONE, 1)),
                        flow(
                                1,
                                3,
                                state(from(CLIENTS), CtState.NEW, CtState.RELATED),
                                commit(range, untied),
                                output(SERVERS)),
                        flow(
                                1,
                                2,
                                state(from(SERVERS), CtState.NEW | CtState.RELATED, 0)
                                        .exact(Field.CT_MARK, MARK)
                                        .exact(Field.CT_TP_DST, 69),
                                child,
                                output(CLIENTS)),
                        flow(1, 1, state(from(CLIENTS), CtState.ESTABLISHED, 0), output(SERVERS)),
                        flow(1, 1, state(from(SERVERS), CtState.ESTABLISHED, 0), output(CLIENTS))),
                List.of());
        return lab;
    }

    private static Match.Builder from(int port) {
        return any().exact(Field.IN_PORT, port);
    }

    private static byte[] udp(String from, int fromPort, String to, int toPort, byte... payload) {
        IpAddress src = IpAddress.parse(from);
        IpAddress dst = IpAddress.parse(to);
        FrameBuilder builder = new FrameBuilder().ports(fromPort, toPort).payload(payload);
        builder =
                src.ipv6()
                        ? builder.ipv6(src.high(), src.low(), dst.high(), dst.low())
                        : builder.ip((int) src.low(), (int) dst.low());
        return builder.udp();
    }

    private static void assertComes(Lab lab, int in, byte[] frame, byte[] expected) {
        lab.receive(in, frame);
        List<byte[]> sent = lab.sent(in == CLIENTS ? SERVERS : CLIENTS);
        assertEquals(1, sent.size());
        assertArrayEquals(expected, sent.getFirst());
    }

    private static void assertPasses(Lab lab, int in, byte[] frame) {
        assertComes(lab, in, frame, frame);
    }

    private static void assertStops(Lab lab, int in, byte[] frame) {
        long before = lab.dropped(DropReason.NO_MATCH);
        lab.receive(in, frame);
        assertEquals(before + 1, lab.dropped(DropReason.NO_MATCH));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void onlyTheFirstAnswerOfTheServerIsExpected(boolean cache) {
        try (Lab lab = lab(cache, Optional.empty(), false)) {
            byte[] data = udp(SERVER, 3333, CLIENT, 2000, (byte) 0, (byte) 3, (byte) 0, (byte) 1);
            byte[] acknowledgment = udp(CLIENT, 2000, SERVER, 3333, (byte) 0, (byte) 4);
            assertStops(lab, SERVERS, data);
            assertPasses(lab, CLIENTS, udp(CLIENT, 2000, SERVER, 69, READ));
            assertEquals(1, lab.table.expectations().count());
            assertStops(lab, SERVERS, udp("192.0.2.8", 3333, CLIENT, 2000));
            assertStops(lab, SERVERS, udp(SERVER, 3333, CLIENT, 2001));
            assertPasses(lab, SERVERS, data);
            assertEquals(0, lab.table.expectations().count());
            assertStops(lab, SERVERS, udp(SERVER, 3334, CLIENT, 2000));
            for (int i = 0; i < 10; i++) {
                assertPasses(lab, CLIENTS, acknowledgment);
                assertPasses(lab, SERVERS, data);
            }
            long hits = lab.pipeline.hits();
            assertEquals(cache, hits > 10, hits + " packets took a cached way");
            assertTrue(
                    lab.connections().getLast().startsWith("17 5 165 "),
                    lab.connections().toString());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"src", "dst", "both ways IPv6"})
    void theAnswerIsTranslatedAsItsRequest(String which) {
        boolean ipv6 = which.contains("IPv6");
        String client = ipv6 ? "2001:db8::1" : CLIENT;
        String server = ipv6 ? "2001:db8:1::2" : SERVER;
        String outside = ipv6 ? "2001:db8:2::3" : OUTSIDE;
        NatRange range = range(which, outside, server);
        boolean source = range.side() == NatRange.Side.SOURCE;
        try (Lab lab = lab(true, Optional.of(range), false)) {
            String asked = source ? server : outside;
            String seen = source ? outside : client;
            int seenPort = source ? 6000 : 2000;
            assertComes(
                    lab,
                    CLIENTS,
                    udp(client, 2000, asked, 69, READ),
                    udp(seen, seenPort, server, 69, READ));
            for (int i = 0; i < 3; i++) {
                assertComes(
                        lab,
                        SERVERS,
                        udp(server, 3333, seen, seenPort),
                        udp(asked, 3333, client, 2000));
                assertComes(
                        lab,
                        CLIENTS,
                        udp(client, 2000, asked, 3333),
                        udp(seen, seenPort, server, 3333));
            }
        }
    }

    private static NatRange range(String which, String outside, String server) {
        if (which.contains("IPv6")) {
            IpAddress address = IpAddress.parse(outside);
            return new NatRange(
                    NatRange.Side.SOURCE, address, address, 6000, 6000, NatRange.Pick.DEFAULT);
        }
        return which.equals("src") ? snat(outside, 6000, 6000) : dnat(server, server, 0);
    }

    @Test
    void whatIsNoRequestMakesNothingExpected() {
        try (Lab lab = lab(true, Optional.empty(), false)) {
            for (byte[] other :
                    List.of(
                            request(3, "boot.img", "octet"),
                            new byte[0],
                            new byte[] {0, 1, 'a'},
                            new byte[] {0, 1, 'a', 'b', 'c', 0, 'o'})) {
                assertPasses(lab, CLIENTS, udp(CLIENT, 2000, SERVER, 69, other));
                assertEquals(0, lab.table.expectations().count());
            }
        }
    }

    @Test
    void anotherRequestTakesTheFirstOnesPlace() {
        try (Lab lab = lab(true, Optional.empty(), false)) {
            assertPasses(lab, CLIENTS, udp(CLIENT, 2000, SERVER, 69, READ));
            assertPasses(lab, CLIENTS, udp(CLIENT, 2000, SERVER, 69, request(2, "a", "b")));
            assertEquals(1, lab.table.expectations().count());
            assertPasses(lab, SERVERS, udp(SERVER, 3333, CLIENT, 2000));
        }
    }

    @Test
    void aRequestThatFindsNoRoomIsDropped() {
        try (Lab lab = lab(true, Optional.empty(), false)) {
            lab.table.expectations().configure(new ExpectationSettings(2, 1, 0, 300, 300, true));
            assertPasses(lab, CLIENTS, udp(CLIENT, 2000, SERVER, 69, READ));
            assertPasses(lab, CLIENTS, udp(CLIENT, 2001, SERVER, 69, READ));
            lab.receive(CLIENTS, udp(CLIENT, 2002, SERVER, 69, READ));
            assertEquals(1, lab.dropped(DropReason.EXPECTATION_REFUSED));
            // Its request is asked again, as clients do; meanwhile there is room.
            assertPasses(lab, SERVERS, udp(SERVER, 3333, CLIENT, 2001));
            assertPasses(lab, CLIENTS, udp(CLIENT, 2002, SERVER, 69, READ));
            assertEquals(2, lab.table.expectations().count());
        }
    }

    @Test
    void expectationsEndWithTheirTimeAndTheirMaster() {
        try (Lab lab = lab(true, Optional.empty(), false)) {
            byte[] data = udp(SERVER, 3333, CLIENT, 2000);
            lab.table.expectations().configure(new ExpectationSettings(9, 1, 0, 300, 20, true));
            assertPasses(lab, CLIENTS, udp(CLIENT, 2000, SERVER, 69, READ));
            lab.nowMs += 19_999;
            assertEquals("+new+rel", stateOf(lab, data));
            lab.nowMs += 1;
            assertEquals("+new", stateOf(lab, data));
            lab.sweepAll();
            assertEquals(0, lab.table.expectations().count());
            assertPasses(lab, CLIENTS, udp(CLIENT, 2000, SERVER, 69, READ));
            assertEquals("+new+rel", stateOf(lab, data));
            lab.flushZone(ZONE);
            assertEquals("+new", stateOf(lab, data));
            assertEquals(1, lab.table.expectations().count());
            lab.sweepAll();
            assertEquals(0, lab.table.expectations().count());
        }
    }

    /** What {@code ct()} would say of the frame from the servers. */
    private static String stateOf(Lab lab, byte[] frame) {
        int state = firstState(lab.trace(SERVERS, frame).events());
        assertEquals(CtState.TRACKED | CtState.NEW, state & ~CtState.RELATED);
        return (state & CtState.RELATED) != 0 ? "+new+rel" : "+new";
    }

    private static int firstState(List<TraceEvent.Node> nodes) {
        for (TraceEvent.Node node : nodes) {
            int state =
                    node.event() instanceof TraceEvent.Tracked tracked
                            ? tracked.state()
                            : firstState(node.within());
            if (state != 0) {
                return state;
            }
        }
        return 0;
    }
}
