package io.sluice.conntrack;

import static io.sluice.conntrack.TcpLab.ACK;
import static io.sluice.conntrack.TcpLab.CLIENT;
import static io.sluice.conntrack.TcpLab.FIN;
import static io.sluice.conntrack.TcpLab.RST;
import static io.sluice.conntrack.TcpLab.SERVER;
import static io.sluice.conntrack.TcpLab.SYN;
import static io.sluice.conntrack.TcpLab.SYN_ACK;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.Tcp;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Random segments to two tables: one is asked by {@link TcpWindow#pass} first, as a cached way
 * asks. Both must end with the same connection, bit for bit, after each.
 */
class TcpWindowTest {
    private static final int ROUNDS = 1500;
    private static final int SEGMENTS = 120;

    private Random random;
    private final int[] next = new int[2];
    private long passed;
    private long segments;
    private long invalid;

    @Test
    void aCachedWayMovesConnectionsAsTheTrackerDoes() {
        long seed = System.nanoTime();
        random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            try (TcpLab plain = new TcpLab();
                    TcpLab cached = new TcpLab()) {
                if (random.nextInt(8) == 0) {
                    plain.table.zones().setDefaultTcpChecks(new TcpChecks(true, true));
                    cached.table.zones().setDefaultTcpChecks(new TcpChecks(true, true));
                }
                next[CLIENT] = random.nextInt();
                next[SERVER] = random.nextInt();
                begin(plain, cached, "seed " + seed + ", round " + round);
                for (int i = 0; i < SEGMENTS; i++) {
                    segment(plain, cached, "seed " + seed + ", round " + round + ", " + i);
                }
            }
        }
        System.out.printf(
                "%d segments, %d %% of them by pass(), %d %% invalid%n",
                segments, 100 * passed / segments, 100 * invalid / segments);
        assertTrue(passed > segments / 4, passed + " passed: the test shows nothing");
        assertTrue(invalid > segments / 50, invalid + " invalid: the test shows nothing");
    }

    private void begin(TcpLab plain, TcpLab cached, String where) {
        if (random.nextInt(4) == 0) {
            return;
        }
        int[] scale = {Tcp.OPTION_WINDOW_SCALE, 3, random.nextInt(16), 4, 2};
        int[] syn = random.nextInt(4) == 0 ? new int[0] : scale;
        int[] synAck = random.nextInt(4) == 0 ? new int[0] : scale;
        both(plain, cached, CLIENT, syn, 10_000, SYN, next[0], 0, 0, where);
        both(plain, cached, SERVER, synAck, 10_000, SYN_ACK, next[1], next[0] + 1, 0, where);
        next[CLIENT]++;
        next[SERVER]++;
        both(plain, cached, CLIENT, new int[0], 10_000, ACK, next[0], next[1], 0, where);
    }

    private void segment(TcpLab plain, TcpLab cached, String where) {
        int direction = random.nextInt(2);
        int flags = ACK;
        if (random.nextInt(70) == 0) {
            int[] rare = {SYN, SYN_ACK, FIN, FIN, RST, RST | ACK, 0, SYN | FIN};
            flags = rare[random.nextInt(rare.length)];
        }
        int length = random.nextInt(3) == 0 ? 0 : random.nextInt(1400);
        int sequence = next[direction];
        switch (random.nextInt(30)) {
            case 0 -> sequence -= length;
            case 1 -> sequence -= 1;
            case 2 -> sequence -= random.nextInt(100_000);
            case 3 -> sequence += random.nextInt(20_000);
            case 4 -> sequence = random.nextInt(4) == 0 ? random.nextInt() : sequence;
            default -> {}
        }
        int ack = next[direction ^ 1];
        switch (random.nextInt(30)) {
            case 0 -> ack -= random.nextInt(3000);
            case 1 -> ack -= random.nextInt(150_000);
            case 2 -> ack += random.nextInt(4);
            case 3 -> ack = random.nextInt(4) == 0 ? 0 : ack;
            default -> {}
        }
        int window = random.nextInt(20) == 0 ? random.nextInt(3) : 5000 + random.nextInt(60_000);
        if (sequence == next[direction] && random.nextInt(20) != 0) {
            next[direction] += length;
        }
        int edge = ack + random.nextInt(4000) - 100;
        both(plain, cached, direction, options(edge), window, flags, sequence, ack, length, where);
        int ms = random.nextInt(200) == 0 ? 30_000 : random.nextInt(20);
        plain.nowMs += ms;
        cached.nowMs += ms;
    }

    private int[] options(int edge) {
        return switch (random.nextInt(8)) {
            case 0 -> new int[] {1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8};
            case 1 -> new int[] {1, 1, 5, 10, 0, 0, 0, 0, edge >> 24, edge >> 16, edge >> 8, edge};
            case 2 -> random.ints(random.nextInt(12), 0, 12).toArray();
            default -> new int[0];
        };
    }

    private void both(
            TcpLab plain,
            TcpLab cached,
            int direction,
            int[] options,
            int window,
            int flags,
            int sequence,
            int ack,
            int length,
            String where) {
        String text =
                where
                        + ": dir %d flags %x seq %d ack %d len %d win %d"
                                .formatted(direction, flags, sequence, ack, length, window);
        String before = cached.dump();
        plain.options(options).window(window).read(flags, sequence, ack, length);
        cached.options(options).window(window).read(flags, sequence, ack, length);
        String expected = plain.send(direction);
        segments++;
        invalid += expected.equals("inv") ? 1 : 0;
        if (flags == ACK && passes(cached, direction)) {
            passed++;
            assertTrue(expected.startsWith("est") || expected.equals("new+"), text + expected);
        } else {
            assertEquals(expected, cached.send(direction), text);
        }
        assertEquals(plain.dump(), cached.dump(), () -> text + "\nbefore " + before);
    }

    private static boolean passes(TcpLab lab, int direction) {
        int original = lab.reference();
        if (original == ConnTable.NONE || !lab.tracker.isSteady(original)) {
            return false;
        }
        // When the server has opened the connection, the client's direction is the reply.
        int reference = direction == CLIENT ? original : original ^ 1;
        TcpConnection tcp = new TcpConnection();
        tcp.load(lab.table, reference);
        // There is no cached way of a reply before the tracker has seen one.
        boolean first = ConnTable.isReply(reference) && !tcp.has(ConnState.SEEN_REPLY);
        long line = lab.table.line(reference);
        if (first || !TcpWindow.pass(lab.table, reference, line, lab.segment)) {
            return false;
        }
        Tracker.touch(line, 100, lab.nowMs);
        return true;
    }
}
