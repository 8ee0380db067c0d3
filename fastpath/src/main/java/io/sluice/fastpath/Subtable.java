package io.sluice.fastpath;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * The rules of a table that look at the same bits: one search in a hash table finds the best of
 * them. Immutable; a changed one shares all blocks that have not changed.
 */
final class Subtable {
    /** No rule has this hash. */
    private static final long MISS = 0;

    private static final int RULES_EACH_BLOCK = 512;
    private static final int SET_BITS_EACH_RULE = 8;

    private final KeyMask mask;
    private final long[] looks;
    private final RuleBlock[] blocks;
    // For each stage but the last, a bit for every hash that occurs after it. Bits of rules that
    // have gone stay until all is made anew.
    private final long[] stages;
    private final int stageBits;
    private final int size;
    private final int highestPriority;
    private final boolean conjunctive;
    private final int changesUntilRebuilt;

    Subtable(Match pattern, List<Rule> rules) {
        this(new KeyMask(pattern), rules);
    }

    private Subtable(KeyMask mask, List<Rule> rules) {
        this.mask = mask;
        size = rules.size();
        int count = Integer.highestOneBit(Math.max(1, (size - 1) / RULES_EACH_BLOCK)) * 2;
        count = size <= RULES_EACH_BLOCK ? 1 : count;
        List<List<Rule>> parts = new ArrayList<>();
        for (int block = 0; block < count; block++) {
            parts.add(new ArrayList<>());
        }
        for (Rule rule : rules) {
            parts.get(blockOf(rule.flow(), count)).add(rule);
        }
        blocks = parts.stream().map(part -> new RuleBlock(mask, part)).toArray(RuleBlock[]::new);
        looks = mask.looks();
        stageBits = stageBits(size);
        stages = new long[mask.stageCount() * stageBits / Long.SIZE];
        rules.forEach(this::note);
        highestPriority = highestPriority(blocks);
        conjunctive = Arrays.stream(blocks).anyMatch(RuleBlock::isConjunctive);
        changesUntilRebuilt = size;
    }

    private Subtable(Subtable before, RuleBlock[] blocks, long[] stages, int size, int changes) {
        mask = before.mask;
        looks = before.looks;
        stageBits = before.stageBits;
        this.blocks = blocks;
        this.stages = stages;
        this.size = size;
        highestPriority = highestPriority(blocks);
        conjunctive = Arrays.stream(blocks).anyMatch(RuleBlock::isConjunctive);
        changesUntilRebuilt = before.changesUntilRebuilt - changes;
    }

    private static int stageBits(int size) {
        return Integer.highestOneBit(Math.max(Long.SIZE / 2, size * SET_BITS_EACH_RULE)) * 2;
    }

    private static int highestPriority(RuleBlock[] blocks) {
        int highest = Integer.MIN_VALUE;
        for (RuleBlock block : blocks) {
            highest = Math.max(highest, block.highestPriority());
        }
        return highest;
    }

    private int blockOf(Flow flow, int count) {
        return (int) (mask.hash(flow.match(), mask.wordCount()) >>> 40) & (count - 1);
    }

    /** Remembers what a search for the rule looks like after each stage. */
    private void note(Rule rule) {
        for (int stage = 0; stage < mask.stageCount(); stage++) {
            long hash = mask.hash(rule.flow().match(), mask.stageEnd(stage));
            int bit = stage * stageBits + bit(hash);
            stages[bit >>> 6] |= 1L << bit;
        }
    }

    private int bit(long hash) {
        return (int) (hash >>> 20) & (stageBits - 1);
    }

    /** Without the rules of some flows, all of which are here, and with others. */
    Subtable with(List<Flow> removed, List<Rule> added) {
        int changes = removed.size() + added.size();
        if (blocks.length == 1 || changes > changesUntilRebuilt) {
            List<Rule> all = new ArrayList<>(size + added.size());
            Set<Flow> gone = identitySet(removed);
            for (RuleBlock block : blocks) {
                block.addTo(all, gone);
            }
            all.addAll(added);
            return new Subtable(mask, all);
        }
        RuleBlock[] next = blocks.clone();
        changeBlocks(next, removed, added);
        int nextSize = size - removed.size() + added.size();
        Subtable changed = new Subtable(this, next, stages.clone(), nextSize, changes);
        added.forEach(changed::note);
        return changed;
    }

