package io.sluice.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The classifier against a search through all flows, over random flows and packets, while flows
 * come and go; and each changed classifier against one made from scratch.
 */
class ClassifierModelTest {
    private static final int ROUNDS = 110;
    private static final int CHANGES = 10;
    private static final int KEYS = 1000;
    private static final int IDS = 6;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private final ConjunctionScratch scratch = new ConjunctionScratch();
    private int hits;
    private int conjunctiveHits;

    @Test
    void itFindsWhatALinearSearchFinds() {
        for (int round = 0; round < ROUNDS; round++) {
            String where = "seed " + seed + ", round " + round;
            int count = new int[] {3, 20, 60, 150}[random.nextInt(4)];
            boolean withConjunctions = random.nextBoolean();
            List<Match.Builder> shapes = shapes();
            List<Flow> flows = new ArrayList<>();
            Classifier classifier = Classifier.EMPTY;
            for (int change = 0; change < CHANGES; change++) {
                List<Flow> removed = someOf(flows);
                flows.removeAll(removed);
                List<Flow> added = newFlows(flows, shapes, count - flows.size(), withConjunctions);
                flows.addAll(added);
                classifier = classifier.with(removed, added);
                assertEquals(flows.size(), classifier.size(), where);
                compare(classifier, flows, where + ", change " + change);
            }
        }
        assertTrue(hits > ROUNDS * CHANGES * KEYS / 4, hits + " hits, seed " + seed);
        assertTrue(conjunctiveHits > 5000, conjunctiveHits + " conjunctive hits, seed " + seed);
    }

    private void compare(Classifier classifier, List<Flow> flows, String where) {
        LinearMatcher model = new LinearMatcher(flows);
        Classifier fresh = Classifier.EMPTY.with(List.of(), flows);
        for (Field field : Field.values()) {
            boolean looked = flows.stream().anyMatch(flow -> flow.match().has(field));
            assertEquals(looked, fresh.looksAt(field), where);
            assertEquals(looked, classifier.looksAt(field), where);
        }
        for (int i = 0; i < KEYS; i++) {
            long[] key = flows.isEmpty() ? randomKey() : keyNear(flows);
            List<Flow> expected = model.find(key);
            check(expected, classifier.find(key, scratch), where);
            check(expected, fresh.find(key, scratch), where + ", from scratch");
        }
    }

    private void check(List<Flow> expected, Rule found, String where) {
        if (expected.isEmpty()) {
            assertEquals(null, found, where);
            return;
        }
        assertTrue(found != null && expected.contains(found.flow()), () -> where + expected);
        hits++;
        conjunctiveHits += found.flow().match().has(Field.CONJ_ID) ? 1 : 0;
    }

    private List<Flow> someOf(List<Flow> flows) {
        int of = 1 + random.nextInt(4);
        return new ArrayList<>(flows.stream().filter(_ -> random.nextInt(of) == 0).toList());
    }

    /** A few sets of masks over all fields, so that flows share them. */
    private List<Match.Builder> shapes() {
        List<Match.Builder> shapes = new ArrayList<>();
        Field[] fields = Field.values();
        for (int i = 1 + random.nextInt(12); i > 0; i--) {
            Match.Builder shape = Match.builder();
            for (int j = random.nextInt(6); j > 0; j--) {
                Field field = fields[random.nextInt(fields.length)];
                if (field != Field.CONJ_ID) {
                    shape.and(field, -1, -1, maskBits() & field.maxHigh(), maskBits());
                }
            }
            shapes.add(shape);
        }
        return shapes;
    }

    private long maskBits() {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextLong();
            case 1 -> -1L << random.nextInt(16);
            case 2 -> 3;
            default -> -1;
        };
    }

    private List<Flow> newFlows(
            List<Flow> others, List<Match.Builder> shapes, int count, boolean withConjunctions) {
        List<Flow> flows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Match shape = shapes.get(random.nextInt(shapes.size())).build();
            Match.Builder match = like(shape);
            int priority = random.nextInt(8);
            List<Action> actions = new ArrayList<>();
            if (withConjunctions) {
                switch (random.nextInt(5)) {
                    case 0 -> match.exact(Field.CONJ_ID, random.nextInt(IDS));
                    case 1, 2 -> addConjunctions(actions);
                    default -> {}
                }
            }
            Flow flow = new Flow(0, priority, 0, match.build(), actions);
            if (noneInPlaceOf(flow, others) && noneInPlaceOf(flow, flows)) {
                flows.add(flow);
            }
        }
        return flows;
    }

    private static boolean noneInPlaceOf(Flow flow, List<Flow> others) {
        return others.stream()
                .noneMatch(other ->
                        other.priority() == flow.priority() && other.match().equals(flow.match()));
    }

    /** The number of dimensions belongs to the id: others with it are another mistake. */
    private void addConjunctions(List<Action> actions) {
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            int id = random.nextInt(IDS);
            int dimensions = 2 + id % 2;
            actions.add(new Action.Conjunction(id, random.nextInt(dimensions), dimensions));
        }
    }

    private Match.Builder like(Match shape) {
        Match.Builder match = Match.builder();
        for (Field field : Field.values()) {
            if (shape.has(field)) {
                long maskHigh = shape.maskHigh(field);
                match.and(
                        field,
                        bits() & maskHigh,
                        bits() & shape.mask(field),
                        maskHigh,
                        shape.mask(field));
            }
        }
        return match;
    }

    /** Few values, so that flows overlap. */
    private long bits() {
        return random.nextInt(4) == 0 ? -1 : random.nextInt(3);
    }

    private long[] randomKey() {
        long[] key = new long[Field.WORDS];
        for (int word = 0; word < key.length; word++) {
            key[word] = bits();
        }
        Field.CONJ_ID.set(key, 0);
        return key;
    }

    /** What some flows want, and the rest random. */
    private long[] keyNear(List<Flow> flows) {
        long[] key = randomKey();
        for (int i = random.nextInt(4); i > 0; i--) {
            Match match = flows.get(random.nextInt(flows.size())).match();
            for (Field field : Field.values()) {
                field.setMasked(
                        key,
                        match.valueHigh(field),
                        match.value(field),
                        match.maskHigh(field),
                        match.mask(field));
            }
        }
        Field.CONJ_ID.set(key, 0);
        return key;
    }
}
