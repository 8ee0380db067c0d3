package io.sluice.fastpath;

import static io.sluice.fastpath.Flows.any;
import static io.sluice.fastpath.Flows.commit;
import static io.sluice.fastpath.Flows.ctNat;
import static io.sluice.fastpath.Flows.flow;
import static io.sluice.fastpath.Flows.isEstablished;
import static io.sluice.fastpath.Flows.isNew;
import static io.sluice.fastpath.Flows.output;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.conntrack.BlockEvent;
import io.sluice.conntrack.ConnFilter;
import io.sluice.conntrack.EventFilter;
import io.sluice.conntrack.EventType;
import io.sluice.natlb.NatCounters;
import io.sluice.natlb.NatRange;
import io.sluice.natlb.NatRange.Blocks;
import io.sluice.natlb.NatRange.Filtering;
import io.sluice.natlb.NatRange.Mapping;
import io.sluice.natlb.NatRange.Pick;
import io.sluice.natlb.NatRange.Side;
import io.sluice.natlb.PortBlock;
import io.sluice.natlb.PortBlocks;
import io.sluice.packet.FrameBuilder;
import io.sluice.packet.IpAddress;
import io.sluice.packet.Tcp;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Port blocks of clients: packets in, packets and events out. */
class PortBlockTest {
    private static final int INSIDE = 1;
    private static final int OUTSIDE = 2;
    private static final int ZONE = 5;
    private static final int SIZE = 64;
    private static final int FIRST_PORT = 1024;
    private static final int LAST_PORT = 1279;
    private static final int HOLD_MS = 60_000;
    private static final int UDP_SILENCE_MS = 31_000;
    private static final int MAPPING_MS = 120_000;

    private static NatRange range(boolean ipv6, int max) {
        IpAddress address = IpAddress.parse(ipv6 ? "2001:db8::1" : "198.51.100.1");
        return new NatRange(Side.SOURCE, address, address, FIRST_PORT, LAST_PORT, Pick.DEFAULT)
                .with(new Blocks(SIZE, max, HOLD_MS / 1000));
    }

