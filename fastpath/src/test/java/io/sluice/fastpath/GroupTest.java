package io.sluice.fastpath;

import static io.sluice.fastpath.Flows.any;
import static io.sluice.fastpath.Flows.commit;
import static io.sluice.fastpath.Flows.dnat;
import static io.sluice.fastpath.Flows.flow;
import static io.sluice.fastpath.Flows.output;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.fastpath.Group.Bucket;
import io.sluice.packet.FrameBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GroupTest {
    private static final int IN = 1;
    private static final long MAC_A = 0x02AA00000001L;
    private static final long MAC_B = 0x02AA00000002L;
    private static final long MAC_SENT = 0x020000000101L;

    private static Bucket bucket(Action... actions) {
        return new Bucket(1, List.of(actions));
    }

    private static Bucket watching(int port, Action... actions) {
        return new Bucket(
                Bucket.NO_ID, 1, OptionalInt.of(port), OptionalInt.empty(), List.of(actions));
    }

    private static Bucket watchingGroup(int group, Action... actions) {
        return new Bucket(
                Bucket.NO_ID, 1, OptionalInt.empty(), OptionalInt.of(group), List.of(actions));
    }

    private static Group group(int id, Group.Type type, Bucket... buckets) {
        return new Group(id, type, Selection.DEFAULT, List.of(buckets));
    }

    private static Action toGroup(int id) {
        return new Action.Group(id);
    }

    private static Action ethDst(long mac) {
        return Action.Set.whole(Field.ETH_DST, mac);
    }

    /** A lab with four ports whose packets all go to group 1. */
    private static Lab lab(Group... groups) {
        Lab lab = new Lab(4, true, 256);
        lab.publish(List.of(flow(0, 1, any(), toGroup(1))), List.of(groups));
        return lab;
    }

    private static byte[] frame(int port) {
        return new FrameBuilder()
                .eth(0x020000000011L, MAC_SENT)
                .ip("10.1.1.1", "10.2.2.2")
                .ports(port, 80)
                .udp();
    }

    private static long destination(byte[] frame) {
        long mac = 0;
        for (int i = 0; i < 6; i++) {
            mac = (mac << 8) | (frame[i] & 0xFF);
        }
        return mac;
    }

    private static List<Long> destinations(List<byte[]> frames) {
        return frames.stream().map(GroupTest::destination).toList();
    }

    @Test
    void allSendsACopyThroughEachBucket() {
        Group group =
                group(
                        1,
                        Group.Type.ALL,
                        bucket(ethDst(MAC_A), output(2)),
                        bucket(output(3)),
                        bucket(),
                        bucket(ethDst(MAC_B), output(4), output(2)));
        try (Lab lab = lab(group)) {
            lab.receive(IN, frame(1), frame(1));
            assertEquals(List.of(MAC_A, MAC_B, MAC_A, MAC_B), destinations(lab.sent(2)));
            assertEquals(List.of(MAC_SENT, MAC_SENT), destinations(lab.sent(3)));
            assertEquals(List.of(MAC_B, MAC_B), destinations(lab.sent(4)));
            assertEquals(2, group.counters().packets());
            assertEquals(2, group.buckets().get(2).counters().packets());
            assertEquals(2, group.buckets().get(3).counters().packets());
        }
    }

    @Test
    void aBucketTranslatesItsOwnCopyOnly() {
        Group group =
                group(
                        1,
                        Group.Type.ALL,
                        bucket(commit(5, dnat("10.0.0.11", "10.0.0.11", 8080)), output(2)),
                        bucket(output(3)));
        try (Lab lab = lab(group)) {
            for (int i = 0; i < 3; i++) {
                lab.receive(IN, frame(4000));
                byte[] translated = lab.sent(2).getFirst();
                assertEquals("10.0.0.11", Frames.dst(translated));
                assertEquals(8080, Frames.dstPort(translated));
                assertTrue(Frames.hasRightChecksums(translated));
                byte[] plain = lab.sent(3).getFirst();
                assertEquals("10.2.2.2", Frames.dst(plain));
                assertEquals(80, Frames.dstPort(plain));
                assertTrue(Frames.hasRightChecksums(plain));
            }
        }
    }

    @Test
    void whatABucketChangesEndsWithIt() {
        Group group = group(1, Group.Type.INDIRECT, bucket(ethDst(MAC_A), output(2)));
        try (Lab lab = new Lab(3, true, 256)) {
            lab.publish(
                    List.of(flow(0, 1, any(), output(3), toGroup(1), output(3))), List.of(group));
            lab.receive(IN, frame(1), frame(1));
            assertEquals(List.of(MAC_A, MAC_A), destinations(lab.sent(2)));
            assertEquals(
                    List.of(MAC_SENT, MAC_SENT, MAC_SENT, MAC_SENT), destinations(lab.sent(3)));
        }
    }

    @Test
    void aChangeThatABucketDoesNotSendIsNotCached() {
        Group group = group(1, Group.Type.INDIRECT, bucket(ethDst(MAC_A)));
        try (Lab lab = new Lab(2, true, 256)) {
            lab.publish(List.of(flow(0, 1, any(), toGroup(1), output(2))), List.of(group));
            lab.receive(IN, frame(1), frame(1), frame(1));
            assertEquals(List.of(MAC_SENT, MAC_SENT, MAC_SENT), destinations(lab.sent(2)));
        }
    }

    @Test
    void indirectIsCachedAndCounted() {
        Group group = group(1, Group.Type.INDIRECT, bucket(ethDst(MAC_A), output(2)));
        try (Lab lab = lab(group)) {
            lab.receive(IN, frame(1), frame(1), frame(1), frame(1));
            assertEquals(List.of(MAC_A, MAC_A, MAC_A, MAC_A), destinations(lab.sent(2)));
            assertEquals(3, lab.pipeline.hits());
            lab.pipeline.fold();
            assertEquals(4, group.counters().packets());
            assertEquals(4L * frame(1).length, group.counters().bytes());
            assertEquals(4, group.buckets().getFirst().counters().packets());
        }
    }

    /** Within five standard deviations of what the weights say. */
    @Test
    void selectSpreadsConnectionsByWeight() {
        long seed = System.nanoTime();
        Group group =
                new Group(
                        1,
                        Group.Type.SELECT,
                        new Selection(Selection.Method.DP_HASH, seed & 0xFFFFFFFFL, List.of()),
                        List.of(
                                new Bucket(1, List.of(output(2))),
                                new Bucket(3, List.of(output(3))),
                                new Bucket(0, List.of(output(4)))));
        int connections = 4000;
        try (Lab lab = lab(group)) {
            int[] sent = new int[5];
            for (int port = 1; port <= connections; port++) {
                lab.receive(IN, frame(port));
                for (int out = 2; out <= 4; out++) {
                    sent[out] += lab.sent(out).size();
                }
            }
            double deviation = Math.sqrt(connections * 0.25 * 0.75);
            assertEquals(connections * 0.25, sent[2], 5 * deviation, "seed " + seed);
            assertEquals(connections, sent[2] + sent[3]);
            assertEquals(0, sent[4]);
            assertEquals(sent[3], group.buckets().get(1).counters().packets());
        }
    }

    @Test
    void aConnectionKeepsItsBucketAndBothDirectionsShareIt() {
        Group group = group(1, Group.Type.SELECT, bucket(output(2)), bucket(output(3)));
        try (Lab lab = lab(group)) {
            int[] chosen = new int[4];
            for (int port = 1; port <= 100; port++) {
                byte[] back = new FrameBuilder().ip("10.2.2.2", "10.1.1.1").ports(80, port).udp();
                lab.receive(IN, frame(port), frame(port), back, frame(port), back);
                int toTwo = lab.sent(2).size();
                int toThree = lab.sent(3).size();
                assertEquals(5, Math.max(toTwo, toThree), "port " + port);
                assertEquals(0, Math.min(toTwo, toThree), "port " + port);
                chosen[toTwo > 0 ? 2 : 3]++;
            }
            assertTrue(chosen[2] > 20 && chosen[3] > 20, chosen[2] + " and " + chosen[3]);
            assertEquals(300, lab.pipeline.hits());
        }
    }

    @Test
    void ipv6IsSelectedTheSameInBothDirections() {
        Group group = group(1, Group.Type.SELECT, bucket(output(2)), bucket(output(3)));
        try (Lab lab = lab(group)) {
            int toTwo = 0;
            for (int port = 1; port <= 50; port++) {
                byte[] there = new FrameBuilder().ipv6(1, 1, 1, 2).ports(port, 80).udp();
                byte[] back = new FrameBuilder().ipv6(1, 2, 1, 1).ports(80, port).udp();
                lab.receive(IN, there, back, there);
                int sent = lab.sent(2).size();
                assertEquals(3, Math.max(sent, lab.sent(3).size()), "port " + port);
                toTwo += sent / 3;
            }
            assertTrue(toTwo > 10 && toTwo < 40, toTwo + " of 50");
        }
    }

    @Test
    void tagsThatABucketPushesOrTakesOffAreItsOwn() {
        Group group =
                group(
                        1,
                        Group.Type.ALL,
                        bucket(new Action.PushVlan(0x8100), output(2)),
                        bucket(output(3)),
                        bucket(new Action.PopVlan(), output(4)),
                        bucket(output(3)));
        try (Lab lab = lab(group)) {
            byte[] plain = frame(1);
            lab.receive(IN, plain);
            assertEquals(plain.length + 4, lab.sent(2).getFirst().length);
            List<byte[]> unchanged = lab.sent(3);
            assertArrayEquals(plain, unchanged.get(0));
            assertArrayEquals(plain, unchanged.get(1));
            assertArrayEquals(plain, lab.sent(4).getFirst());
            // With the bit that marks it as droppable, which no flow can match.
            byte[] tagged = new FrameBuilder().vlan(0x8100, 0x7005).udp();
            lab.receive(IN, tagged);
            assertEquals(tagged.length + 4, lab.sent(2).getFirst().length);
            unchanged = lab.sent(3);
            assertArrayEquals(tagged, unchanged.get(0));
            assertArrayEquals(tagged, unchanged.get(1));
            assertEquals(tagged.length - 4, lab.sent(4).getFirst().length);
        }
    }

    @Test
    void fragmentsStayTogether() {
        Group group = group(1, Group.Type.SELECT, bucket(output(2)), bucket(output(3)));
        try (Lab lab = lab(group)) {
            for (int host = 1; host <= 50; host++) {
                FrameBuilder packet =
                        new FrameBuilder()
                                .ip("10.1.1." + host, "10.2.2.2")
                                .ports(host, 80)
                                .payload(new byte[64]);
                lab.receive(IN, packet.fragment(0x2000).udp(), packet.fragment(0x2004).udp());
                assertEquals(2, Math.max(lab.sent(2).size(), lab.sent(3).size()), "host " + host);
            }
        }
    }

    private static HashedField hashed(Field field, long mask) {
        return new HashedField(field.text(), field, 0, mask, HashedField.ANY, HashedField.ANY);
    }

    private static Group selectOver(HashedField... fields) {
        List<Bucket> buckets = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            buckets.add(bucket(output(2 + i % 2), ethDst(i)));
        }
        Selection selection = new Selection(Selection.Method.HASH, 0, List.of(fields));
        return new Group(1, Group.Type.SELECT, selection, buckets);
    }

    private static long bucketsUsed(Group group) {
        return group.buckets().stream().filter(each -> each.counters().packets() > 0).count();
    }

    @Test
    void theHashIsOverTheFieldsGiven() {
        Group bySubnet = selectOver(hashed(Field.NW_SRC, 0xFFFFFF00L));
        try (Lab lab = lab(bySubnet)) {
            for (int host = 1; host <= 60; host++) {
                lab.receive(IN, new FrameBuilder().ip("10.1.1." + host, "10.9.9.9").udp());
            }
            assertEquals(1, bucketsUsed(bySubnet));
            for (int subnet = 1; subnet <= 60; subnet++) {
                lab.receive(IN, new FrameBuilder().ip("10.1." + subnet + ".1", "10.9.9.9").udp());
            }
            assertEquals(8, bucketsUsed(bySubnet));
            lab.sent(2);
            lab.sent(3);
        }
    }

    @Test
    void aFieldThatTheFlowCacheDoesNotHoldIsHashedForEachPacket() {
        Group byTtl = selectOver(hashed(Field.NW_TTL, 0xFF));
        try (Lab lab = lab(byTtl)) {
            for (int ttl = 2; ttl < 62; ttl++) {
                lab.receive(IN, new FrameBuilder().ip("10.1.1.1", "10.9.9.9").ttl(ttl).udp());
            }
            assertEquals(8, bucketsUsed(byTtl));
            assertEquals(0, lab.pipeline.hits());
            lab.sent(2);
            lab.sent(3);
        }
    }

    @Test
    void aFieldThatThePacketDoesNotHaveDoesNotCount() {
        Group byTcpPort =
                selectOver(new HashedField("tcp_src", Field.TP_SRC, 0, 0xFFFF, HashedField.ANY, 6));
        try (Lab lab = lab(byTcpPort)) {
            for (int port = 1; port <= 60; port++) {
                lab.receive(IN, frame(port));
            }
            assertEquals(1, bucketsUsed(byTcpPort));
            for (int port = 1; port <= 60; port++) {
                lab.receive(IN, new FrameBuilder().ip("10.1.1.1", "10.9.9.9").ports(port, 1).tcp());
            }
            assertEquals(8, bucketsUsed(byTcpPort));
            lab.sent(2);
            lab.sent(3);
        }
    }

    @Test
    void aSelectGroupPassesDeadBucketsBy() {
        Group group = group(1, Group.Type.SELECT, watching(2, output(2)), watching(3, output(3)));
        try (Lab lab = lab(group)) {
            for (int port = 1; port <= 50; port++) {
                lab.receive(IN, frame(port));
            }
            int before = lab.sent(3).size();
            assertEquals(50 - before, lab.sent(2).size());
            lab.setLink(3, false);
            for (int port = 1; port <= 50; port++) {
                lab.receive(IN, frame(port));
            }
            assertEquals(50, lab.sent(2).size());
            lab.setLink(3, true);
            for (int port = 1; port <= 50; port++) {
                lab.receive(IN, frame(port));
            }
            assertEquals(before, lab.sent(3).size());
            lab.sent(2);
            lab.setLink(3, false);
            lab.setLink(2, false);
            lab.receive(IN, frame(1));
            assertEquals(1, lab.dropped(DropReason.NO_BUCKET));
        }
    }

    @Test
    void failoverFollowsTheLinksAtOnce() {
        Group group =
                group(
                        1,
                        Group.Type.FAST_FAILOVER,
                        watching(2, output(2)),
                        watching(3, output(3)),
                        watching(99, output(4)));
        try (Lab lab = lab(group)) {
            lab.receive(IN, frame(1), frame(1), frame(1));
            assertEquals(2, lab.pipeline.hits());
            assertEquals(3, lab.sent(2).size());
            lab.setLink(2, false);
            lab.receive(IN, frame(1), frame(1));
            assertEquals(2, lab.sent(3).size());
            lab.setLink(3, false);
            lab.receive(IN, frame(1));
            assertEquals(1, lab.dropped(DropReason.NO_BUCKET));
            lab.setLink(2, true);
            lab.receive(IN, frame(1));
            assertEquals(1, lab.sent(2).size());
            lab.pipeline.fold();
            assertEquals(7, group.counters().packets());
            assertEquals(4, group.buckets().getFirst().counters().packets());
        }
    }

    @Test
    void aWatchedGroupIsLiveWhileOneOfItsBucketsIs() {
        Group[] groups = {
            group(
                    1,
                    Group.Type.FAST_FAILOVER,
                    watchingGroup(7, output(4)),
                    watchingGroup(2, toGroup(2)),
                    watching(4, output(4))),
            group(2, Group.Type.FAST_FAILOVER, watching(2, output(2)), watching(3, output(3)))
        };
        try (Lab lab = lab(groups)) {
            lab.receive(IN, frame(1));
            assertEquals(1, lab.sent(2).size());
            lab.setLink(2, false);
            lab.receive(IN, frame(1));
            assertEquals(1, lab.sent(3).size());
            lab.setLink(3, false);
            lab.receive(IN, frame(1));
            assertEquals(1, lab.sent(4).size());
        }
    }

    @Test
    void groupsNestAndEachCounts() {
        Group[] groups = {
            group(1, Group.Type.ALL, bucket(ethDst(MAC_A), toGroup(2)), bucket(toGroup(3))),
            group(2, Group.Type.SELECT, bucket(toGroup(3))),
            group(3, Group.Type.INDIRECT, bucket(output(2)))
        };
        try (Lab lab = lab(groups)) {
            lab.receive(IN, frame(1));
            assertEquals(List.of(MAC_A, MAC_SENT), destinations(lab.sent(2)));
            assertEquals(1, groups[0].counters().packets());
            assertEquals(1, groups[1].counters().packets());
            assertEquals(2, groups[2].counters().packets());
        }
    }

    @Test
    void aLoopThroughATableEndsAtTheLimit() {
        Group group = group(1, Group.Type.INDIRECT, bucket(Action.Resubmit.to(0)));
        try (Lab lab = lab(group)) {
            lab.receive(IN, frame(1), frame(1));
            assertEquals(2, lab.dropped(DropReason.RESUBMIT_LIMIT));
        }
    }

    @Test
    void aMissingGroupAndOneWithoutBucketsDrop() {
        try (Lab lab = lab()) {
            lab.receive(IN, frame(1));
            assertEquals(1, lab.dropped(DropReason.NO_GROUP));
        }
        try (Lab lab = lab(group(1, Group.Type.SELECT))) {
            lab.receive(IN, frame(1));
            assertEquals(1, lab.dropped(DropReason.NO_BUCKET));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void takingABucketOutMovesOnlyItsConnections(long direction) {
        Group before =
                group(
                        1,
                        Group.Type.SELECT,
                        bucket(output(2)),
                        bucket(output(3)),
                        bucket(output(4)));
        Group written =
                direction == 1
                        ? group(1, Group.Type.SELECT, bucket(output(3)), bucket(output(4)))
                        : group(1, Group.Type.SELECT, bucket(output(4)), bucket(output(3)));
        Group after = written.inPlaceOf(before);
        try (Lab lab = lab(before)) {
            int[] was = new int[101];
            for (int port = 1; port <= 100; port++) {
                lab.receive(IN, frame(port));
                was[port] = outputOf(lab);
            }
            lab.publish(List.of(flow(0, 1, any(), toGroup(1))), List.of(after));
            for (int port = 1; port <= 100; port++) {
                lab.receive(IN, frame(port));
                int is = outputOf(lab);
                assertTrue(was[port] == 2 || was[port] == is, was[port] + " became " + is);
            }
            assertEquals(200, after.counters().packets());
            Bucket kept =
                    after.buckets().stream()
                            .filter(each -> each.actions().contains(output(3)))
                            .findFirst()
                            .orElseThrow();
            assertEquals(1, kept.id());
            assertTrue(kept.counters().packets() > 40, "its counters begin anew");
        }
    }

    private static int outputOf(Lab lab) {
        for (int out = 2; out <= 4; out++) {
            if (!lab.sent(out).isEmpty()) {
                return out;
            }
        }
        throw new AssertionError("nothing was sent");
    }
}
