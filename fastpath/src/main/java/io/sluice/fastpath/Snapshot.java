package io.sluice.fastpath;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Everything that workers need from control, at one moment: rules, groups, ports. Immutable;
 * published as one reference, so that no packet meets half of a change.
 */
final class Snapshot {
    /** Tables are numbered from 0; 255 stands for "all" in flow syntax. */
    static final int TABLES = 255;

    static final Snapshot EMPTY = new Snapshot(List.of(), List.of(), List.of());

    private final Classifier[] tables;
    private final List<Group> groupList;
    private final Map<Integer, SelectGroup> groups;
    private final List<DatapathPort> ports;

    Snapshot(List<Flow> flows, List<Group> groups, List<DatapathPort> ports) {
        tables = new Classifier[TABLES];
        Arrays.fill(tables, Classifier.EMPTY);
        change(tables, List.of(), flows);
        groupList = groups;
        this.groups = compile(groups);
        this.ports = List.copyOf(ports);
    }

    private Snapshot(
            Classifier[] tables,
            List<Group> groupList,
            Map<Integer, SelectGroup> groups,
            List<DatapathPort> ports) {
        this.tables = tables;
        this.groupList = groupList;
        this.groups = groups;
        this.ports = ports;
    }

    private static Map<Integer, SelectGroup> compile(List<Group> groups) {
        Map<Integer, SelectGroup> compiled = new TreeMap<>();
        groups.forEach(group -> compiled.put(group.id(), new SelectGroup(group)));
        return compiled;
    }

    Snapshot withPorts(List<DatapathPort> others) {
        return new Snapshot(tables, groupList, groups, List.copyOf(others));
    }

    /** What is the same after the change is shared, down to parts of tables. */
    Snapshot with(RuleChange change) {
        Classifier[] next = tables.clone();
        change(next, change.removed(), change.added());
        boolean sameGroups = change.groups() == groupList;
        return new Snapshot(
                next,
                change.groups(),
                sameGroups ? groups : compile(change.groups()),
                ports);
    }

    private static void change(Classifier[] tables, List<Flow> removed, List<Flow> added) {
        Map<Integer, List<Flow>> removedFrom = byTable(removed);
        Map<Integer, List<Flow>> addedTo = byTable(added);
        Set<Integer> changed = new TreeSet<>(removedFrom.keySet());
        changed.addAll(addedTo.keySet());
        for (int table : changed) {
            tables[table] =
                    tables[table].with(
                            removedFrom.getOrDefault(table, List.of()),
                            addedTo.getOrDefault(table, List.of()));
        }
    }

    private static Map<Integer, List<Flow>> byTable(List<Flow> flows) {
        Map<Integer, List<Flow>> byTable = new TreeMap<>();
        flows.forEach(flow ->
                byTable.computeIfAbsent(flow.table(), _ -> new ArrayList<>()).add(flow));
        return byTable;
    }

    /**
     * The rule for the key, or null.
     *
     * @param key its conj_id is 0; it is another while this works
     * @param scratch the thread's own
     */
    Rule find(int table, long[] key, ConjunctionScratch scratch) {
        return tables[table].find(key, scratch);
    }

    /** Whether any rule of the table looks at any bit of the field. */
    boolean looksAt(int table, Field field) {
        return tables[table].looksAt(field);
    }

    /** The group, or null. */
    SelectGroup group(int id) {
        return groups.get(id);
    }

    List<DatapathPort> ports() {
        return ports;
    }
}
