package io.sluice.fastpath;

import io.sluice.fastpath.Group.Bucket;
import io.sluice.natlb.MaglevTable;
import io.sluice.natlb.WeightedChoice;
import java.util.Arrays;
import java.util.List;

/**
 * A group in a snapshot: which of its buckets are live, and their actions compiled. Workers look up
 * what was worked out here. Immutable.
 */
final class LiveGroup {
    /** No bucket takes the packet. */
    static final int NOBODY = WeightedChoice.NOBODY;

    private final Group group;
    private final boolean[] live;
    private final Step[][] steps;
    // One of the two.
    private final WeightedChoice choice;
    private final MaglevTable table;
    private final PacketHash hash;
    private final int firstLive;

    private LiveGroup(Group group, boolean[] live, LiveGroup before) {
        this.group = group;
        this.live = live;
        List<Bucket> buckets = group.buckets();
        steps =
                buckets.stream()
                        .map(bucket -> Step.listOf(bucket.actions()))
                        .toArray(Step[][]::new);
        int[] weights = new int[live.length];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = live[i] ? buckets.get(i).weight() : 0;
        }
        boolean hasTable = group.selection().method().hasTable();
        table = hasTable ? table(group, weights, before) : null;
        choice =
                hasTable
                        ? null
                        : new WeightedChoice(
                                buckets.stream().mapToInt(Bucket::id).toArray(), weights);
        hash = new PacketHash(group.selection());
        int first = 0;
        while (first < live.length && !live[first]) {
            first++;
        }
        firstLive = first < live.length ? first : NOBODY;
    }

    /**
     * The group with those of its buckets that are live.
     *
     * @param before the group of this number in the snapshot before, or null: what is still right
     *     is not worked out again
     */
    static LiveGroup of(Group group, Liveness liveness, LiveGroup before) {
        boolean[] live = new boolean[group.buckets().size()];
        for (int i = 0; i < live.length; i++) {
            live[i] = liveness.isLive(group.buckets().get(i));
        }
        boolean same = before != null && before.group == group && Arrays.equals(before.live, live);
        return same ? before : new LiveGroup(group, live, before);
    }

    private static MaglevTable table(Group group, int[] weights, LiveGroup before) {
        List<String> names = group.buckets().stream().map(Bucket::identity).toList();
        return before == null || before.table == null
                ? new MaglevTable(names, weights)
                : before.table.of(names, weights);
    }

    Group group() {
        return group;
    }

    int id() {
        return group.id();
    }

    boolean isAll() {
        return group.type() == Group.Type.ALL;
    }

    /**
     * The one bucket that a packet goes through, or {@link #NOBODY}; not for groups of all.
     *
     * @param key the packet's flow key
     */
    int bucketFor(long[] key) {
        if (group.type() != Group.Type.SELECT) {
            return firstLive;
        }
        return table == null ? choice.pick(hash.of(key)) : table.pick(hash.of(key));
    }

    /** Tells on which fields of the packet {@link #bucketFor} depends. */
    void noteReads(Trace trace) {
        if (group.type() == Group.Type.SELECT) {
            hash.noteReads(trace);
        }
    }

    Counters counters() {
        return group.counters();
    }

    int bucketCount() {
        return steps.length;
    }

    Counters counters(int bucket) {
        return group.buckets().get(bucket).counters();
    }

    /** Not to be changed. */
    Step[] steps(int bucket) {
        return steps[bucket];
    }
}
