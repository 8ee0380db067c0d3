package io.sluice.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** One table with so many flows that changes leave most of it alone, against a plain map. */
class LargeTableTest {
    private static final int FLOWS = 5_000;
    private static final int ADDRESSES = 8_000;
    private static final int PRIORITIES = 3;
    private static final int CHANGES = 300;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private final ConjunctionScratch scratch = new ConjunctionScratch();
    private final Map<Integer, Flow> installed = new HashMap<>();
    private Classifier classifier = Classifier.EMPTY;

    @Test
    void flowsComeAndGo() {
        change(FLOWS, 0);
        compare();
        for (int i = 0; i < CHANGES; i++) {
            change(random.nextInt(40), random.nextInt(40));
            assertEquals(installed.size(), classifier.size(), "seed " + seed);
        }
        compare();
        change(0, installed.size());
        compare();
    }

    /** Replaces or adds some flows, and removes some others. */
    private void change(int add, int remove) {
        List<Flow> removed = new ArrayList<>();
        List<Flow> added = new ArrayList<>();
        List<Integer> places = new ArrayList<>(installed.keySet());
        for (int i = 0; i < remove && i < places.size(); i++) {
            removed.add(installed.remove(places.get(i)));
        }
        for (int i = 0; i < add; i++) {
            int address = random.nextInt(ADDRESSES);
            int priority = random.nextInt(PRIORITIES);
            Flow flow = flow(address, priority);
            Flow before = installed.put(address * PRIORITIES + priority, flow);
            if (before != null && !added.remove(before)) {
                removed.add(before);
            }
            added.add(flow);
        }
        classifier = classifier.with(removed, added);
    }

    private static Flow flow(int address, int priority) {
        Match.Builder match = Match.builder().exact(Field.IN_PORT, address % 16);
        match.exact(Field.NW_DST, address).masked(Field.TP_DST, address & 3, 3);
        return new Flow(0, priority, 0, match.build(), List.of());
    }

    private void compare() {
        for (int address = 0; address < ADDRESSES; address++) {
            Flow expected = null;
            for (int priority = 0; priority < PRIORITIES; priority++) {
                Flow flow = installed.get(address * PRIORITIES + priority);
                expected = flow == null ? expected : flow;
            }
            long[] key = new long[Field.WORDS];
            Field.IN_PORT.set(key, address % 16);
            Field.NW_DST.set(key, address);
            Field.TP_DST.set(key, 0x50 | (address & 3));
            Rule found = classifier.find(key, scratch);
            assertEquals(expected, found == null ? null : found.flow(), "seed " + seed);
            Field.TP_DST.set(key, 0x50 | (~address & 3));
            assertEquals(null, classifier.find(key, scratch), "seed " + seed);
        }
    }
}
