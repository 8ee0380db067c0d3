package io.sluice.fastpath;

import io.sluice.fastpath.Group.Bucket;
import io.sluice.natlb.WeightedChoice;
import java.util.List;

/**
 * A group in a snapshot: which of its buckets are live, and their actions compiled. Workers look up
 * what was worked out here. Immutable.
 */
final class LiveGroup {
    /** No bucket takes the packet. */
    static final int NOBODY = WeightedChoice.NOBODY;

    private final Group group;
    private final Step[][] steps;
    private final WeightedChoice choice;
    private final PacketHash hash;
    private final int firstLive;

    LiveGroup(Group group, Liveness liveness) {
        this.group = group;
        List<Bucket> buckets = group.buckets();
        steps =
                buckets.stream()
                        .map(bucket -> Step.listOf(bucket.actions()))
                        .toArray(Step[][]::new);
        choice =
                new WeightedChoice(
                        buckets.stream().mapToInt(Bucket::id).toArray(),
                        buckets.stream()
                                .mapToInt(each -> liveness.isLive(each) ? each.weight() : 0)
                                .toArray());
        hash = new PacketHash(group.selection());
        int first = 0;
        while (first < buckets.size() && !liveness.isLive(buckets.get(first))) {
            first++;
        }
        firstLive = first < buckets.size() ? first : NOBODY;
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
        return group.type() == Group.Type.SELECT ? choice.pick(hash.of(key)) : firstLive;
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
