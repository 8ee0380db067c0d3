package io.sluice.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The classifier against a search through all rules, over random rules and keys. */
class ClassifierModelTest {
    private static final int TABLES = 60;
    private static final int KEYS = 4000;

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void itFindsWhatALinearSearchFinds(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < TABLES; round++) {
            List<Rule> rules = rules(random);
            Classifier classifier = new Classifier(rules);
            for (int i = 0; i < KEYS; i++) {
                long[] key = key(random);
                Rule expected = null;
                for (Rule rule : rules) {
                    if (rule.matches(key)
                            && (expected == null || rule.priority() > expected.priority())) {
                        expected = rule;
                    }
                }
                Rule found = classifier.find(key);
                int expectedPriority = expected == null ? -1 : expected.priority();
                int foundPriority = found == null ? -1 : found.priority();
                assertEquals(expectedPriority, foundPriority, "seed " + seed + ", round " + round);
            }
        }
    }

    /** Few values and masks, so that rules overlap. */
    private static List<Rule> rules(Random random) {
        List<Rule> rules = new ArrayList<>();
        int count = random.nextInt(60);
        for (int i = 0; i < count; i++) {
            Match.Builder match = Match.builder();
            for (Field field : Field.values()) {
                switch (random.nextInt(12)) {
                    case 0 -> match.exact(field, random.nextInt(3));
                    case 1 -> match.masked(field, random.nextInt(4), random.nextInt(4));
                    default -> {}
                }
            }
            int priority = 100 * random.nextInt(10) + i;
            rules.add(new Rule(new Flow(0, priority, 0, match.build(), List.of())));
        }
        return rules;
    }

    private static long[] key(Random random) {
        long[] key = new long[Field.WORDS];
        for (Field field : Field.values()) {
            field.set(key, random.nextInt(3));
        }
        return key;
    }
}