    private static Lab lab(NatRange range, int maxConnections) {
        Lab lab = new Lab(2, true, maxConnections);
        lab.publish(
                List.of(
                        flow(0, 1, any(), ctNat(ZONE, 1)),
                        flow(
                                1,
                                2,
                                isNew(any()).exact(Field.IN_PORT, INSIDE),
                                commit(ZONE, range),
                                output(OUTSIDE)),
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
        lab.table
                .events()
                .want(
                        List.of(
                                new EventFilter(
                                        EnumSet.of(
                                                EventType.BLOCK_ALLOCATED,
                                                EventType.BLOCK_RELEASED),
                                        ConnFilter.ALL)),
                        false);
        return lab;
    }

    private static FrameBuilder frame(boolean ipv6, int client, int server) {
        FrameBuilder frame = new FrameBuilder();
        return ipv6
                ? frame.ipv6(0xFD00L << 48, client, 0x20010DB8L << 32 | 9, server)
                : frame.ip(0x0A000000 + client, 0xCB007100 + server);
    }

    /** The outside port that it leaves with; 0: it does not. */
    private static int send(Lab lab, byte[] frame) {
        lab.receive(INSIDE, frame);
        List<byte[]> sent = lab.sent(OUTSIDE);
        if (sent.isEmpty()) {
            return 0;
        }
        assertTrue(Frames.isIpv6(sent.getFirst()) || Frames.hasRightChecksums(sent.getFirst()));
        return ByteBuffer.wrap(sent.getFirst()).getShort(Frames.isIpv6(frame) ? 54 : 34) & 0xFFFF;
    }

    private static int udp(Lab lab, boolean ipv6, int client, int port, int server) {
        return send(lab, frame(ipv6, client, server).ports(port, 53).udp());
    }

    private static List<String> events(Lab lab) {
        List<String> events = new ArrayList<>();
        lab.table
                .events()
                .drain(
                        Integer.MAX_VALUE,
                        event -> {
                            assertTrue(BlockEvent.isOne(event));
                            BlockEvent each = BlockEvent.read(event);
                            assertEquals(ZONE, each.zone());
                            assertEquals(ZONE, each.replyZone());
                            events.add(
                                    "%s %s %s:%d-%d"
                                            .formatted(
                                                    each.type().text(),
                                                    each.client(),
                                                    each.outside(),
                                                    each.firstPort(),
                                                    each.lastPort()));
                        });
        return events;
    }

    /** Connections and mappings that use blocks. */
    private static int users(Lab lab) {
        PortBlocks blocks = lab.translations.blocks();
        PortBlock block = new PortBlock();
        int users = 0;
        for (int number = 1; number <= blocks.lastNumber(); number++) {
            users += blocks.show(number, block, lab.nowMs) ? block.users : 0;
        }
        return users;
    }

    private static NatCounters.Row row(Lab lab) {
        return lab.translations.rows().getFirst();
    }

    private static int blockOf(int port) {
        return (port - FIRST_PORT) / SIZE;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aClientsConnectionsTakePortsOfItsBlocksOnly(boolean ipv6) {
        try (Lab lab = lab(range(ipv6, 2), 4096)) {
            Set<Integer> ports = new HashSet<>();
            Set<Integer> blocks = new HashSet<>();
            for (int i = 0; i < 2 * SIZE; i++) {
                int port = udp(lab, ipv6, 1, 4000 + i, 1);
                assertTrue(port >= FIRST_PORT && port <= LAST_PORT && ports.add(port));
                blocks.add(blockOf(port));
                // As many as are needed.
                assertEquals(1 + i / SIZE, blocks.size());
            }
            List<String> told = events(lab);
            assertEquals(2, told.size());
            assertTrue(told.getFirst().startsWith("block-allocated"));
            assertTrue(told.getFirst().contains(ipv6 ? " fd00::1 2001:db8::1:" : " 10.0.0.1 198."));
            // No third block, for this server; the same ports for another.
            assertEquals(0, udp(lab, ipv6, 1, 9000, 1));
            assertEquals(1, lab.dropped(DropReason.NAT_BLOCK_LIMIT));
            assertEquals(1, row(lab).blockLimit());
            assertEquals(0, row(lab).exhausted());
            assertTrue(blocks.contains(blockOf(udp(lab, ipv6, 1, 9000, 2))));
            // Two blocks are left for others, and then none.
            int other = udp(lab, ipv6, 2, 4000, 1);
            int third = udp(lab, ipv6, 3, 4000, 1);
            assertTrue(blocks.add(blockOf(other)) && blocks.add(blockOf(third)));
            assertEquals(2, events(lab).size());
            assertEquals(0, udp(lab, ipv6, 4, 4000, 1));
            assertEquals(1, lab.dropped(DropReason.NAT_EXHAUSTED));
            assertEquals(1, row(lab).exhausted());
            assertEquals(2 * SIZE + 3, users(lab));
            assertEquals(List.of(), events(lab));
        }
    }

    @Test
    void portsThatAreOfTheBlockAreKeptAndPingsHaveTheirs() {
        try (Lab lab = lab(range(false, 1), 4096)) {
            int first = udp(lab, false, 1, 4000, 1);
            int own = FIRST_PORT + blockOf(first) * SIZE + (first + 5) % SIZE;
            assertEquals(own, udp(lab, false, 1, own, 1));
            int elsewhere = FIRST_PORT + (blockOf(first) + 1) % 4 * SIZE;
            assertEquals(blockOf(first), blockOf(udp(lab, false, 1, elsewhere, 1)));
            lab.receive(INSIDE, frame(false, 1, 1).ports(7, 0).icmp());
            byte[] ping = lab.sent(OUTSIDE).getFirst();
            assertTrue(Frames.hasRightChecksums(ping));
            assertEquals(blockOf(first), blockOf(ByteBuffer.wrap(ping).getShort(38) & 0xFFFF));
            assertEquals(1, events(lab).size());
            assertEquals(4, users(lab));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"silence", "flush", "rst"})
    void aBlockIsGivenBackAfterItsLastConnectionAndTheHold(String way) {
        try (Lab lab = lab(range(false, 1), 4096)) {
            byte[] syn = frame(false, 1, 1).ports(4000, 80).tcpFlags(Tcp.SYN).tcp();
            byte[] rst = frame(false, 1, 1).ports(4000, 80).tcpFlags(Tcp.RST).tcp();
            for (int client = 2; client <= 4; client++) {
                assertNotEquals(0, udp(lab, false, client, 4000, 1));
            }
            int port = send(lab, syn);
            String block = events(lab).getLast();
            switch (way) {
                case "silence" -> lab.nowMs += 400_000;
                case "flush" -> lab.flushZone(ZONE);
                default -> {
                    send(lab, rst);
                    lab.nowMs += 12_000;
                }
            }
            assertEquals(4, users(lab));
            lab.sweepAll();
            int left = way.equals("rst") ? 3 : 0;
            assertEquals(left, users(lab));
            assertEquals(List.of(), events(lab));
            // Held: nobody else has it, but its client may come again.
            assertEquals(0, udp(lab, false, 9, 4000, 1));
            lab.nowMs += HOLD_MS - 1;
            lab.sweepAll();
            assertEquals(blockOf(port), blockOf(send(lab, syn)));
            assertTrue(events(lab).stream().noneMatch(each -> each.contains(" 10.0.0.1 ")));
            lab.flushZone(ZONE);
            lab.sweepAll();
            lab.nowMs += HOLD_MS;
            lab.sweepAll();
            assertTrue(events(lab).contains(block.replace("allocated", "released")));
            assertEquals(0, users(lab));
            for (int client = 10; client < 14; client++) {
                assertNotEquals(0, udp(lab, false, client, 4000, 1));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"false,ENDPOINT_INDEPENDENT", "true,ADDRESS_DEPENDENT"})
    void mappingsAreOfTheirClientsBlocks(boolean ipv6, Filtering filtering) {
        NatRange range = range(ipv6, 1).with(Mapping.ENDPOINT_INDEPENDENT, filtering);
        try (Lab lab = lab(range, 4096)) {
            Set<Integer> ports = new HashSet<>();
            for (int i = 0; i < SIZE; i++) {
                int port = udp(lab, ipv6, 1, 4000 + i, 1);
                assertTrue(ports.add(port));
                assertEquals(port, udp(lab, ipv6, 1, 4000 + i, 2));
            }
            assertEquals(1, ports.stream().map(PortBlockTest::blockOf).distinct().count());
            // A block has so many mappings, wherever they go.
            assertEquals(0, udp(lab, ipv6, 1, 9000, 3));
            assertEquals(1, lab.dropped(DropReason.NAT_BLOCK_LIMIT));
            assertEquals(1, events(lab).size());
            assertEquals(SIZE, users(lab));
            // The connections end, then the mappings, then the block.
            lab.nowMs += UDP_SILENCE_MS;
            lab.sweepAll();
            assertEquals(SIZE, users(lab));
            lab.nowMs += MAPPING_MS;
            lab.sweepAll();
            assertEquals(0, users(lab));
            assertEquals(List.of(), events(lab));
            lab.nowMs += HOLD_MS;
            lab.sweepAll();
            assertEquals(1, events(lab).size());
        }
    }

    @Test
    void aTraceTellsTheSameAndTakesNothing() {
        try (Lab lab = lab(range(false, 1), 4096)) {
            for (int i = 0; i < SIZE; i++) {
                byte[] frame = frame(false, 1, 1).ports(4000 + i, 53).udp();
                int traced = sentPort(lab.trace(INSIDE, frame).events());
                assertEquals(i == 0 ? 0 : 1, lab.translations.blocks().lastNumber());
                assertEquals(send(lab, frame), traced);
            }
            byte[] refused = frame(false, 1, 1).ports(9000, 53).udp();
            assertTrue(lab.trace(INSIDE, refused).toString().contains("NAT_BLOCK_LIMIT"));
            assertEquals(0, lab.dropped(DropReason.NAT_BLOCK_LIMIT));
        }
    }

    private static int sentPort(List<TraceEvent.Node> nodes) {
        int port = 0;
        for (TraceEvent.Node node : nodes) {
            if (node.event() instanceof TraceEvent.SentTo to) {
                return (int) Field.TP_SRC.get(to.packet().key());
            }
            port = Math.max(port, sentPort(node.within()));
        }
        return port;
    }

    /**
     * In a table that is too small, with a zone limit that comes and goes, resets, silence and
     * flushes: what uses blocks is what is in the table, at every moment.
     */
    @Test
    void usesAreCountedExactly() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        try (Lab lab = lab(range(false, 2).with(new Blocks(SIZE, 2, 0)), 100)) {
            int most = 0;
            int released = 0;
            for (int step = 0; step < 20_000; step++) {
                switch (random.nextInt(400)) {
                    case 0 -> lab.flushZone(ZONE);
                    case 1 -> lab.table.zones().setLimit(ZONE, random.nextInt(2) * 50);
                    case 2 -> lab.nowMs += random.nextInt(HOLD_MS);
                    case 3, 4, 5 -> lab.sweepAll();
                    case 6 -> lab.table.flush(ConnFilter.ALL, lab.nowMs);
                    default -> {
                        FrameBuilder frame =
                                frame(false, 1 + random.nextInt(5), 1 + random.nextInt(3))
                                        .ports(4000 + random.nextInt(80), 53);
                        int flags = random.nextInt(4) == 0 ? Tcp.RST : Tcp.SYN;
                        send(lab, random.nextBoolean() ? frame.udp() : frame.tcpFlags(flags).tcp());
                    }
                }
                lab.nowMs += random.nextInt(20);
                assertEquals(lab.table.size(), users(lab), "seed " + seed + " step " + step);
                most = Math.max(most, lab.table.size());
                released += (int) events(lab).stream().filter(e -> e.contains("released")).count();
            }
            assertEquals(100, most);
            assertTrue(released > 0, "seed " + seed);
            assertTrue(lab.dropped(DropReason.CT_ZONE_LIMIT) > 0, "seed " + seed);
            System.out.printf(
                    "%d blocks released, %d refused for want of one%n",
                    released, lab.dropped(DropReason.NAT_EXHAUSTED));
        }
    }
}
