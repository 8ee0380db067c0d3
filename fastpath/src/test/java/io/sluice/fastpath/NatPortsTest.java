package io.sluice.fastpath;

import static io.sluice.fastpath.Flows.commit;
import static io.sluice.fastpath.Flows.ctNat;
import static io.sluice.fastpath.Flows.flow;
import static io.sluice.fastpath.Flows.ip;
import static io.sluice.fastpath.Flows.isEstablished;
import static io.sluice.fastpath.Flows.isNew;
import static io.sluice.fastpath.Flows.output;
import static io.sluice.fastpath.Flows.snat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.conntrack.ConnFilter;
import io.sluice.natlb.NatCounters;
import io.sluice.natlb.NatRange;
import io.sluice.packet.FrameBuilder;
import io.sluice.packet.Icmp;
import io.sluice.packet.IpAddress;
import io.sluice.packet.Tcp;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which ports connections get, and what happens when there are none: packets in, packets out. */
class NatPortsTest {
    private static final int CLIENTS = 1;
    private static final int SERVERS = 2;
    private static final int ZONE = 5;
    private static final String OUTSIDE = "198.51.100.1";
    private static final String SERVER = "203.0.113.0";
    private static final int FIRST_CLIENT = 0x0A010001;
    private static final int FIRST_SERVER = 0xCB007100;

    private static Lab lab(int maxConnections, NatRange range) {
        Lab lab = new Lab(2, true, maxConnections);
        lab.publish(
                List.of(
                        flow(0, 1, ip(), ctNat(ZONE, 1)),
                        flow(
                                1,
                                2,
                                isNew(ip()).exact(Field.IN_PORT, CLIENTS),
                                commit(ZONE, range),
                                output(SERVERS)),
                        flow(
                                1,
                                3,
                                isEstablished(ip()).exact(Field.IN_PORT, CLIENTS),
                                output(SERVERS)),
                        flow(
                                1,
                                3,
                                isEstablished(ip()).exact(Field.IN_PORT, SERVERS),
                                output(CLIENTS))),
                List.of());
        return lab;
    }

    private static NatRange range(int firstPort, int lastPort, NatRange.Pick pick) {
        NatRange any = snat(OUTSIDE, firstPort, lastPort);
        return new NatRange(
                any.side(), any.minAddress(), any.maxAddress(), any.minPort(), any.maxPort(), pick);
    }

    private static byte[] udp(int client, int port) {
        return new FrameBuilder().ip(FIRST_CLIENT + client, FIRST_SERVER).ports(port, 53).udp();
    }

    /** Sends all, in bursts; the ports that packets left with, in their order. */
    private static List<Integer> send(Lab lab, List<byte[]> frames) {
        List<Integer> ports = new ArrayList<>();
        for (int from = 0; from < frames.size(); from += Pipeline.BURST) {
            lab.receive(
                    CLIENTS, frames.subList(from, Math.min(frames.size(), from + Pipeline.BURST)));
            for (byte[] sent : lab.sent(SERVERS)) {
                assertEquals(OUTSIDE, Frames.src(sent));
                assertTrue(Frames.hasRightChecksums(sent));
                ports.add(Frames.srcPort(sent));
            }
        }
        return ports;
    }

    private static List<Integer> send(Lab lab, byte[]... frames) {
        return send(lab, List.of(frames));
    }

    private static NatCounters.Row row(Lab lab) {
        List<NatCounters.Row> rows = lab.translations.rows();
        assertEquals(1, rows.size());
        assertEquals(ZONE, rows.getFirst().zone());
        return rows.getFirst();
    }

    /** All of these, whatever port they have got. */
    private static ConnFilter withOutsidePort(int port) {
        ConnFilter.Direction reply =
                new ConnFilter.Direction(
                        Optional.empty(),
                        Optional.of(IpAddress.parse(OUTSIDE)),
                        OptionalInt.empty(),
                        OptionalInt.of(port));
        return new ConnFilter(
                OptionalInt.of(ZONE),
                OptionalInt.empty(),
                0,
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                ConnFilter.Direction.ANY,
                reply);
    }

