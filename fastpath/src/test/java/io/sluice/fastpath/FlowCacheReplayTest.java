package io.sluice.fastpath;

import static io.sluice.fastpath.Flows.any;
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
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.AddressText;
import io.sluice.packet.Ethernet;
import io.sluice.packet.FrameBuilder;
import io.sluice.packet.Icmp;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Tcp;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The same packets through two pipelines, one with its flow cache and one without: the packets
 * sent, the connections, the drops and the flows' counters must be the same.
 */
class FlowCacheReplayTest {
    private static final int PORTS = 3;
    private static final int BURSTS = 1000;
    private static final int CLIENTS = 1;
    private static final int SERVERS = 2;
    private static final int SWITCH = 3;
    private static final String VIP = "192.0.2.10";

    private final List<byte[]> seenAtServers = new ArrayList<>();

    // TCP goes on, so that windows move.
    private int tcpBase = -10_000;

    /** A firewall, a balancer through a group, SNAT in a second zone, and a learning switch. */
    private static List<Flow> flows() {
        Match.Builder fromClients = ip().exact(Field.IN_PORT, CLIENTS);
        int vip = AddressText.parseIpv4(VIP);
        return List.of(
                flow(0, 1, any(), new Action.Normal()),
                flow(0, 10, ip().exact(Field.IN_PORT, SWITCH), new Action.Normal()),
                flow(0, 5, ip(), ctNat(1, 1)),
                flow(
                        1,
                        20,
                        isNew(ip(Ipv4.PROTO_UDP))
                                .exact(Field.IN_PORT, CLIENTS)
                                .exact(Field.NW_DST, vip),
                        new Action.Group(7)),
                flow(
                        1,
                        20,
                        isNew(ip(Ipv4.PROTO_TCP))
                                .exact(Field.IN_PORT, CLIENTS)
                                .exact(Field.NW_DST, vip),
                        new Action.Group(7)),
                flow(1, 10, isNew(fromClients), commit(1), ctNat(2, 2)),
                flow(1, 9, isEstablished(ip()).exact(Field.IN_PORT, CLIENTS), ctNat(2, 2)),
                flow(
                        1,
                        9,
                        isEstablished(ip()).exact(Field.IN_PORT, SERVERS),
                        Action.Set.whole(Field.ETH_SRC, 0x02AA00000001L),
                        new Action.Group(8),
                        Action.Set.whole(Field.NW_TOS, 0x10)),
                flow(1, 8, ip().exact(Field.IN_PORT, SERVERS), ct(2, 3)),
                flow(2, 1, any(), commit(2, snat("198.51.100.1", 0, 0)), output(SERVERS)),
                flow(3, 1, isEstablished(ip()), output(CLIENTS)),
                flow(3, 0, any()));
    }

    private static List<Group> groups() {
        List<Group.Bucket> buckets = new ArrayList<>();
        for (int server = 1; server <= 3; server++) {
            String address = "10.0.0.1" + server;
            buckets.add(
                    new Group.Bucket(
                            server,
                            List.of(
                                    commit(1, dnat(address, address, 8080)),
                                    Action.Set.whole(Field.ETH_DST, 0x020000000010L + server),
                                    output(SERVERS))));
        }
        return List.of(
                new Group(7, Group.Type.SELECT, Selection.DEFAULT, buckets), byAddress(), live());
    }

    /** To clients: some at once, some through another group with changes on the way. */
    private static Group byAddress() {
        HashedField destination =
                new HashedField("ip_dst", Field.NW_DST, 0, 0xFF, 0x0800, HashedField.ANY);
        HashedField ttl = new HashedField("nw_ttl", Field.NW_TTL, 0, 0xF, 0x0800, HashedField.ANY);
        return new Group(
                8,
                Group.Type.SELECT,
                new Selection(Selection.Method.HASH, 5, List.of(destination, ttl)),
                List.of(
                        new Group.Bucket(1, List.of(output(CLIENTS))),
                        new Group.Bucket(
                                2,
                                List.of(
                                        Action.Set.whole(Field.ETH_DST, 0x02AA00000002L),
                                        new Action.Group(9)))));
    }

