package io.sluice.fastpath;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * A part of a {@link Subtable}'s hash table, small enough to be made anew when a rule comes or
 * goes. Open addressing; what is compared lies in flat arrays, so that a search touches few cache
 * lines. Of rules with the same match a search meets the one of highest priority first. Immutable.
 */
final class RuleBlock {
    /** No such slot. */
    static final int NONE = -1;

    private final KeyMask mask;
    // For each slot 32 bits of the hash, at least one of them set; 0: empty, the search ends.
    private final int[] tags;
    // For each slot the values of all words that the mask looks at.
    private final long[] values;
    private final Rule[] rules;
    private int size;
    private int highestPriority = Integer.MIN_VALUE;
    private boolean conjunctive;

    RuleBlock(KeyMask mask, Collection<Rule> rules) {
        this.mask = mask;
        int slots = Integer.highestOneBit(Math.max(1, rules.size())) * 4;
        this.rules = new Rule[slots];
        tags = new int[slots];
        values = new long[slots * mask.wordCount()];
        rules.forEach(this::put);
    }

    /** A block without the rules of some flows and with others. */
    RuleBlock with(Set<Flow> removed, List<Rule> added) {
        List<Rule> kept = new ArrayList<>(size + added.size());
        addTo(kept, removed);
        kept.addAll(added);
        return new RuleBlock(mask, kept);
    }

    /** Adds all rules but those of some flows to a list. */
    void addTo(List<Rule> all, Set<Flow> without) {
        for (Rule rule : rules) {
            if (rule != null && !without.contains(rule.flow())) {
                all.add(rule);
            }
        }
    }

    private void put(Rule rule) {
        size++;
        highestPriority = Math.max(highestPriority, rule.priority());
        conjunctive |= rule.isConjunctive();
        Match match = rule.flow().match();
        int tag = tag(mask.hash(match, mask.wordCount()));
        Rule carried = rule;
        int slot = first(tag);
        while (tags[slot] != 0) {
            if (tags[slot] == tag
                    && rules[slot].priority() < carried.priority()
                    && rules[slot].flow().match().equals(match)) {
                Rule lower = rules[slot];
                rules[slot] = carried;
                carried = lower;
            }
            slot = after(slot);
        }
        tags[slot] = tag;
        rules[slot] = carried;
        mask.copyValues(match, values, slot * mask.wordCount());
    }

    /** What is compared first. */
    static int tag(long hash) {
        return (int) (hash >>> 9) | 1;
    }

    /** The slot where the search for a tag begins. */
    int first(int tag) {
        return (tag >>> 1) & (tags.length - 1);
    }

    int after(int slot) {
        return (slot + 1) & (tags.length - 1);
    }

    /** The slot of the next rule that matches the key, from that slot on; or {@link #NONE}. */
    int find(int from, int tag, long[] key) {
        int slot = from;
        for (int other = tags[slot]; other != 0; other = tags[slot]) {
            if (other == tag && mask.hasValues(key, values, slot * mask.wordCount())) {
                return slot;
            }
            slot = after(slot);
        }
        return NONE;
    }

    Rule rule(int slot) {
        return rules[slot];
    }

    int size() {
        return size;
    }

    /** Of an empty block, less than any priority. */
    int highestPriority() {
        return highestPriority;
    }

    /** Whether some rules are parts of conjunctive matches. */
    boolean isConjunctive() {
        return conjunctive;
    }
}
