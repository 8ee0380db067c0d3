package io.sluice.fastpath;

import static io.sluice.fastpath.Flows.any;
import static io.sluice.fastpath.Flows.commit;
import static io.sluice.fastpath.Flows.ctNat;
import static io.sluice.fastpath.Flows.flow;
import static io.sluice.fastpath.Flows.isEstablished;
import static io.sluice.fastpath.Flows.isNew;
import static io.sluice.fastpath.Flows.output;
import static io.sluice.fastpath.Flows.state;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.conntrack.CtState;
import io.sluice.natlb.NatRange;
import io.sluice.natlb.NatRange.Filtering;
import io.sluice.natlb.NatRange.Mapping;
import io.sluice.natlb.NatRange.Pick;
import io.sluice.natlb.NatRange.Side;
import io.sluice.packet.FrameBuilder;
import io.sluice.packet.IpAddress;
import io.sluice.packet.Tcp;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Endpoint-independent mapping and filtering (RFC 4787) by {@code ct()}: what comes out is compared
 * with frames that are built anew.
 */
class EndpointMappingTest {
    private static final int INSIDE = 1;
    private static final int OUTSIDE = 2;
    private static final int ZONE = 5;
    private static final int UDP_SILENCE_MS = 31_000;
    private static final int MAPPING_MS = 120_000;

    /** An address and a port of either kind. */
    private record End(IpAddress address, int port) {
        static End of(String address, int port) {
            return new End(IpAddress.parse(address), port);
        }
    }

    /** The hosts of one kind of addresses. */
    private record Site(boolean ipv6) {
        End client(int number) {
            return End.of((ipv6 ? "fd00::" : "10.0.0.") + number, 4000);
        }

        End peer(int number, int port) {
            return End.of((ipv6 ? "2001:db8:9::" : "203.0.113.") + number, port);
        }

        NatRange range(int minPort, int maxPort, Filtering filtering) {
            IpAddress address = IpAddress.parse(ipv6 ? "2001:db8::1" : "198.51.100.1");
            return new NatRange(Side.SOURCE, address, address, minPort, maxPort, Pick.DEFAULT)
                    .with(Mapping.ENDPOINT_INDEPENDENT, filtering);
        }
    }

    private static FrameBuilder frame(End from, End to) {
        FrameBuilder builder = new FrameBuilder().ports(from.port(), to.port());
        IpAddress src = from.address();
        IpAddress dst = to.address();
        return src.ipv6()
                ? builder.ipv6(src.high(), src.low(), dst.high(), dst.low())
                : builder.ip((int) src.low(), (int) dst.low());
    }

    private static byte[] udp(End from, End to) {
        return frame(from, to).udp();
    }

    private static End end(byte[] frame, boolean source) {
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        boolean ipv6 = bytes.getShort(12) != 0x0800;
        int address = ipv6 ? source ? 22 : 38 : source ? 26 : 30;
        int port = (ipv6 ? 54 : 34) + (source ? 0 : 2);
        return new End(
                ipv6
                        ? IpAddress.ofIpv6(bytes.getLong(address), bytes.getLong(address + 8))
                        : IpAddress.ofIpv4(bytes.getInt(address)),
                bytes.getShort(port) & 0xFFFF);
    }

    /**
     * Clients at port 1; what comes in at port 2 is let in where a mapping or a connection says.
     */
    private static Lab lab(boolean cache, NatRange range) {
        Lab lab = new Lab(2, cache, 4096);
        int newInbound = CtState.TRACKED | CtState.NEW | CtState.DESTINATION_NAT;
        Action commitInbound = new Action.Ct(ZONE, true, false, -1, true, Optional.empty(), 0, 0);
        lab.publish(
                List.of(
                        flow(0, 1, any(), ctNat(ZONE, 1)),
                        // From inside to a mapping: both sides are translated.
                        flow(
                                1,
                                3,
                                state(any(), newInbound, 0).exact(Field.IN_PORT, INSIDE),
                                commit(ZONE, range),
                                new Action.OutputInPort()),
                        flow(
                                1,
                                2,
                                isNew(any()).exact(Field.IN_PORT, INSIDE),
                                commit(ZONE, range),
                                output(OUTSIDE)),
                        flow(
                                1,
                                2,
                                state(any(), newInbound, 0).exact(Field.IN_PORT, OUTSIDE),
                                commitInbound,
                                output(INSIDE)),
                        flow(
                                1,
                                4,
                                state(
                                                any(),
                                                CtState.ESTABLISHED
                                                        | CtState.SOURCE_NAT
                                                        | CtState.DESTINATION_NAT,
                                                0)
                                        .exact(Field.IN_PORT, INSIDE),
                                new Action.OutputInPort()),
                        flow(
                                1,
                                1,
                                isEstablished(any()).exact(Field.IN_PORT, INSIDE),
                                output(OUTSIDE)),
                        flow(
                                1,
                                1,
                                isEstablished(any()).exact(Field.IN_PORT, OUTSIDE),
                                output(INSIDE))),
                List.of());
        return lab;
    }