    private static Group live() {
        List<Action> actions =
                List.of(Action.Set.whole(Field.ETH_SRC, 0x02AA00000003L), output(CLIENTS));
        Group.Bucket bucket =
                new Group.Bucket(
                        Group.Bucket.NO_ID,
                        1,
                        OptionalInt.of(SWITCH),
                        OptionalInt.empty(),
                        actions);
        return new Group(9, Group.Type.FAST_FAILOVER, Selection.DEFAULT, List.of(bucket));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void theCacheChangesNoPacketAndNoConnection(long seed) {
        Random random = new Random(seed);
        List<Flow> flows = flows();
        List<Flow> sameFlows = flows();
        List<Group> groups = groups();
        List<Group> sameGroups = groups();
        try (Lab cached = new Lab(PORTS, true, 512);
                Lab plain = new Lab(PORTS, false, 512)) {
            cached.publish(flows, groups);
            plain.publish(sameFlows, sameGroups);
            for (int burst = 0; burst < BURSTS; burst++) {
                int port = 1 + random.nextInt(PORTS);
                tcpBase += 30;
                List<byte[]> frames = new ArrayList<>();
                for (int i = random.nextInt(Pipeline.BURST) + 1; i > 0; i--) {
                    frames.add(frame(random, port));
                }
                cached.receive(port, frames);
                plain.receive(port, frames);
                compareSent(cached, plain, burst);
                change(random, cached, plain, flows, sameFlows, groups, sameGroups);
            }
            assertEquals(plain.connections(), cached.connections());
            assertEquals(plain.windows(), cached.windows());
            for (DropReason reason : DropReason.values()) {
                assertEquals(plain.dropped(reason), cached.dropped(reason), reason.label());
            }
            cached.pipeline.fold();
            plain.pipeline.fold();
            for (int i = 0; i < flows.size(); i++) {
                assertEquals(
                        sameFlows.get(i).counters().packets(), flows.get(i).counters().packets());
                assertEquals(sameFlows.get(i).counters().bytes(), flows.get(i).counters().bytes());
            }
            for (int i = 0; i < groups.size(); i++) {
                assertEquals(counted(sameGroups.get(i)), counted(groups.get(i)));
            }
            for (int zone = 1; zone <= 2; zone++) {
                assertEquals(plain.table.zones().stats(zone), cached.table.zones().stats(zone));
            }
            assertEquals(0, plain.pipeline.hits());
            long share =
                    100
                            * cached.pipeline.hits()
                            / (cached.pipeline.hits() + cached.pipeline.slow());
            assertTrue(share >= 20, "only " + share + " % were hits: the test shows nothing");
        }
    }

    private static List<Long> counted(Group group) {
        List<Long> packets = new ArrayList<>(List.of(group.counters().packets()));
        group.buckets().forEach(bucket -> packets.add(bucket.counters().packets()));
        return packets;
    }

    private void compareSent(Lab cached, Lab plain, int burst) {
        for (int port = 1; port <= PORTS; port++) {
            List<byte[]> expected = plain.sent(port);
            List<byte[]> actual = cached.sent(port);
            assertEquals(expected.size(), actual.size(), "burst " + burst + ", port " + port);
            for (int i = 0; i < expected.size(); i++) {
                int at = i;
                assertArrayEquals(
                        expected.get(i),
                        actual.get(i),
                        () ->
                                "burst "
                                        + burst
                                        + ", port "
                                        + at
                                        + "\nexpected "
                                        + hex(expected)
                                        + "\nactual "
                                        + hex(actual));
                byte[] frame = expected.get(i);
                boolean answerable = port == SERVERS && Frames.isIpv4(frame) && frame.length >= 54;
                if (answerable && seenAtServers.size() < 5000) {
                    seenAtServers.add(frame);
                }
            }
        }
    }

    /** Time passes; now and then a zone is flushed, a sweep goes round, or the flows are new. */
    private static void change(
            Random random,
            Lab cached,
            Lab plain,
            List<Flow> flows,
            List<Flow> sameFlows,
            List<Group> groups,
            List<Group> sameGroups) {
        int step = random.nextInt(200) == 0 ? 31_000 : random.nextInt(50);
        cached.nowMs += step;
        plain.nowMs += step;
        switch (random.nextInt(150)) {
            case 0 -> {
                assertEquals(plain.flushZone(1), cached.flushZone(1));
            }
            case 1 -> {
                cached.sweepAll();
                plain.sweepAll();
            }
            case 2 -> {
                cached.publish(flows, groups);
                plain.publish(sameFlows, sameGroups);
            }
            case 3 -> cached.pipeline.refreshLearned();
            case 4 -> {
                boolean up = random.nextInt(3) != 0;
                cached.setLink(SWITCH, up);
                plain.setLink(SWITCH, up);
            }
            default -> {}
        }
    }

    private static String hex(List<byte[]> frames) {
        return String.join("\n", frames.stream().map(HexFormat.of()::formatHex).toList());
    }

    private byte[] frame(Random random, int port) {
        if (random.nextInt(40) == 0) {
            return strange(random);
        }
        if (port == SERVERS && !seenAtServers.isEmpty() && random.nextInt(8) != 0) {
            return answer(random, seenAtServers.get(random.nextInt(seenAtServers.size())));
        }
        int client = random.nextInt(4);
        int target = 1 + (random.nextInt(50) == 0 ? random.nextInt(PORTS) : port % PORTS);
        FrameBuilder builder =
                new FrameBuilder()
                        .eth(
                                0x020000000100L + 16L * port + client,
                                0x020000000100L + 16L * target + client)
                        .ip("10.1.1." + client, random.nextInt(3) == 0 ? "203.0.113.1" : VIP)
                        .ports(4000 + random.nextInt(3), random.nextBoolean() ? 80 : 53)
                        .ttl(random.nextInt(30) == 0 ? 1 : 64)
                        .payload(new byte[random.nextInt(40)]);
        return switch (random.nextInt(10)) {
            case 0 -> builder.icmp();
            case 1 -> builder.arp(1);
            case 2 -> builder.withoutUdpChecksum().udp();
            case 3, 4, 5 -> builder.udp();
            default -> RandomTcp.numbers(builder, random, tcpBase).tcpFlags(tcpFlags(random)).tcp();
        };
    }

    private static int tcpFlags(Random random) {
        return switch (random.nextInt(60)) {
            case 0, 1 -> Tcp.SYN;
            case 2 -> Tcp.FIN | Tcp.ACK;
            case 3 -> random.nextInt(3) == 0 ? Tcp.RST : Tcp.SYN | Tcp.ACK;
            default -> Tcp.ACK;
        };
    }

    /** What the receiver of the frame would send back. */
    private byte[] answer(Random random, byte[] frame) {
        FrameBuilder builder =
                new FrameBuilder()
                        .eth(0x020000000011L, 0x020000000101L)
                        .ip(Frames.dst(frame), Frames.src(frame))
                        .payload(new byte[random.nextInt(20)]);
        return switch (Frames.proto(frame)) {
            case Ipv4.PROTO_ICMP ->
                    builder.icmpType(Icmp.ECHO_REPLY)
                            .ports(ByteBuffer.wrap(frame).getShort(38) & 0xFFFF, 0)
                            .icmp();
            case Ipv4.PROTO_UDP ->
                    builder.ports(Frames.dstPort(frame), Frames.srcPort(frame)).udp();
            default -> {
                boolean opens = (frame[47] & (Tcp.SYN | Tcp.ACK)) == Tcp.SYN;
                int flags = opens ? Tcp.SYN | Tcp.ACK : tcpFlags(random);
                yield RandomTcp.numbers(builder, random, tcpBase)
                        .ports(Frames.dstPort(frame), Frames.srcPort(frame))
                        .tcpFlags(flags)
                        .tcp();
            }
        };
    }

    /** Cut short, impossible lengths, fragments, other protocols, random bytes. */
    private static byte[] strange(Random random) {
        FrameBuilder builder = new FrameBuilder().ip("10.1.1.1", VIP).ports(4000, 80);
        byte[] udp = builder.udp();
        switch (random.nextInt(8)) {
            case 0 -> {
                return Arrays.copyOf(udp, random.nextInt(udp.length));
            }
            case 1 -> udp[14] = (byte) random.nextInt(256);
            case 2 -> ByteBuffer.wrap(udp).putShort(16, (short) random.nextInt(65536));
            case 3 -> ByteBuffer.wrap(udp).putShort(38, (short) random.nextInt(65536));
            case 4 -> {
                return builder.fragment(random.nextInt(65536)).udp();
            }
            case 5 -> {
                return builder.ipv4(random.nextInt(256), new byte[random.nextInt(30)]);
            }
            case 6 -> {
                byte[] tcp = builder.tcp();
                tcp[46] = (byte) random.nextInt(256);
                return tcp;
            }
            default -> {
                byte[] noise = new byte[random.nextInt(100)];
                random.nextBytes(noise);
                return noise;
            }
        }
        return builder.ethernet(Ethernet.TYPE_IPV4, Arrays.copyOfRange(udp, 14, udp.length));
    }
}
