package io.sluice.fastpath;

import java.util.Arrays;

/**
 * What a search in a table with conjunctive matches has to remember: the parts of them that match,
 * and which dimensions of each are there. It grows to what some search needed and stays so. One
 * thread's own.
 */
final class ConjunctionScratch {
    private static final int FIRST_SIZE = 32;

    private Rule[] parts = new Rule[FIRST_SIZE];
    private int partCount;

    // Open addressing by the conjunction's number; a slot counts if its round is this one.
    private int[] ids = new int[2 * FIRST_SIZE];
    private long[] missing = new long[2 * FIRST_SIZE];
    private int[] rounds = new int[2 * FIRST_SIZE];
    private int idCount;
    private int round;

    void clear() {
        partCount = 0;
    }

    void add(Rule part) {
        if (partCount == parts.length) {
            parts = Arrays.copyOf(parts, 2 * partCount);
        }
        parts[partCount++] = part;
    }

    int partCount() {
        return partCount;
    }

    Rule part(int index) {
        return parts[index];
    }

    /** The highest priority of a part below that one, or a lower one than any. */
    int highestPriorityBelow(int limit) {
        int highest = Integer.MIN_VALUE;
        for (int i = 0; i < partCount; i++) {
            int priority = parts[i].priority();
            highest = priority < limit ? Math.max(highest, priority) : highest;
        }
        return highest;
    }

    /** Forgets which dimensions were there. */
    void beginRound() {
        idCount = 0;
        if (++round == 0) {
            Arrays.fill(rounds, 0);
            round = 1;
        }
    }

    /** Notes one dimension of a conjunctive match; says whether that was the last that missed. */
    boolean completes(Action.Conjunction conjunction) {
        if (2 * idCount >= ids.length) {
            grow();
        }
        int slot = slot(conjunction.id());
        if (rounds[slot] != round) {
            rounds[slot] = round;
            ids[slot] = conjunction.id();
            missing[slot] = -1L >>> (Long.SIZE - conjunction.dimensions());
            idCount++;
        }
        long before = missing[slot];
        missing[slot] &= ~(1L << conjunction.dimension());
        return before != 0 && missing[slot] == 0;
    }

    /** Where the conjunction is noted or may be. */
    private int slot(int id) {
        int slot = ((id * 0x9E3779B9) >>> 8) & (ids.length - 1);
        while (rounds[slot] == round && ids[slot] != id) {
            slot = (slot + 1) & (ids.length - 1);
        }
        return slot;
    }

    private void grow() {
        int[] oldIds = ids;
        long[] oldMissing = missing;
        int[] oldRounds = rounds;
        ids = new int[2 * oldIds.length];
        missing = new long[ids.length];
        rounds = new int[ids.length];
        for (int i = 0; i < oldIds.length; i++) {
            if (oldRounds[i] == round) {
                int slot = slot(oldIds[i]);
                ids[slot] = oldIds[i];
                missing[slot] = oldMissing[i];
                rounds[slot] = round;
            }
        }
    }
}
