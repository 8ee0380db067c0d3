package io.sluice.fastpath;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The flows of all tables as workers look them up. Immutable; changed ones share the rest. */
public final class RuleTables {
    /** Tables are numbered from 0; 255 stands for "all" in flow syntax. */
    static final int TABLES = 255;

    public static final RuleTables EMPTY = new RuleTables(noRules());

    private final Classifier[] tables;

    private RuleTables(Classifier[] tables) {
        this.tables = tables;
    }

    private static Classifier[] noRules() {
        Classifier[] tables = new Classifier[TABLES];
        Arrays.fill(tables, Classifier.EMPTY);
        return tables;
    }

    /**
     * Tables without some flows and with others.
     *
     * @param removed flows that are here, the very objects
     */
    public RuleTables with(List<Flow> removed, List<Flow> added) {
        Map<Integer, List<Flow>> removedFrom = byTable(removed);
        Map<Integer, List<Flow>> addedTo = byTable(added);
        Set<Integer> changed = new TreeSet<>(removedFrom.keySet());
        changed.addAll(addedTo.keySet());
        Classifier[] next = tables.clone();
        for (int table : changed) {
            List<Flow> without = removedFrom.getOrDefault(table, List.of());
            next[table] = tables[table].with(without, addedTo.getOrDefault(table, List.of()));
        }
        return new RuleTables(next);
    }

    private static Map<Integer, List<Flow>> byTable(List<Flow> flows) {
        Map<Integer, List<Flow>> byTable = new TreeMap<>();
        flows.forEach(
                flow -> byTable.computeIfAbsent(flow.table(), _ -> new ArrayList<>()).add(flow));
        return byTable;
    }

    /** How many flows there are. */
    public int size() {
        return Arrays.stream(tables).mapToInt(Classifier::size).sum();
    }

    /** As {@link Classifier#find}. */
    Rule find(int table, long[] key, ConjunctionScratch scratch) {
        return tables[table].find(key, scratch);
    }

    /** As {@link Snapshot#has}. */
    boolean has(int table, Match pattern, int priority, long[] key) {
        return tables[table].has(pattern, priority, key);
    }

    /** Whether any flow of the table looks at any bit of the field. */
    int exactBits(int table) {
        return tables[table].exactBits();
    }
}