    private static List<byte[]> through(Lab lab, int in, byte[] frame) {
        lab.receive(in, frame);
        return lab.sent(in == INSIDE ? OUTSIDE : INSIDE);
    }

    private static byte[] only(List<byte[]> frames) {
        assertEquals(1, frames.size());
        return frames.getFirst();
    }

    /** Sends from a client to a peer; where it seems to come from. */
    private static End mapped(Lab lab, End client, End peer) {
        byte[] sent = only(through(lab, INSIDE, udp(client, peer)));
        End outside = end(sent, true);
        assertArrayEquals(udp(outside, peer), sent);
        return outside;
    }

    private static boolean comesIn(Lab lab, End peer, End outside, End client) {
        List<byte[]> in = through(lab, OUTSIDE, udp(peer, outside));
        in.forEach(frame -> assertArrayEquals(udp(peer, client), frame));
        return !in.isEmpty();
    }

    /** What STUN is for: a client learns its mapping from one peer, and others reach it by that. */
    @ParameterizedTest
    @CsvSource({"true,true", "true,false", "false,true", "false,false"})
    void peersReachAClientThroughOneMapping(boolean cache, boolean ipv6) {
        Site site = new Site(ipv6);
        try (Lab lab = lab(cache, site.range(2000, 60000, Filtering.ENDPOINT_INDEPENDENT))) {
            End client = site.client(1);
            End stun = site.peer(1, 3478);
            End outside = mapped(lab, client, stun);
            // Before the client has ever sent to them.
            for (int number = 2; number < 10; number++) {
                End peer = site.peer(number, 5000 + number);
                for (int i = 0; i < 4; i++) {
                    assertTrue(comesIn(lab, peer, outside, client));
                    assertArrayEquals(
                            udp(outside, peer), only(through(lab, INSIDE, udp(client, peer))));
                }
            }
            // And by packets that the client begins with.
            for (int number = 10; number < 20; number++) {
                assertEquals(outside, mapped(lab, client, site.peer(number, 80)));
            }
            assertEquals(cache, lab.pipeline.hits() > 20);
            assertEquals(19, lab.connections().size());
            // Another client with the same port has another mapping.
            End other = mapped(lab, site.client(2), stun);
            assertNotEquals(outside, other);
            assertTrue(comesIn(lab, site.peer(9, 9), other, site.client(2)));
            assertTrue(comesIn(lab, site.peer(9, 9), outside, client));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ADDRESS_AND_PORT_DEPENDENT,false,false",
        "ADDRESS_DEPENDENT,true,false",
        "ENDPOINT_INDEPENDENT,true,true"
    })
    void filteringSaysWhoComesIn(Filtering filtering, boolean fromOtherPort, boolean fromOthers) {
        for (boolean ipv6 : new boolean[] {true, false}) {
            Site site = new Site(ipv6);
            try (Lab lab = lab(true, site.range(0, 0, filtering))) {
                End client = site.client(1);
                End outside = mapped(lab, client, site.peer(1, 3478));
                assertEquals(fromOtherPort, comesIn(lab, site.peer(1, 9), outside, client));
                assertEquals(fromOthers, comesIn(lab, site.peer(2, 9), outside, client));
                assertEquals(outside, mapped(lab, client, site.peer(2, 3478)));
                assertEquals(fromOtherPort, comesIn(lab, site.peer(2, 10), outside, client));
                // A permission ends with the last connection to the address, a mapping does not.
                lab.nowMs += UDP_SILENCE_MS;
                lab.sweepAll();
                assertEquals(0, lab.table.size());
                assertEquals(fromOthers, comesIn(lab, site.peer(2, 10), outside, client));
                assertEquals(outside, mapped(lab, client, site.peer(3, 3478)));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void clientsReachEachOtherByTheirMappings(boolean ipv6) {
        Site site = new Site(ipv6);
        for (Filtering filtering : Filtering.values()) {
            try (Lab lab = lab(true, site.range(2000, 60000, filtering))) {
                End alice = mapped(lab, site.client(1), site.peer(1, 3478));
                End bob = mapped(lab, site.client(2), site.peer(1, 3478));
                for (int i = 0; i < 3; i++) {
                    lab.receive(INSIDE, udp(site.client(1), bob));
                    if (filtering == Filtering.ENDPOINT_INDEPENDENT) {
                        // RFC 4787 REQ-9: from an outside address and port.
                        assertArrayEquals(udp(alice, site.client(2)), only(lab.sent(INSIDE)));
                        lab.receive(INSIDE, udp(site.client(2), alice));
                        assertArrayEquals(udp(bob, site.client(1)), only(lab.sent(INSIDE)));
                    } else {
                        // As to anybody outside, who would send it back.
                        assertArrayEquals(udp(alice, bob), only(lab.sent(OUTSIDE)));
                    }
                }
            }
        }
    }

    @Test
    void tcpHasMappingsOfItsOwn() {
        Site site = new Site(false);
        try (Lab lab = lab(true, site.range(2001, 2001, Filtering.ENDPOINT_INDEPENDENT))) {
            End outside = mapped(lab, site.client(1), site.peer(1, 80));
            byte[] syn = frame(site.client(2), site.peer(1, 80)).tcpFlags(Tcp.SYN).tcp();
            byte[] sent = only(through(lab, INSIDE, syn));
            assertEquals(outside, end(sent, true));
            byte[] in = frame(site.peer(5, 80), outside).tcpFlags(Tcp.SYN).tcp();
            assertArrayEquals(
                    frame(site.peer(5, 80), site.client(2)).tcpFlags(Tcp.SYN).tcp(),
                    only(through(lab, OUTSIDE, in)));
            assertTrue(comesIn(lab, site.peer(5, 80), outside, site.client(1)));
        }
    }

    /** RFC 4787 REQ-5: two minutes; here after the last connection's end. */
    @ParameterizedTest
    @ValueSource(ints = {3, 64, 100})
    void aPortIsFreeWhenItsMappingIsOver(int ports) {
        Site site = new Site(false);
        int last = 2000 + ports;
        try (Lab lab = lab(true, site.range(2001, last, Filtering.ENDPOINT_INDEPENDENT))) {
            Set<End> outsides = new HashSet<>();
            for (int client = 1; client <= ports; client++) {
                outsides.add(mapped(lab, site.client(client), site.peer(1, 53)));
            }
            assertEquals(ports, outsides.size());
            byte[] oneMore = udp(site.client(ports + 1), site.peer(2, 53));
            assertEquals(List.of(), through(lab, INSIDE, oneMore));
            assertEquals(1, lab.dropped(DropReason.NAT_EXHAUSTED));
            assertEquals(1, lab.translations.rows().getFirst().exhausted());
            lab.nowMs += UDP_SILENCE_MS;
            lab.sweepAll();
            assertEquals(List.of(), through(lab, INSIDE, oneMore));
            End kept = mapped(lab, site.client(2), site.peer(7, 53));
            assertTrue(outsides.contains(kept));
            lab.nowMs += MAPPING_MS - 1000;
            assertEquals(List.of(), through(lab, INSIDE, oneMore));
            lab.nowMs += 1000;
            End again = end(only(through(lab, INSIDE, oneMore)), true);
            assertTrue(outsides.contains(again) && !again.equals(kept));
            assertTrue(comesIn(lab, site.peer(3, 3), again, site.client(ports + 1)));
        }
    }

    @Test
    void aFlushEndsMappingsAtOnce() {
        Site site = new Site(false);
        try (Lab lab = lab(true, site.range(2001, 2100, Filtering.ADDRESS_DEPENDENT))) {
            for (int round = 0; round < 3; round++) {
                Set<End> outsides = new HashSet<>();
                for (int client = 0; client < 100; client++) {
                    End from = site.client(1 + (client + 50 * round) % 150);
                    outsides.add(mapped(lab, from, site.peer(1, 53)));
                }
                assertEquals(100, outsides.size());
                lab.flushZone(ZONE);
                for (End outside : outsides) {
                    assertTrue(!comesIn(lab, site.peer(1, 54), outside, outside));
                }
            }
        }
    }

    /** What is refused leaves no mapping behind, and a clash with others is not a mapping. */
    @Test
    void aConnectionThatIsRefusedKeepsNoPort() {
        Site site = new Site(false);
        try (Lab lab = lab(true, site.range(2001, 2003, Filtering.ENDPOINT_INDEPENDENT))) {
            lab.table.zones().setLimit(ZONE, 1);
            mapped(lab, site.client(1), site.peer(1, 53));
            for (int client = 2; client < 50; client++) {
                byte[] refused = udp(site.client(client), site.peer(1, 53));
                assertEquals(List.of(), through(lab, INSIDE, refused));
            }
            assertEquals(48, lab.dropped(DropReason.CT_ZONE_LIMIT));
            lab.table.zones().setLimit(ZONE, 0);
            Set<End> outsides = new HashSet<>();
            for (int client = 50; client < 52; client++) {
                outsides.add(mapped(lab, site.client(client), site.peer(1, 53)));
            }
            assertEquals(2, outsides.size());
        }
    }

    @Test
    void aTraceShowsTheMappingAndMakesNone() {
        Site site = new Site(false);
        try (Lab lab = lab(true, site.range(0, 0, Filtering.ENDPOINT_INDEPENDENT))) {
            End client = site.client(1);
            byte[] out = udp(client, site.peer(1, 53));
            String foretold = lab.trace(INSIDE, out).toString();
            assertTrue(foretold.contains("srcPort=4000"), foretold);
            assertTrue(!comesIn(lab, site.peer(2, 9), End.of("198.51.100.1", 4000), client));
            End outside = mapped(lab, client, site.peer(1, 53));
            byte[] in = udp(site.peer(2, 9), outside);
            List<String> before = lab.connections();
            String inbound = lab.trace(OUTSIDE, in).toString();
            assertTrue(inbound.contains("dst=10.0.0.1"), inbound);
            assertEquals(before, lab.connections());
            assertTrue(comesIn(lab, site.peer(2, 9), outside, client));
        }
    }
}
