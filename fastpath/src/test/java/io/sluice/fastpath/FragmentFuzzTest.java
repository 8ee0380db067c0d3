package io.sluice.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.sluice.conntrack.Fragment;
import io.sluice.conntrack.FragmentList;
import io.sluice.conntrack.FragmentOutcome;
import io.sluice.conntrack.FragmentSettings;
import io.sluice.conntrack.FragmentTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Fragments of a few datagrams in any order: what becomes of them is what {@link FragmentModel}
 * says, nothing is lost, and what is complete has every byte once. Four bytes of input are a
 * fragment: its datagram and version, where it begins, how long it is, and how much time passes.
 */
class FragmentFuzzTest {
    private static final int MAX_HELD = 6;
    private static final int TIMEOUT_MS = 1000;
    private static final int MIN_BYTES = 40;

    private final FragmentTable table = new FragmentTable();
    private final FragmentModel model = new FragmentModel(MAX_HELD, TIMEOUT_MS, MIN_BYTES);
    private final Fragment fragment = new Fragment();
    private final FragmentList whole = new FragmentList();
    private final FragmentList lost = new FragmentList();
    private int nowMs;
    private long number;

    FragmentFuzzTest() {
        table.configure(
                new FragmentSettings(true, true, MIN_BYTES, MIN_BYTES, MAX_HELD, TIMEOUT_MS));
    }

    @FuzzTest
    void fragmentsAreWhatTheModelSaysAndNoneIsLost(byte[] input) {
        run(input);
    }

    @Test
    void randomFragmentsAreWhatTheModelSays() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try {
            for (int i = 0; i < 2000; i++) {
                byte[] input = new byte[400];
                random.nextBytes(input);
                run(input);
            }
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed, e);
        }
    }

    private void run(byte[] input) {
        while (table.giveUp(lost)) {}
        model.clear();
        for (int at = 0; at + 4 <= input.length; at += 4) {
            offer(input[at], input[at + 1] & 0xFF, input[at + 2] & 0xFF, input[at + 3] & 0xFF);
        }
    }

    private void offer(byte kind, int start, int length, int time) {
        nowMs += time == 0 ? TIMEOUT_MS : time >>> 3;
        fragment.ipv6 = (kind & 1) != 0;
        fragment.identification = kind >>> 1 & 3;
        fragment.protocol = fragment.ipv6 ? 0 : 6 + 11 * (kind >>> 3 & 1);
        // Mostly small, so that they meet; seldom at the end of what there can be.
        int unit = (start & 0xF8) == 0xF8 ? 8150 + start : start & 7;
        fragment.startByte = unit << 3;
        fragment.more = (length & 0x80) != 0;
        int bytes = (length & 0x70) == 0 ? length & 0xF : (length & 7) << 3;
        fragment.endByte = fragment.startByte + bytes;
        fragment.headerBytes = fragment.ipv6 ? 0 : 20 + (kind & 0x40);
        fragment.packetBytes = 30 + bytes;
        fragment.mbuf = ++number;
        fragment.buffers = 1;
        FragmentOutcome outcome = table.add(fragment, nowMs, whole, lost);
        List<String> said = new ArrayList<>();
        for (int i = 0; i < lost.count(); i++) {
            said.add(lost.mbuf(i) + " " + lost.why(i));
        }
        for (int i = 0; i < whole.count(); i++) {
            said.add(whole.mbuf(i) + " " + whole.why(i));
        }
        assertEquals(model.add(fragment, nowMs), outcome);
        assertEquals(model.given(), said);
        assertEquals(model.waiting(), table.waiting());
        if (outcome == FragmentOutcome.COMPLETE) {
            assertEquals(model.completeBytes(), whole.bytes());
        }
    }
}
