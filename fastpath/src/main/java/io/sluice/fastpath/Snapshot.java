package io.sluice.fastpath;

import java.util.List;

/**
 * Everything that workers need from control, at one moment: rules, groups, meters, ports.
 * Immutable; published as one reference, so that no packet meets half of a change.
 */
final class Snapshot {
    static final Snapshot EMPTY = new Snapshot(List.of(), List.of(), List.of());

    private final RuleTables tables;
    private final List<Group> groupList;
    private final ById<LiveGroup> groups;
    private final List<Meter> meterList;
    private final ById<Meter> meters;
    private final List<LearnLimit> reached;
    private final List<DatapathPort> ports;

    Snapshot(List<Flow> flows, List<Group> groups, List<DatapathPort> ports) {
        this(flows, groups, List.of(), ports);
    }

    Snapshot(List<Flow> flows, List<Group> groups, List<Meter> meters, List<DatapathPort> ports) {
        this(
                RuleTables.EMPTY.with(List.of(), flows),
                groups,
                meters,
                List.of(),
                List.copyOf(ports),
                new ById<>(List.of(), LiveGroup::id));
    }

    private Snapshot(
            RuleTables tables,
            List<Group> groupList,
            List<Meter> meterList,
            List<LearnLimit> reached,
            List<DatapathPort> ports,
            ById<LiveGroup> before) {
        this.tables = tables;
        this.groupList = groupList;
        this.meterList = meterList;
        this.reached = reached;
        this.ports = ports;
        // Which buckets are live depends on the ports.
        Liveness liveness = new Liveness(ports, groupList);
        groups =
                new ById<>(
                        groupList.stream()
                                .map(group -> LiveGroup.of(group, liveness, before.get(group.id())))
                                .toList(),
                        LiveGroup::id);
        meters = new ById<>(meterList, Meter::id);
    }

    Snapshot withPorts(List<DatapathPort> others) {
        return new Snapshot(tables, groupList, meterList, reached, List.copyOf(others), groups);
    }

    /** Tables and groups that the change leaves as they are, and parts of others, are shared. */
    Snapshot with(RuleChange change) {
        RuleTables changed = tables.with(change.removed(), change.added());
        return new Snapshot(
                changed, change.groups(), change.meters(), change.reached(), ports, groups);
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

    /** Which of the fields that are not in the cache's key rules of the table look at. */
    int exactBits(int table) {
        return tables.exactBits(table);
    }

    /**
     * Whether the {@code learn} may add a flow that is not there yet. Lessons that are on their way
     * to control do not count.
     */
    boolean mayLearn(LearnedFlow learned) {
        for (int i = 0; i < reached.size(); i++) {
            if (reached.get(i).isOf(learned)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether there is a flow with a match of this pattern and these values.
     *
     * @param key the values, where the pattern has bits
     */
    boolean has(int table, Match pattern, int priority, long[] key) {
        return tables.has(table, pattern, priority, key);
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
