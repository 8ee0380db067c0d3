package io.sluice.fastpath;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Everything that workers need from control, at one moment: rules, groups, meters, ports.
 * Immutable; published as one reference, so that no packet meets half of a change.
 */
final class Snapshot {
    static final Snapshot EMPTY = new Snapshot(List.of(), List.of(), List.of());

    private final RuleTables tables;
    private final List<Group> groupList;
    private final Map<Integer, LiveGroup> groups = new TreeMap<>();
    private final List<Meter> meterList;
    private final Map<Integer, Meter> meters = new TreeMap<>();
    private final List<DatapathPort> ports;

    Snapshot(List<Flow> flows, List<Group> groups, List<DatapathPort> ports) {
        this(flows, groups, List.of(), ports);
    }

    Snapshot(List<Flow> flows, List<Group> groups, List<Meter> meters, List<DatapathPort> ports) {
        this(RuleTables.EMPTY.with(List.of(), flows), groups, meters, List.copyOf(ports));
    }

    private Snapshot(
            RuleTables tables,
            List<Group> groupList,
            List<Meter> meterList,
            List<DatapathPort> ports) {
        this.tables = tables;
        this.groupList = groupList;
        this.meterList = meterList;
        this.ports = ports;
        // Which buckets are live depends on the ports.
        Liveness liveness = new Liveness(ports, groupList);
        groupList.forEach(group -> groups.put(group.id(), new LiveGroup(group, liveness)));
        meterList.forEach(meter -> meters.put(meter.id(), meter));
    }

    Snapshot withPorts(List<DatapathPort> others) {
        return new Snapshot(tables, groupList, meterList, List.copyOf(others));
    }

    /** Tables that the change leaves as they are, and unchanged parts of others, are shared. */
    Snapshot with(RuleChange change) {
        RuleTables changed = tables.with(change.removed(), change.added());
        return new Snapshot(changed, change.groups(), change.meters(), ports);
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
