package io.sluice.fastpath;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Everything that workers need from control, at one moment: rules, groups, meters, ports.
 * Immutable; published as one reference, so that no packet meets half of a change.
 */
final class Snapshot {
    /** Without buckets whose connections are counted: for who has no connections. */
    static final Snapshot EMPTY = new Snapshot(BucketNumbers.NONE);

    private final RuleTables tables;
    private final List<Group> groupList;
    private final ById<LiveGroup> groups;
    private final List<Meter> meterList;
    private final ById<Meter> meters;
    private final List<LearnLimit> reached;
    private final List<DatapathPort> ports;
    private final BucketNumbers numbers;
    private final int[] groupsWithTurns;

    /** An empty one, from which others are to be made. */
    Snapshot(BucketNumbers numbers) {
        tables = RuleTables.EMPTY;
        groupList = List.of();
        groups = new ById<>(List.of(), LiveGroup::id);
        meterList = List.of();
        meters = new ById<>(List.of(), Meter::id);
        reached = List.of();
        ports = List.of();
        this.numbers = numbers;
        groupsWithTurns = new int[0];
    }

    Snapshot(List<Flow> flows, List<Group> groups, List<DatapathPort> ports) {
        this(flows, groups, List.of(), ports);
    }

    Snapshot(List<Flow> flows, List<Group> groups, List<Meter> meters, List<DatapathPort> ports) {
        this(
                EMPTY,
                RuleTables.EMPTY.with(List.of(), flows),
                groups,
                meters,
                List.of(),
                List.copyOf(ports));
    }

    private Snapshot(
            Snapshot before,
            RuleTables tables,
            List<Group> groupList,
            List<Meter> meterList,
            List<LearnLimit> reached,
            List<DatapathPort> ports) {
        this.tables = tables;
        this.groupList = groupList;
        this.meterList = meterList;
        this.reached = reached;
        this.ports = ports;
        numbers = before.numbers;
        // Which buckets are live depends on the ports.
        Liveness liveness = new Liveness(ports, groupList);
        List<LiveGroup> live =
                groupList.stream()
                        .map(group ->
                                LiveGroup.of(group, liveness, before.group(group.id()), numbers))
                        .toList();
        groups = new ById<>(live, LiveGroup::id);
        groupsWithTurns =
                live.stream()
                        .filter(group -> group.selector() != null && group.selector().hasTurns())
                        .mapToInt(LiveGroup::id)
                        .sorted()
                        .toArray();
        boolean sameGroups =
                live.size() == before.groupList.size()
                        && live.stream().allMatch(group -> group == before.group(group.id()));
        if (!sameGroups) {
            numbers.keepOnly(groupList);
        }
        meters = new ById<>(meterList, Meter::id);
    }

    Snapshot withPorts(List<DatapathPort> others) {
        return new Snapshot(this, tables, groupList, meterList, reached, List.copyOf(others));
    }

    /** Tables and groups that the change leaves as they are, and parts of others, are shared. */
    Snapshot with(RuleChange change) {
        RuleTables changed = tables.with(change.removed(), change.added());
        return new Snapshot(
                this, changed, change.groups(), change.meters(), change.reached(), ports);
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

    /** Numbers of groups whose new connections have turns, sorted; not to be changed. */
    int[] groupsWithTurns() {
        return groupsWithTurns;
    }

    /** The connections made in each bucket, by its number; without those that are not counted. */
    Map<Integer, BucketConnections> connections(int groupId) {
        LiveGroup group = group(groupId);
        Map<Integer, BucketConnections> connections = new HashMap<>();
        if (group == null || !group.bindsConnections()) {
            return connections;
        }
        List<Group.Bucket> buckets = group.group().buckets();
        for (int place = 0; place < buckets.size(); place++) {
            int number = group.selector().number(place);
            if (number != 0) {
                connections.put(
                        buckets.get(place).id(),
                        new BucketConnections(
                                numbers.counts().live(number), numbers.counts().made(number)));
            }
        }
        return connections;
    }

    /** The meter, or null. */
    Meter meter(int id) {
        return meters.get(id);
    }

    List<DatapathPort> ports() {
        return ports;
    }
}
