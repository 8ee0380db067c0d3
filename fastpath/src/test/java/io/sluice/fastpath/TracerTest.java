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
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.conntrack.CtState;
import io.sluice.packet.Ethernet;
import io.sluice.packet.FrameBuilder;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Tcp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TracerTest {
    private static final int PORTS = 3;
    private static final long HOUR_NS = 3_600_000_000_000L;
    private static final Action UP =
            new Action.Controller(65535, Action.PacketInReason.ACTION, 0, Action.Bytes.NONE);

    /** Rules with every side effect there is, and a lab that they run in. */
    private static final class World implements AutoCloseable {
        final Lab lab;
        final Group group =
                new Group(
                        1,
                        Group.Type.SELECT,
                        Selection.DEFAULT,
                        List.of(
                                new Group.Bucket(1, List.of(output(2))),
                                new Group.Bucket(1, List.of(output(3)))));
        // Filled for ever, so that what is in its bucket does not depend on the test's speed.
        final Meter meter =
                new Meter(
                        new MeterConfig(
                                1,
                                MeterConfig.Unit.PKTPS,
                                true,
                                true,
                                List.of(new MeterConfig.Band(1, 20))),
                        System.nanoTime() + HOUR_NS);
        final List<Flow> flows = flows();

        World(boolean flowCache) {
            TimeExceededSource source = new TimeExceededSource(0x0A0000FE, 0, 0);
            lab = new Lab(PORTS, flowCache, 1024, source);
            lab.publish(flows, List.of(group), List.of(meter));
            lab.table.zones().setLimit(6, 5);
        }

        private static List<Flow> flows() {
            return List.of(
                    flow(0, 9, any().exact(Field.ETH_TYPE, Ethernet.TYPE_ARP), new Action.Normal()),
                    flow(0, 8, ip(Ipv4.PROTO_ICMP), UP, new Action.Meter(1), new Action.Normal()),
                    flow(0, 7, ip(Ipv4.PROTO_TCP), ctNat(5, 1)),
                    flow(0, 7, ip(Ipv4.PROTO_UDP), ct(6, 2)),
                    flow(
                            1,
                            3,
                            isNew(ip()).exact(Field.IN_PORT, 1),
                            commit(5, dnat("10.0.0.11", "10.0.0.14", 8080)),
                            commitMark(5, 7),
                            new Action.Group(1)),
                    flow(1, 2, isEstablished(ip()).exact(Field.IN_PORT, 1), output(2)),
                    flow(1, 1, isEstablished(ip()), new Action.DecTtl(), output(1)),
                    flow(
                            2,
                            1,
                            ip(),
                            commit(6),
                            new Action.Clone(
                                    List.of(commit(7, snat("192.0.2.9", 5000, 5002)), ctNat(7, 3))),
                            new Action.WriteActions(List.of(output(3)))),
                    flow(3, 1, ip(), output(2)));
        }

        /** All that packets can change. */
        String state() {
            StringBuilder state = new StringBuilder();
            lab.connections().forEach(line -> state.append(line).append('\n'));
            for (DropReason reason : DropReason.values()) {
                state.append(reason).append(' ').append(lab.dropped(reason)).append('\n');
            }
            for (Flow flow : flows) {
                state.append(show(flow.counters()));
            }
            state.append(show(group.counters()));
            group.buckets().forEach(bucket -> state.append(show(bucket.counters())));
            state.append(show(meter.counters())).append(show(meter.dropped().getFirst()));
            for (int zone = 5; zone <= 7; zone++) {
                state.append(lab.table.zones().stats(zone)).append('\n');
            }
            for (int host = 0; host < 4; host++) {
                state.append(lab.macs.find(mac(host), 0, lab.nowMs)).append(' ');
            }
            return state.append(lab.pool.inUseCount()).append(" buffers in use").toString();
        }

        private static String show(Counters counters) {
            return counters.packets() + " " + counters.bytes() + "\n";
        }

        List<String> sent() {
            List<String> sent = new ArrayList<>();
            for (int port = 1; port <= PORTS; port++) {
                for (byte[] frame : lab.sent(port)) {
                    sent.add(port + " " + HexFormat.of().formatHex(frame));
                }
            }
            return sent;
        }

        int upcalls() {
            int[] count = {0};
            lab.upcalls.drain(
                    new UpcallHandler() {
                        @Override
                        public void packetIn(Upcall packet) {
                            count[0]++;
                        }

                        @Override
                        public void learn(Upcall packet, LearnedFlow flow) {
                            throw new AssertionError("nothing is to be learned");
                        }
                    });
            return count[0];
        }

        @Override
        public void close() {
            lab.close();
        }
    }

    private static long mac(int host) {
        return 0x020000000010L + host;
    }

    private static final class Arrival {
        final int port;
        final byte[] frame;

        Arrival(int port, byte[] frame) {
            this.port = port;
            this.frame = frame;
        }

        static Arrival random(Random random) {
            int port = 1 + random.nextInt(2);
            int client = 1 + random.nextInt(3);
            int ports = 4000 + random.nextInt(3);
            FrameBuilder frame = new FrameBuilder();
            frame.eth(mac(random.nextInt(4)), mac(random.nextInt(4))).ttl(1 + random.nextInt(3));
            if (port == 1) {
                frame.ip("10.1.1." + client, "192.0.2.1").ports(ports, 80);
            } else {
                frame.ip("10.0.0." + (11 + random.nextInt(4)), "10.1.1." + client)
                        .ports(8080, ports);
            }
            int[] flags = {Tcp.SYN, Tcp.SYN | Tcp.ACK, Tcp.ACK, Tcp.FIN | Tcp.ACK, Tcp.RST};
            return new Arrival(
                    port,
                    switch (random.nextInt(4)) {
                        case 0 -> frame.udp();
                        case 1 -> frame.icmp();
                        default ->
                                RandomTcp.numbers(frame, random, 0)
                                        .tcpFlags(flags[random.nextInt(flags.length)])
                                        .tcp();
                    });
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void nobodyNoticesTraces(boolean flowCache) {
        Random random = new Random(20);
        try (World traced = new World(flowCache);
                World alone = new World(flowCache)) {
            for (int i = 0; i < 3000; i++) {
                Arrival arrival = Arrival.random(random);
                String before = traced.state();
                traced.lab.trace(arrival.port, arrival.frame);
                Arrival other = Arrival.random(random);
                traced.lab.trace(other.port, other.frame);
                traced.lab.trace(other.port, other.frame, CtState.TRACKED | CtState.NEW);
                assertEquals(before, traced.state(), "packet " + i);
                assertEquals(List.of(), traced.sent());
                traced.lab.receive(arrival.port, arrival.frame);
                alone.lab.receive(arrival.port, arrival.frame);
                assertEquals(alone.sent(), traced.sent(), "packet " + i);
                assertEquals(alone.upcalls(), traced.upcalls());
                assertEquals(alone.state(), traced.state(), "packet " + i);
                int pauseMs = random.nextInt(3000);
                traced.lab.nowMs += pauseMs;
                alone.lab.nowMs += pauseMs;
            }
            assertEquals(alone.lab.pipeline.hits(), traced.lab.pipeline.hits());
            assertTrue(traced.lab.dropped(DropReason.METER) > 0);
            assertTrue(traced.lab.dropped(DropReason.NAT_EXHAUSTED) > 0);
            assertTrue(traced.lab.dropped(DropReason.CT_ZONE_LIMIT) > 0);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void whatATraceSaysHappens(long seed) {
        Random random = new Random(seed);
        try (World world = new World(false)) {
            for (int i = 0; i < 3000; i++) {
                if (i % 50 == 0) {
                    // A trace does not see how full of ended connections the table is.
                    world.lab.sweepAll();
                }
                Arrival arrival = Arrival.random(random);
                List<String> said = new ArrayList<>();
                gather(world.lab.trace(arrival.port, arrival.frame).events(), said);
                world.lab.receive(arrival.port, arrival.frame);
                List<String> happened = new ArrayList<>();
                for (int port = 1; port <= PORTS; port++) {
                    for (byte[] frame : world.lab.sent(port)) {
                        happened.add(port + " " + tuple(frame));
                    }
                }
                said.sort(null);
                happened.sort(null);
                assertEquals(said, happened, "seed " + seed + ", packet " + i);
                world.upcalls();
                world.lab.nowMs += random.nextInt(3000);
            }
        }
    }

    private static void gather(List<TraceEvent.Node> nodes, List<String> sent) {
        for (TraceEvent.Node node : nodes) {
            if (node.event() instanceof TraceEvent.SentTo to) {
                sent.add(to.port() + " " + tuple(to.packet().key()));
            }
            if (node.event() instanceof TraceEvent.Answered) {
                // A packet of port 2, as those of port 1 keep their TTL.
                sent.add("2 time exceeded");
            }
            gather(node.within(), sent);
        }
    }

    private static String tuple(long[] key) {
        return "%08x %08x %d %d %d"
                .formatted(
                        Field.NW_SRC.get(key),
                        Field.NW_DST.get(key),
                        Field.TP_SRC.get(key),
                        Field.TP_DST.get(key),
                        Field.NW_TTL.get(key));
    }

    private static String tuple(byte[] frame) {
        boolean icmp = Frames.proto(frame) == Ipv4.PROTO_ICMP;
        if (icmp && frame[34] == 11) {
            return "time exceeded";
        }
        HexFormat hex = HexFormat.of();
        return "%s %s %d %d %d"
                .formatted(
                        hex.formatHex(Arrays.copyOfRange(frame, 26, 30)),
                        hex.formatHex(Arrays.copyOfRange(frame, 30, 34)),
                        icmp ? frame[34] : Frames.srcPort(frame),
                        icmp ? frame[35] : Frames.dstPort(frame),
                        frame[22]);
    }

    @Test
    void aWayWithoutEndIsCutShort() {
        try (Lab lab = new Lab(1, false, 16)) {
            List<Flow> flows = new ArrayList<>();
            for (int table = 0; table < 10; table++) {
                Action next = Action.Resubmit.to(table + 1);
                flows.add(flow(table, 1, any(), next, next));
            }
            Action[] many = new Action[100];
            Arrays.fill(many, new Action.OutputInPort());
            flows.add(flow(10, 1, any(), many));
            lab.publish(flows, List.of());
            TraceResult result = lab.trace(1, new FrameBuilder().udp());
            assertFalse(result.complete());
            assertEquals(List.of(), lab.sent(1));
        }
    }

    @Test
    void aFrameThatIsTooShortIsDropped() {
        try (Lab lab = new Lab(1, false, 16)) {
            byte[] cut = Arrays.copyOf(new FrameBuilder().udp(), 20);
            assertEquals(
                    List.of(
                            new TraceEvent.Node(
                                    new TraceEvent.Dropped(DropReason.IP_MALFORMED), List.of())),
                    lab.trace(1, cut).events());
        }
    }
}
