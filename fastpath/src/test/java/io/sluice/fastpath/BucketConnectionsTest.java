package io.sluice.fastpath;

import static io.sluice.fastpath.Flows.any;
import static io.sluice.fastpath.Flows.commit;
import static io.sluice.fastpath.Flows.ctNat;
import static io.sluice.fastpath.Flows.dnat;
import static io.sluice.fastpath.Flows.flow;
import static io.sluice.fastpath.Flows.output;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.fastpath.Group.Bucket;
import io.sluice.packet.FrameBuilder;
import io.sluice.packet.Tcp;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that are made in buckets of select groups, translated to a server each. */
class BucketConnectionsTest {
    private static final int CLIENTS = 1;
    private static final int FIRST_SERVER = 2;
    private static final int ZONE = 5;
    private static final int MS = 1000;
    private static final String VIP = "192.0.2.10";

    private static String address(int server) {
        return "10.0.0." + server;
    }

    /** Servers 2, 3 ... are at the ports of these numbers; each bucket watches its port. */
    private static Bucket bucket(int server, int weight) {
        return new Bucket(
                server,
                address(server),
                weight,
                OptionalInt.of(server),
                OptionalInt.empty(),
                List.of(
                        commit(ZONE, dnat(address(server), address(server), 8080)),
                        output(server)));
    }

    private static Group group(Selection.Method method, int affinitySeconds, int... weights) {
        List<Bucket> buckets = new ArrayList<>();
        for (int i = 0; i < weights.length; i++) {
            buckets.add(bucket(FIRST_SERVER + i, weights[i]));
        }
        return new Group(
                1,
                Group.Type.SELECT,
                new Selection(method, 0, List.of(), affinitySeconds, 1024),
                buckets);
    }

    /** Every packet of clients goes to the group, also those of known connections. */
    private static Lab lab(boolean cache, Group group) {
        Lab lab = new Lab(5, cache, 1024);
        lab.publish(
                List.of(
                        flow(0, 2, any().exact(Field.IN_PORT, CLIENTS), ctNat(ZONE, 1)),
                        flow(0, 1, any(), ctNat(ZONE, 2)),
                        flow(1, 1, any(), new Action.Group(1)),
                        flow(2, 1, any(), output(CLIENTS))),
                List.of(group));
        return lab;
    }

    /** Changes the group that was published; returns what takes its place. */
    private static Group change(Lab lab, Group before, Group after) {
        Group changed = after.inPlaceOf(before);
        lab.publish(new RuleChange(List.of(), List.of(), List.of(changed), List.of(), List.of()));
        return changed;
    }

    private static FrameBuilder request(int client, int port) {
        return new FrameBuilder().ip("10.1.0." + client, VIP).ports(port, 80);
    }

    /** The server that gets the frame, which is translated to it; 0 when it is dropped. */
    private static int server(Lab lab, byte[] frame) {
        lab.receive(CLIENTS, frame);
        int server = 0;
        for (int port = FIRST_SERVER; port <= 5; port++) {
            for (byte[] sent : lab.sent(port)) {
                assertEquals(0, server, "sent twice");
                server = port;
                assertEquals(address(server), Frames.dst(sent));
                assertEquals(8080, Frames.dstPort(sent));
                assertTrue(Frames.hasRightChecksums(sent));
            }
        }
        return server;
    }

    private static int udp(Lab lab, int client, int port) {
        return server(lab, request(client, port).udp());
    }

    private static List<Integer> servers(Lab lab, int firstPort, int count) {
        List<Integer> servers = new ArrayList<>();
        for (int port = firstPort; port < firstPort + count; port++) {
            servers.add(udp(lab, 1, port));
        }
        return servers;
    }

    private static long live(Lab lab, int server) {
        return lab.connections(1, server).live();
    }

