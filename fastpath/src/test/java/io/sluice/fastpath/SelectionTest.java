package io.sluice.fastpath;

import static io.sluice.fastpath.Flows.any;
import static io.sluice.fastpath.Flows.flow;
import static io.sluice.fastpath.Flows.output;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.fastpath.Group.Bucket;
import io.sluice.packet.FrameBuilder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Select groups whose buckets have their shares of a table, by name. */
class SelectionTest {
    private static final int IN = 1;
    private static final int FLOWS = 300;

    /** A bucket that outputs, and watches its port. */
    private static Bucket bucket(int id, String name, int weight, int port) {
        return new Bucket(
                id, name, weight, OptionalInt.of(port), OptionalInt.empty(), List.of(output(port)));
    }

    private static Group group(Selection.Method method, Bucket... buckets) {
        return new Group(
                1, Group.Type.SELECT, new Selection(method, 0, List.of()), List.of(buckets));
    }

    private static void publish(Lab lab, Group group) {
        lab.publish(List.of(flow(0, 1, any(), new Action.Group(1))), List.of(group));
    }

    private static byte[] frame(int client, int port) {
        return new FrameBuilder()
                .ip("10.1." + (client >> 8) + "." + (client & 0xFF), "10.2.2.2")
                .ports(port, 80)
                .udp();
    }

    /** The port that each of some flows leaves by. */
    private static List<Integer> ways(Lab lab, int ports) {
        List<Integer> ways = new ArrayList<>();
        for (int i = 0; i < FLOWS; i++) {
            lab.receive(IN, frame(i, 1000 + i));
            int way = 0;
            for (int port = 2; port <= ports; port++) {
                way += port * lab.sent(port).size();
            }
            ways.add(way);
        }
        return ways;
    }

    private static int moved(List<Integer> before, List<Integer> after) {
        int moved = 0;
        for (int i = 0; i < before.size(); i++) {
            moved += before.get(i).equals(after.get(i)) ? 0 : 1;
        }
        return moved;
    }

    @ParameterizedTest
    @EnumSource(names = {"MAGLEV", "SOURCE_HASH"})
    void instancesAgreeByNamesWhateverOrderAndNumbers(Selection.Method method) {
        try (Lab one = new Lab(5, true, 256);
                Lab other = new Lab(5, false, 256)) {
            publish(
                    one,
                    group(
                            method,
                            bucket(0, "a", 1, 2),
                            bucket(1, "b", 2, 3),
                            bucket(2, "c", 1, 4)));
            publish(
                    other,
                    group(
                            method,
                            bucket(9, "c", 1, 4),
                            bucket(0, "b", 2, 3),
                            bucket(4, "a", 1, 2)));
            List<Integer> ways = ways(one, 5);
            assertEquals(ways, ways(other, 5));
            // Five standard deviations.
            assertEquals(FLOWS / 2.0, Collections.frequency(ways, 3), 43);
        }
    }

    @Test
    void sourceHashKeepsAClientTogetherAndMaglevDoesNot() {
        for (Selection.Method method :
                List.of(Selection.Method.SOURCE_HASH, Selection.Method.MAGLEV)) {
            try (Lab lab = new Lab(3, true, 256)) {
                publish(lab, group(method, bucket(0, "", 1, 2), bucket(1, "", 1, 3)));
                boolean together = true;
                for (int client = 0; client < 20; client++) {
                    for (int port = 1; port <= 8; port++) {
                        lab.receive(IN, frame(client, port));
                    }
                    together &= Math.max(lab.sent(2).size(), lab.sent(3).size()) == 8;
                }
                assertEquals(method == Selection.Method.SOURCE_HASH, together);
            }
        }
    }

    @Test
    void deadBucketsLeaveTheTableAndComeBack() {
        try (Lab lab = new Lab(5, true, 256)) {
            Group group =
                    group(
                            Selection.Method.MAGLEV,
                            bucket(0, "a", 1, 2),
                            bucket(1, "b", 1, 3),
                            bucket(2, "c", 1, 4),
                            bucket(3, "d", 1, 5));
            publish(lab, group);
            List<Integer> all = ways(lab, 5);
            lab.setLink(3, false);
            List<Integer> fewer = ways(lab, 5);
            int ofTheDead = Collections.frequency(all, 3);
            assertTrue(fewer.stream().noneMatch(way -> way == 3 || way == 0));
            int moved = moved(all, fewer);
            assertTrue(moved <= ofTheDead + FLOWS / 50, moved + " moved of " + ofTheDead);
            lab.setLink(3, true);
            assertEquals(all, ways(lab, 5));
        }
    }

    @Test
    void packetsAreDroppedWhenNoBucketHasAWeight() {
        try (Lab lab = new Lab(2, true, 256)) {
            publish(lab, group(Selection.Method.MAGLEV, bucket(0, "a", 0, 2)));
            lab.receive(IN, frame(1, 1), frame(1, 1));
            assertEquals(2, lab.dropped(DropReason.NO_BUCKET));
        }
    }
}
