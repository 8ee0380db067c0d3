package io.sluice.fastpath;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the matching rule of highest priority in one table: tuple space search (Srinivasan, Suri
 * and Varghese, SIGCOMM 1999) over subtables sorted by their highest priority, so that the search
 * ends as soon as no later subtable can do better. Immutable; a changed classifier shares what has
 * not changed.
 */
final class Classifier {
    private static final int NO_PRIORITY = -1;

    static final Classifier EMPTY = new Classifier(List.of());

    private final Subtable[] subtables;
    private final int[] highestPriorities;
    // For each word of the key, the bits that any rule looks at.
    private final long[] maskUnion = new long[Field.WORDS];
    private final int exactBits;
    private final boolean conjunctive;
    private final int size;

    private Classifier(List<Subtable> subtables) {
        this.subtables =
                subtables.stream()
                        .sorted(Comparator.comparingInt(Subtable::highestPriority).reversed())
                        .toArray(Subtable[]::new);
        highestPriorities = new int[this.subtables.length];
        boolean anyConjunctive = false;
        int rules = 0;
        for (int i = 0; i < this.subtables.length; i++) {
            Subtable subtable = this.subtables[i];
            highestPriorities[i] = subtable.highestPriority();
            anyConjunctive |= subtable.isConjunctive();
            rules += subtable.size();
            subtable.pattern().addMasksTo(maskUnion);
        }
        conjunctive = anyConjunctive;
        exactBits =
                (looksAt(Field.NW_TOS) ? WayLayout.EXACT_TOS : 0)
                        | (looksAt(Field.NW_TTL) ? WayLayout.EXACT_TTL : 0)
                        | (looksAt(Field.TCP_FLAGS) ? WayLayout.EXACT_TCP_FLAGS : 0)
                        | (looksAt(Field.IPV6_LABEL) ? WayLayout.EXACT_LABEL : 0);
        size = rules;
    }

    /** What becomes of one subtable. */
    private record Edit(List<Flow> removed, List<Rule> added) {}

    /**
     * A classifier without some flows and with others.
     *
     * @param removed flows that are here, the very objects
     */
    Classifier with(List<Flow> removed, List<Flow> added) {
        Map<Match, Edit> edits = new LinkedHashMap<>();
        removed.forEach(flow -> edit(edits, flow).removed.add(flow));
        added.forEach(flow -> edit(edits, flow).added.add(new Rule(flow)));
        List<Subtable> next = new ArrayList<>();
        for (Subtable subtable : subtables) {
            Edit edit = edits.remove(subtable.pattern());
            Subtable changed = edit == null ? subtable : subtable.with(edit.removed, edit.added);
            if (changed.size() > 0) {
                next.add(changed);
            }
        }
        edits.forEach((pattern, edit) -> next.add(new Subtable(pattern, edit.added)));
        return new Classifier(next);
    }

    private static Edit edit(Map<Match, Edit> edits, Flow flow) {
        return edits.computeIfAbsent(
                flow.match().pattern(), _ -> new Edit(new ArrayList<>(), new ArrayList<>()));
    }

    int size() {
        return size;
    }

    /** Which of the fields that are not in the cache's key any rule looks at: bits of WayLayout. */
    int exactBits() {
        return exactBits;
    }

    /** Whether any rule looks at any bit of the field. */
    boolean looksAt(Field field) {
        return field.get(maskUnion) != 0 || field.getHigh(maskUnion) != 0;
    }

    /**
     * The best rule for the key, or null. A conjunctive match counts with the priority of its
     * parts; what is found then is the rule for its {@code conj_id}.
     *
     * @param key its conj_id is 0; it is another while this works
     * @param scratch the thread's own
     */
    Rule find(long[] key, ConjunctionScratch scratch) {
        return conjunctive ? findConjunctive(key, scratch) : find(key);
    }

    /** As {@link Snapshot#has}. */
    boolean has(Match pattern, int priority, long[] key) {
        for (Subtable subtable : subtables) {
            if (subtable.pattern().equals(pattern)) {
                return subtable.has(priority, key);
            }
        }
        return false;
    }

    private Rule find(long[] key) {
        Rule best = null;
        int priority = NO_PRIORITY;
        for (int i = 0; i < subtables.length && highestPriorities[i] > priority; i++) {
            Rule found = subtables[i].find(key);
            if (found != null && found.priority() > priority) {
                best = found;
                priority = found.priority();
            }
        }
        return best;
    }

    /** As Open vSwitch does: at the same priority, a rule that matches by itself comes first. */
    private Rule findConjunctive(long[] key, ConjunctionScratch scratch) {
        scratch.clear();
        Rule plain = findPlain(key, true, scratch);
        int end = plain == null ? NO_PRIORITY : plain.priority();
        int priority = scratch.highestPriorityBelow(Integer.MAX_VALUE);
        while (priority > end) {
            Rule found = findConjunctionAt(priority, key, scratch);
            if (found != null) {
                return found;
            }
            priority = scratch.highestPriorityBelow(priority);
        }
        return plain;
    }

    private Rule findConjunctionAt(int priority, long[] key, ConjunctionScratch scratch) {
        scratch.beginRound();
        for (int i = 0; i < scratch.partCount(); i++) {
            Rule part = scratch.part(i);
            if (part.priority() != priority) {
                continue;
            }
            for (Action.Conjunction conjunction : part.conjunctions()) {
                Rule found =
                        scratch.completes(conjunction)
                                ? findWithId(conjunction.id(), key, scratch)
                                : null;
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    private Rule findWithId(int id, long[] key, ConjunctionScratch scratch) {
        Field.CONJ_ID.set(key, id);
        Rule found = findPlain(key, false, scratch);
        Field.CONJ_ID.set(key, 0);
        return found;
    }

    /**
     * The best rule that is no part of a conjunctive match.
     *
     * @param withParts whether to note the parts of conjunctive matches that may come before it
     */
    private Rule findPlain(long[] key, boolean withParts, ConjunctionScratch scratch) {
        Rule best = null;
        int priority = NO_PRIORITY;
        for (int i = 0; i < subtables.length && highestPriorities[i] > priority; i++) {
            int above = withParts ? priority : Integer.MAX_VALUE;
            Rule found = subtables[i].findPlain(key, above, scratch);
            if (found != null && found.priority() > priority) {
                best = found;
                priority = found.priority();
            }
        }
        return best;
    }
}