    /** In an order that has most ports taken by others when their owner comes. */
    @ParameterizedTest
    @EnumSource(names = {"DEFAULT", "RANDOM"})
    void aRangeOf64000PortsTakes64000ConnectionsOfOneClientToOneServer(NatRange.Pick pick) {
        int count = 64_000;
        try (Lab lab = lab(1 << 18, range(1, count, pick))) {
            List<byte[]> frames = new ArrayList<>();
            for (int port = 65_536 - count; port < 65_536; port++) {
                frames.add(udp(0, port));
            }
            Collections.shuffle(frames, new Random(5));
            byte[] oneMore = udp(0, 65_535 - count);
            Set<Integer> ports = new HashSet<>(send(lab, frames));
            assertEquals(count, ports.size());
            assertTrue(ports.stream().allMatch(port -> port >= 1 && port <= count));
            assertEquals(List.of(), send(lab, oneMore));
            assertEquals(1, lab.dropped(DropReason.NAT_EXHAUSTED));
            assertEquals(count, row(lab).created());
            assertEquals(1, row(lab).exhausted());
            assertEquals(0, row(lab).gaveUp());
            // Ended by itself, or by command: its port is the only one that is free.
            for (int freed : new int[] {1, 4711, count}) {
                assertEquals(1, lab.table.flush(withOutsidePort(freed), lab.nowMs));
                assertEquals(List.of(freed), send(lab, oneMore));
                assertEquals(1, lab.table.flush(withOutsidePort(freed), lab.nowMs));
                assertEquals(List.of(freed), send(lab, udp(1, 5000 + freed)));
            }
            assertEquals(List.of(), send(lab, oneMore));
            // At once, though the dead still lie in the table.
            lab.flushZone(ZONE);
            assertEquals(count, new HashSet<>(send(lab, frames)).size());
            assertEquals(List.of(), send(lab, oneMore));
            assertEquals(3, row(lab).exhausted());
            assertEquals(0, row(lab).gaveUp());
        }
    }

    @Test
    void oneAddressTakes200000ConnectionsToManyServers() {
        int servers = 1000;
        int each = 200;
        try (Lab lab = lab(1 << 18, snat(OUTSIDE, 0, 0))) {
            Set<Long> tuples = new HashSet<>();
            // Of each client the same ports, so that most are taken towards most servers.
            for (int client = 0; client < each; client++) {
                List<byte[]> frames = new ArrayList<>();
                for (int server = 0; server < servers; server++) {
                    frames.add(
                            new FrameBuilder()
                                    .ip(FIRST_CLIENT + client, FIRST_SERVER + server)
                                    .ports(40_000 + server % 7, 443)
                                    .tcpFlags(Tcp.SYN)
                                    .tcp());
                }
                List<Integer> ports = send(lab, frames);
                assertEquals(servers, ports.size());
                for (int server = 0; server < servers; server++) {
                    tuples.add(((long) server << 16) | ports.get(server));
                }
            }
            assertEquals(200_000, tuples.size());
            assertEquals(200_000, lab.table.size());
            assertEquals(200_000, row(lab).created());
        }
    }

    @Test
    void aClientThatTakesAllPortsOfAClassLeavesTheOthers() {
        try (Lab lab = lab(4096, snat(OUTSIDE, 0, 0))) {
            List<byte[]> hostile = new ArrayList<>();
            for (int i = 0; i < 511; i++) {
                // From two addresses, so that half of the ports are searched.
                hostile.add(udp(i % 2, 1 + i / 2));
            }
            Set<Integer> ports = new HashSet<>(send(lab, hostile));
            assertEquals(511, ports.size());
            assertTrue(ports.stream().allMatch(port -> port < 512));
            for (int i = 0; i < 100; i++) {
                assertEquals(List.of(), send(lab, udp(100 + i, 1 + i)));
            }
            assertEquals(100, lab.dropped(DropReason.NAT_EXHAUSTED));
            assertEquals(100, row(lab).exhausted());
            assertEquals(List.of(600), send(lab, udp(9, 600)));
            int next = send(lab, udp(10, 600)).getFirst();
            assertTrue(next >= 512 && next <= 1023 && next != 600, "port " + next);
            assertEquals(List.of(4000), send(lab, udp(9, 4000)));
            next = send(lab, udp(10, 4000)).getFirst();
            assertTrue(next >= 1024 && next != 4000, "port " + next);
            // Other protocols and other servers have their own.
            byte[] tcp = new FrameBuilder().ip(FIRST_CLIENT, FIRST_SERVER).ports(80, 53).tcp();
            assertEquals(List.of(80), send(lab, tcp));
            byte[] elsewhere =
                    new FrameBuilder().ip(FIRST_CLIENT, FIRST_SERVER + 1).ports(80, 53).udp();
            assertEquals(List.of(80), send(lab, elsewhere));
        }
    }