    @Test
    void roundRobinTakesTurnsByWeightAndGoesOnAfterAChange() {
        Group group = group(Selection.Method.ROUND_ROBIN, 0, 2, 1, 1);
        try (Lab lab = lab(true, group)) {
            assertEquals(List.of(2, 3, 4, 2, 2, 3, 4, 2), servers(lab, 1, 8));
            assertEquals(2, udp(lab, 1, 9));
            // Another group's change is none of this one's.
            lab.publish(
                    new RuleChange(
                            List.of(),
                            List.of(flow(7, 1, any())),
                            List.of(group),
                            List.of(),
                            List.of()));
            assertEquals(List.of(3, 4, 2), servers(lab, 10, 3));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void roundRobinKeepsEachConnectionTogether(boolean cache) {
        try (Lab lab = lab(cache, group(Selection.Method.ROUND_ROBIN, 0, 1, 1, 1, 1))) {
            for (int port = 1; port <= 40; port++) {
                int first = udp(lab, 1, port);
                assertEquals(FIRST_SERVER + (port - 1) % 4, first);
                byte[] answer =
                        new FrameBuilder().ip(address(first), "10.1.0.1").ports(8080, port).udp();
                lab.receive(first, answer);
                assertEquals(VIP, Frames.src(lab.sent(CLIENTS).getFirst()));
                for (int i = 0; i < 5; i++) {
                    assertEquals(first, udp(lab, 1, port));
                }
            }
            // The first compiles the way, the four others find it.
            assertEquals(cache ? 160 : 0, lab.pipeline.hits());
        }
    }

    /** Whatever becomes of the group, as long as it has the bucket, and its link is up. */
    @ParameterizedTest
    @EnumSource(names = {"MAGLEV", "SOURCE_HASH", "ROUND_ROBIN", "LEAST_CONNECTIONS"})
    void establishedConnectionsNeverMove(Selection.Method method) {
        Group group = group(method, 0, 1, 1, 1);
        try (Lab lab = lab(true, group)) {
            List<Integer> before = new ArrayList<>();
            for (int client = 1; client <= 60; client++) {
                before.add(udp(lab, client, 4000));
            }
            Group more = group(method, 0, 0, 1, 7, 5);
            change(lab, group, more);
            for (int round = 0; round < 3; round++) {
                for (int client = 1; client <= 60; client++) {
                    assertEquals(
                            before.get(client - 1), udp(lab, client, 4000), "client " + client);
                }
            }
            assertTrue(before.contains(2) && before.contains(3) && before.contains(4));
            // The first is drained.
            for (int client = 1; client <= 60; client++) {
                assertTrue(udp(lab, client, 5000) > 2);
            }
            assertEquals(before.stream().filter(server -> server == 2).count(), live(lab, 2));
            assertEquals(120, live(lab, 2) + live(lab, 3) + live(lab, 4) + live(lab, 5));
            lab.nowMs += 3600 * MS;
            lab.sweepAll();
            assertEquals(0, live(lab, 2) + live(lab, 3) + live(lab, 4) + live(lab, 5));
            assertEquals(
                    before.stream().filter(server -> server == 2).count(),
                    lab.connections(1, 2).made());
        }
    }

    @Test
    void leastConnectionsFillsUpWhereSomeHaveEnded() {
        try (Lab lab = lab(true, group(Selection.Method.LEAST_CONNECTIONS, 0, 1, 1, 2))) {
            servers(lab, 1, 40);
            assertEquals(List.of(10L, 10L, 20L), List.of(live(lab, 2), live(lab, 3), live(lab, 4)));
            // Those that are silent end; some of the first server's are not.
            lab.nowMs += 20 * MS;
            int kept = 0;
            for (int port = 1; kept < 4; port++) {
                kept += udp(lab, 1, port) == 2 ? 1 : 0;
            }
            long others = live(lab, 3) + live(lab, 4);
            assertEquals(30, others);
            lab.nowMs += 20 * MS;
            lab.sweepAll();
            assertTrue(live(lab, 2) >= 4, live(lab, 2) + " live");
            servers(lab, 100, 36);
            double all = (double) (live(lab, 2) + live(lab, 3) + live(lab, 4));
            assertEquals(all / 4.0, (double) live(lab, 2), 1);
            assertEquals(all / 4.0, (double) live(lab, 3), 1);
            assertEquals(all / 2.0, (double) live(lab, 4), 1);
        }
    }

    private static int tcp(Lab lab, int flags, int seq, int ack) {
        return server(lab, request(1, 4000).tcpFlags(flags).sequence(seq, ack).tcp());
    }

    private static void answer(Lab lab, int server, int flags, int seq, int ack) {
        lab.receive(
                server,
                new FrameBuilder()
                        .ip(address(server), "10.1.0.1")
                        .ports(8080, 4000)
                        .tcpFlags(flags)
                        .sequence(seq, ack)
                        .tcp());
        assertEquals(1, lab.sent(CLIENTS).size());
    }

    private static int connect(Lab lab) {
        int server = tcp(lab, Tcp.SYN, 100, 0);
        answer(lab, server, Tcp.SYN | Tcp.ACK, 500, 101);
        assertEquals(server, tcp(lab, Tcp.ACK, 101, 501));
        return server;
    }

    @Test
    void tcpCountsUntilBothSidesHaveClosed() {
        try (Lab lab = lab(true, group(Selection.Method.LEAST_CONNECTIONS, 0, 1))) {
            int server = connect(lab);
            assertEquals(1, live(lab, server));
            assertEquals(server, tcp(lab, Tcp.FIN | Tcp.ACK, 101, 501));
            answer(lab, server, Tcp.ACK, 501, 102);
            assertEquals(1, live(lab, server));
            answer(lab, server, Tcp.FIN | Tcp.ACK, 501, 102);
            assertEquals(0, live(lab, server));
            // The connection is there still, and its last packets go where it went.
            assertEquals(server, tcp(lab, Tcp.ACK, 102, 502));
            assertEquals(1, lab.connections().size());
            lab.nowMs += 600 * MS;
            lab.sweepAll();
            assertEquals(0, lab.connections().size());
            assertEquals(1, lab.connections(1, server).made());
            // It was counted out once: the next one makes it one.
            assertEquals(1, live(lab, connect(lab)));
        }
    }

    @Test
    void tcpCountsUntilItIsReset() {
        try (Lab lab = lab(true, group(Selection.Method.MAGLEV, 0, 1, 1))) {
            int server = connect(lab);
            assertEquals(1, live(lab, server));
            answer(lab, server, Tcp.RST, 501, 0);
            assertEquals(0, live(lab, server));
        }
    }

    @Test
    void aFlushIsCountedWhenTheSweepHasCome() {
        try (Lab lab = lab(true, group(Selection.Method.MAGLEV, 0, 1))) {
            servers(lab, 1, 20);
            assertEquals(20, live(lab, 2));
            lab.flushZone(ZONE);
            lab.sweepAll();
            assertEquals(0, live(lab, 2));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"MAGLEV", "ROUND_ROBIN", "LEAST_CONNECTIONS"})
    void aClientStaysWithItsServerForAWhile(Selection.Method method) {
        Group group = group(method, 60, 1, 1, 1, 1);
        try (Lab lab = lab(true, group)) {
            List<Integer> first = new ArrayList<>();
            for (int client = 1; client <= 20; client++) {
                first.add(udp(lab, client, 1));
            }
            for (int round = 0; round < 3; round++) {
                lab.nowMs += 50 * MS;
                for (int client = 1; client <= 20; client++) {
                    assertEquals(first.get(client - 1), udp(lab, client, 2 + round));
                }
            }
            // A server that is drained keeps no clients, and others keep theirs.
            group = change(lab, group, group(method, 60, 0, 1, 1, 1));
            int moved = 0;
            for (int client = 1; client <= 20; client++) {
                int server = udp(lab, client, 10);
                boolean stays = first.get(client - 1) != 2;
                assertEquals(stays, server == first.get(client - 1));
                moved += stays ? 0 : 1;
                assertEquals(server, udp(lab, client, 11));
            }
            assertTrue(moved > 0);
            // Nobody is remembered after the time.
            lab.nowMs += 70 * MS;
            group = change(lab, group, group(method, 60, 1, 0, 0, 0));
            assertEquals(2, udp(lab, 1, 20));
            change(lab, group, group(method, 60, 1, 1, 1, 1));
            assertEquals(2, udp(lab, 1, 21));
        }
    }

    @Test
    void aDeadServerIsLeftAlsoByItsConnectionsAndClients() {
        Group group = group(Selection.Method.ROUND_ROBIN, 60, 1, 1);
        try (Lab lab = lab(true, group)) {
            assertEquals(2, udp(lab, 1, 1));
            lab.setLink(2, false);
            // Its translation stays, whatever bucket it goes through.
            lab.receive(CLIENTS, request(1, 1).udp());
            assertEquals(address(2), Frames.dst(lab.sent(3).getFirst()));
            assertEquals(3, udp(lab, 1, 2));
            lab.setLink(2, true);
            assertEquals(2, udp(lab, 1, 1));
            assertEquals(3, udp(lab, 1, 3));
        }
    }

    @Test
    void aTraceChoosesAndChangesNothing() {
        try (Lab lab = lab(true, group(Selection.Method.ROUND_ROBIN, 60, 1, 1))) {
            for (int i = 0; i < 3; i++) {
                String told = lab.trace(CLIENTS, request(1, 1).udp()).toString();
                assertTrue(told.contains("InBucket[group=1, bucketId=2, reason=TURN]"), told);
            }
            assertEquals(0, lab.connections(1, 2).made());
            assertEquals(List.of(2, 2, 2), servers(lab, 1, 3));
            assertEquals(3, udp(lab, 2, 1));
            String client = lab.trace(CLIENTS, request(2, 7).udp()).toString();
            assertTrue(client.contains("InBucket[group=1, bucketId=3, reason=CLIENT]"), client);
            String known = lab.trace(CLIENTS, request(2, 1).udp()).toString();
            assertTrue(known.contains("InBucket[group=1, bucketId=3, reason=CONNECTION]"), known);
        }
    }
}
