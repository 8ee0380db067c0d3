package io.sluice.fastpath;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Everything that workers need from control, at one moment: rules, groups, ports. Immutable;
 * published as one reference, so that no packet meets half of a change.
 */
final class Snapshot {
    static final Snapshot EMPTY = new Snapshot(List.of(), List.of(), List.of());

    private final RuleTables tables;
    private final List<Group> groupList;
    private final Map<Integer, SelectGroup> groups;
    private final List<DatapathPort> ports;

    Snapshot(List<Flow> flows, List<Group> groups, List<DatapathPort> ports) {
        this(RuleTables.EMPTY.with(List.of(), flows), groups, compile(groups), List.copyOf(ports));
    }

    private Snapshot(
            RuleTables tables,
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
        boolean sameGroups = change.groups().equals(groupList);
        return new Snapshot(
                tables.with(change.removed(), change.added()),
                change.groups(),
                sameGroups ? groups : compile(change.groups()),
                ports);
    }

    /**
     * The rule for the key, or null.
     *
     * @param key its conj_id is 0; it is another while this works
     * @param scratch the thread's own
     */
    Rule find(int table, long[] key, ConjunctionScratch scratch) {
        return tables.find(table, key, scratch);
    }

    /** Whether any rule of the table looks at any bit of the field. */
    boolean looksAt(int table, Field field) {
        return tables.looksAt(table, field);
    }

    /** The group, or null. */
    SelectGroup group(int id) {
        return groups.get(id);
    }

    List<DatapathPort> ports() {
        return ports;
    }
}
