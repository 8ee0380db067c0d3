package io.sluice.fastpath;

import java.util.Arrays;
import java.util.List;

/**
 * The rules of a table that look at the same bits: one hash lookup finds the best of them.
 * Immutable.
 */
final class Subtable {
    // The words of the key that the mask looks at, and their masks.
    private final int[] words;
    private final long[] masks;
    private final int highestPriority;
    // Open addressing by the masked key; of rules with equal match the highest priority is first.
    private final Rule[] slots;

    Subtable(List<Rule> rules) {
        Match pattern = rules.getFirst().flow().match();
        int count = 0;
        int[] someWords = new int[Field.WORDS];
        for (int word = 0; word < Field.WORDS; word++) {
            if (pattern.mask(word) != 0) {
                someWords[count++] = word;
            }
        }
        words = Arrays.copyOf(someWords, count);
        masks = new long[count];
        for (int i = 0; i < count; i++) {
            masks[i] = pattern.mask(words[i]);
        }
        int size = Integer.highestOneBit(Math.max(1, rules.size())) * 4;
        slots = new Rule[size];
        int highest = Integer.MIN_VALUE;
        for (Rule rule : rules) {
            put(rule);
            highest = Math.max(highest, rule.priority());
        }
        highestPriority = highest;
    }

    int highestPriority() {
        return highestPriority;
    }

    private void put(Rule rule) {
        long hash = 0;
        for (int i = 0; i < words.length; i++) {
            hash = mix(hash, rule.flow().match().value(words[i]));
        }
        Rule carried = rule;
        int slot = slot(hash);
        while (slots[slot] != null) {
            boolean sameMatch = slots[slot].flow().match().equals(carried.flow().match());
            if (sameMatch && slots[slot].priority() < carried.priority()) {
                Rule lower = slots[slot];
                slots[slot] = carried;
                carried = lower;
            }
            slot = (slot + 1) & (slots.length - 1);
        }
        slots[slot] = carried;
    }

    /** The best rule for the key, or null. */
    Rule find(long[] key) {
        long hash = 0;
        for (int i = 0; i < words.length; i++) {
            hash = mix(hash, key[words[i]] & masks[i]);
        }
        int slot = slot(hash);
        for (Rule rule = slots[slot]; rule != null; rule = slots[slot]) {
            if (rule.matches(key)) {
                return rule;
            }
            slot = (slot + 1) & (slots.length - 1);
        }
        return null;
    }

    private static long mix(long hash, long word) {
        long mixed = (hash ^ word) * 0x9E3779B97F4A7C15L;
        return mixed ^ (mixed >>> 32);
    }

    private int slot(long hash) {
        return (int) (hash >>> 8) & (slots.length - 1);
    }
}