    private void changeBlocks(RuleBlock[] next, List<Flow> removed, List<Rule> added) {
        List<List<Rule>> addedTo = new ArrayList<>(Collections.nCopies(next.length, null));
        boolean[] touched = new boolean[next.length];
        for (Flow flow : removed) {
            touched[blockOf(flow, next.length)] = true;
        }
        for (Rule rule : added) {
            int block = blockOf(rule.flow(), next.length);
            touched[block] = true;
            if (addedTo.get(block) == null) {
                addedTo.set(block, new ArrayList<>());
            }
            addedTo.get(block).add(rule);
        }
        Set<Flow> gone = identitySet(removed);
        for (int block = 0; block < next.length; block++) {
            if (touched[block]) {
                List<Rule> more = addedTo.get(block);
                next[block] = next[block].with(gone, more == null ? List.of() : more);
            }
        }
    }

    private static Set<Flow> identitySet(List<Flow> flows) {
        Set<Flow> set = Collections.newSetFromMap(new IdentityHashMap<>());
        set.addAll(flows);
        return set;
    }

    Match pattern() {
        return mask.pattern();
    }

    int size() {
        return size;
    }

    /** Of an empty subtable, less than any priority. */
    int highestPriority() {
        return highestPriority;
    }

    /** Whether some rules are parts of conjunctive matches. */
    boolean isConjunctive() {
        return conjunctive;
    }

    /** The best rule for the key, or null. */
    Rule find(long[] key) {
        long hash = hash(key);
        if (hash == MISS) {
            return null;
        }
        RuleBlock block = block(hash);
        int tag = RuleBlock.tag(hash);
        int slot = block.find(block.first(tag), tag, key);
        return slot == RuleBlock.NONE ? null : block.rule(slot);
    }

    /**
     * The best rule for the key that is no part of a conjunctive match, or null.
     *
     * @param parts gets the parts of conjunctive matches that come before it, as far as their
     *     priority is above that
     */
    Rule findPlain(long[] key, int above, ConjunctionScratch parts) {
        long hash = hash(key);
        if (hash == MISS) {
            return null;
        }
        RuleBlock block = block(hash);
        int tag = RuleBlock.tag(hash);
        int slot = block.find(block.first(tag), tag, key);
        while (slot != RuleBlock.NONE) {
            Rule rule = block.rule(slot);
            if (!rule.isConjunctive()) {
                return rule;
            }
            if (rule.priority() > above) {
                parts.add(rule);
            }
            slot = block.find(block.after(slot), tag, key);
        }
        return null;
    }

    /** Whether a rule of this priority has the key's values. */
    boolean has(int priority, long[] key) {
        long hash = hash(key);
        if (hash == MISS) {
            return false;
        }
        RuleBlock block = block(hash);
        int tag = RuleBlock.tag(hash);
        int slot = block.find(block.first(tag), tag, key);
        while (slot != RuleBlock.NONE && block.rule(slot).priority() != priority) {
            slot = block.find(block.after(slot), tag, key);
        }
        return slot != RuleBlock.NONE;
    }

    private RuleBlock block(long hash) {
        return blocks[(int) (hash >>> 40) & (blocks.length - 1)];
    }

    /** The hash of what the mask looks at, or {@link #MISS} when no rule begins like that. */
    private long hash(long[] key) {
        long hash = 0;
        int stageBegin = 0;
        for (int i = 0; i < looks.length; i += 2) {
            hash = KeyMask.mix(hash, key[KeyMask.word(looks[i])] & looks[i + 1]);
            if (KeyMask.endsStage(looks[i])) {
                int bit = stageBegin + bit(hash);
                if (((stages[bit >>> 6] >>> bit) & 1) == 0) {
                    return MISS;
                }
                stageBegin += stageBits;
            }
        }
        // The lowest bit is used for nothing else.
        return hash | 1;
    }
}
