package io.sluice.fastpath;

import io.sluice.fastpath.Group.Bucket;
import java.util.Arrays;
import java.util.List;

/**
 * A group in a snapshot: which of its buckets are live, and their actions compiled. Workers look up
 * what was worked out here. Immutable.
 */
final class LiveGroup {
    private final Group group;
    private final boolean[] live;
    private final Step[][] steps;
    // Null for groups that do not select.
    private final Selector selector;
    private final int firstLive;

    private LiveGroup(Group group, boolean[] live, LiveGroup before, BucketNumbers numbers) {
        this.group = group;
        this.live = live;
        List<Bucket> buckets = group.buckets();
        steps =
                buckets.stream()
                        .map(bucket -> Step.listOf(bucket.actions()))
                        .toArray(Step[][]::new);
        selector =
                group.type() == Group.Type.SELECT
                        ? new Selector(
                                group, live, before == null ? null : before.selector, numbers)
                        : null;
        int first = 0;
        while (first < live.length && !live[first]) {
            first++;
        }
        firstLive = first < live.length ? first : Selector.NOBODY;
    }

    /**
     * The group with those of its buckets that are live.
     *
     * @param before the group of this number in the snapshot before, or null: what is still right
     *     is not worked out again
     */
    static LiveGroup of(Group group, Liveness liveness, LiveGroup before, BucketNumbers numbers) {
        boolean[] live = new boolean[group.buckets().size()];
        for (int i = 0; i < live.length; i++) {
            live[i] = liveness.isLive(group.buckets().get(i));
        }
        boolean same = before != null && before.group == group && Arrays.equals(before.live, live);
        return same ? before : new LiveGroup(group, live, before, numbers);
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

    /** Null for groups that do not select. */
    Selector selector() {
        return selector;
    }

    /** The place of the first live bucket, or {@link Selector#NOBODY}. */
    int firstLive() {
        return firstLive;
    }

    /** Whether connections made in its buckets are bound to them, and counted. */
    boolean bindsConnections() {
        return selector != null && selector.binds();
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