    @Test
    void aRangeOfOnePortServesAsManyServersAsThereAre() {
        try (Lab lab = lab(4096, snat(OUTSIDE, 5000, 5000))) {
            for (int server = 0; server < 300; server++) {
                FrameBuilder frame = new FrameBuilder().ports(4000, 53);
                assertEquals(
                        List.of(5000),
                        send(lab, frame.ip(FIRST_CLIENT, FIRST_SERVER + server).udp()));
                assertEquals(
                        List.of(),
                        send(lab, frame.ip(FIRST_CLIENT + 1, FIRST_SERVER + server).udp()));
            }
            assertEquals(300, row(lab).created());
            assertEquals(300, row(lab).exhausted());
        }
    }

    @Test
    void pingsOfManyClientsWithOneIdentifierAreToldApart() {
        try (Lab lab = lab(1 << 18, snat(OUTSIDE, 0, 0))) {
            int clients = 500;
            Set<Integer> identifiers = new HashSet<>();
            for (int client = 0; client < clients; client++) {
                FrameBuilder ping =
                        new FrameBuilder().ip(FIRST_CLIENT + client, FIRST_SERVER).ports(7, 0);
                lab.receive(CLIENTS, ping.icmp());
                byte[] outside = lab.sent(SERVERS).getFirst();
                assertTrue(Frames.hasRightChecksums(outside));
                // The identifier stands where other protocols have a sequence number.
                int identifier = identifier(outside);
                assertTrue(identifiers.add(identifier), "identifier " + identifier);
                lab.receive(
                        SERVERS,
                        new FrameBuilder()
                                .ip(SERVER, OUTSIDE)
                                .ports(identifier, 0)
                                .icmpType(Icmp.ECHO_REPLY)
                                .icmp());
                byte[] inside = lab.sent(CLIENTS).getFirst();
                assertEquals(
                        IpAddress.ofIpv4(FIRST_CLIENT + client).toString(), Frames.dst(inside));
                assertEquals(7, identifier(inside));
            }
        }
    }

    private static int identifier(byte[] icmp) {
        return (icmp[38] & 0xFF) << 8 | (icmp[39] & 0xFF);
    }

    @Test
    void sctpPortsAreTranslatedAndTheChecksumIsRight() {
        try (Lab lab = lab(4096, snat(OUTSIDE, 0, 0))) {
            FrameBuilder frame = new FrameBuilder().payload(new byte[] {1, 2, 3});
            Set<Integer> ports = new HashSet<>();
            for (int client = 0; client < 100; client++) {
                frame.ip(FIRST_CLIENT + client, FIRST_SERVER).ports(4000, 80);
                lab.receive(CLIENTS, frame.sctpInit());
                byte[] sent = lab.sent(SERVERS).getFirst();
                int port = Frames.srcPort(sent);
                assertTrue(ports.add(port) && port >= 1024, "port " + port);
                frame.ip(OUTSIDE, SERVER).ports(port, 80);
                assertArrayEquals(frame.sctpInit(), sent);
            }
            assertTrue(ports.contains(4000));
        }
    }

