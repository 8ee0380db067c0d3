package io.sluice.fastpath;

import io.sluice.natlb.WeightedChoice;

/** A group in a snapshot, with its buckets' actions compiled. */
final class SelectGroup {
    private final Group group;
    private final WeightedChoice choice;
    private final Step[][] steps;

    SelectGroup(Group group) {
        this.group = group;
        choice =
                new WeightedChoice(
                        group.buckets().stream().mapToInt(Group.Bucket::weight).toArray());
        steps =
                group.buckets().stream()
                        .map(bucket -> Step.listOf(bucket.actions()))
                        .toArray(Step[][]::new);
    }

    Counters counters() {
        return group.counters();
    }

    /** The number of the bucket for this hash, or {@link WeightedChoice#NOBODY}. */
    int pick(long hash) {
        return choice.pick(hash);
    }

    Counters counters(int bucket) {
        return group.buckets().get(bucket).counters();
    }

    Step[] steps(int bucket) {
        return steps[bucket];
    }
}
