package io.sluice.fastpath;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Everything that workers need from control, at one moment: rules, groups, meters, ports.
 * Immutable; published as one reference, so that no packet meets half of a change.
 */
final class Snapshot {
    /** Tables are numbered from 0; 255 stands for "all" in flow syntax. */
    static final int TABLES = 255;

    private static final Classifier NO_RULES = new Classifier(List.of());

    static final Snapshot EMPTY = new Snapshot(List.of(), List.of(), List.of());

    private final Classifier[] tables = new Classifier[TABLES];
    private final Map<Integer, LiveGroup> groups = new TreeMap<>();
    private final Map<Integer, Meter> meters = new TreeMap<>();
    private final List<DatapathPort> ports;

    Snapshot(List<Flow> flows, List<Group> groups, List<DatapathPort> ports) {
        this(flows, groups, List.of(), ports);
    }

    Snapshot(List<Flow> flows, List<Group> groups, List<Meter> meters, List<DatapathPort> ports) {
        Map<Integer, List<Rule>> byTable = new TreeMap<>();
        for (Flow flow : flows) {
            byTable.computeIfAbsent(flow.table(), _ -> new ArrayList<>()).add(new Rule(flow));
        }
        for (int table = 0; table < TABLES; table++) {
            List<Rule> rules = byTable.get(table);
            tables[table] = rules == null ? NO_RULES : new Classifier(rules);
        }
        meters.forEach(meter -> this.meters.put(meter.id(), meter));
        this.ports = List.copyOf(ports);
        putGroups(groups);
    }

    private Snapshot(Snapshot rules, List<DatapathPort> ports) {
        System.arraycopy(rules.tables, 0, tables, 0, TABLES);
        meters.putAll(rules.meters);
        this.ports = List.copyOf(ports);
        putGroups(rules.groups.values().stream().map(LiveGroup::group).toList());
    }

    /** Which buckets are live depends on the ports. */
    private void putGroups(List<Group> all) {
        Liveness liveness = new Liveness(ports, all);
        all.forEach(group -> groups.put(group.id(), new LiveGroup(group, liveness)));
    }

    Snapshot withPorts(List<DatapathPort> others) {
        return new Snapshot(this, others);
    }

    Rule find(int table, long[] key) {
        return tables[table].find(key);
    }

    /** The group, or null. */
    LiveGroup group(int id) {
        return groups.get(id);
    }

    /** The meter, or null. */
    Meter meter(int id) {
        return meters.get(id);
    }

    List<DatapathPort> ports() {
        return ports;
    }
}