    /** What ends a connection frees its port: a RST, silence, and the sweep after it. */
    @ParameterizedTest
    @ValueSource(ints = {2, 64, 65, 300})
    void aPortIsFreeWhenItsConnectionHasEnded(int span) {
        try (Lab lab = lab(4096, snat(OUTSIDE, 2001, 2000 + span))) {
            List<byte[]> syns = new ArrayList<>();
            for (int i = 0; i <= span; i++) {
                syns.add(syn(i).tcpFlags(Tcp.SYN).tcp());
            }
            List<Integer> ports = send(lab, syns.subList(0, span));
            assertEquals(span, new HashSet<>(ports).size());
            assertEquals(List.of(), send(lab, syns.get(span)));
            int reset = span / 2;
            assertEquals(
                    ports.subList(reset, reset + 1),
                    send(lab, syn(reset).tcpFlags(Tcp.RST).sequence(1, 0).tcp()));
            assertEquals(ports.subList(reset, reset + 1), send(lab, syns.get(span)));
            assertEquals(List.of(), send(lab, syns.get(reset)));
            // SYN_SENT times out after 120 s.
            lab.nowMs += 121_000;
            lab.sweepAll();
            assertEquals(span, new HashSet<>(send(lab, syns.subList(0, span))).size());
            lab.nowMs += 121_000;
            assertEquals(1, send(lab, syns.get(span)).size(), "before the sweep");
        }
    }

    private static FrameBuilder syn(int client) {
        return new FrameBuilder().ip(FIRST_CLIENT + client, FIRST_SERVER).ports(4000, 80);
    }

    /** The tuple that stands in a port's way is the original one of a connection from outside. */
    @Test
    void portsOfConnectionsFromOutsideAreTakenAndFreeAgain() {
        try (Lab lab = lab(4096, snat(OUTSIDE, 2001, 2100))) {
            lab.publish(
                    List.of(
                            flow(
                                    0,
                                    1,
                                    ip().exact(Field.IN_PORT, CLIENTS),
                                    commit(ZONE, snat(OUTSIDE, 2001, 2100)),
                                    output(SERVERS)),
                            flow(
                                    0,
                                    1,
                                    ip().exact(Field.IN_PORT, SERVERS),
                                    commit(ZONE),
                                    output(CLIENTS))),
                    List.of());
            FrameBuilder inbound = new FrameBuilder().ip(SERVER, OUTSIDE);
            for (int port = 2001; port <= 2100; port++) {
                lab.receive(SERVERS, inbound.ports(53, port).udp());
            }
            assertEquals(100, lab.sent(CLIENTS).size());
            assertEquals(List.of(), send(lab, udp(0, 4000)));
            assertEquals(1, lab.table.flush(fromOutside(2050), lab.nowMs));
            assertEquals(List.of(2050), send(lab, udp(0, 4000)));
        }
    }

    private static ConnFilter fromOutside(int port) {
        ConnFilter.Direction original =
                new ConnFilter.Direction(
                        Optional.empty(),
                        Optional.of(IpAddress.parse(OUTSIDE)),
                        OptionalInt.empty(),
                        OptionalInt.of(port));
        return new ConnFilter(
                OptionalInt.of(ZONE),
                OptionalInt.empty(),
                0,
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                original,
                ConnFilter.Direction.ANY);
    }

    /** A trace among ports that are mostly taken finds the port that the packet then gets. */
    @Test
    void tracesFindTheSamePort() {
        try (Lab lab = lab(4096, snat(OUTSIDE, 2001, 2300))) {
            for (int client = 0; client < 300; client++) {
                String foretold = translated(lab.trace(CLIENTS, udp(client, 4000)).events());
                int port = send(lab, udp(client, 4000)).getFirst();
                assertTrue(foretold.contains("srcPort=" + port + ","), foretold + " and " + port);
            }
            assertEquals(300, row(lab).created());
        }
    }

    private static String translated(List<TraceEvent.Node> events) {
        StringBuilder all = new StringBuilder();
        for (TraceEvent.Node node : events) {
            if (node.event() instanceof TraceEvent.Tracked tracked) {
                all.append(tracked.translated());
            }
            all.append(translated(node.within()));
        }
        return all.toString();
    }
}
