package io.sluice.fastpath;

import io.sluice.fastpath.Group.Bucket;
import io.sluice.natlb.BucketCounts;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which number stands for which bucket, in {@link BucketCounts} and in connections: the same as
 * long as a group has the bucket, also in place of one of the same number. Control thread.
 */
final class BucketNumbers {
    /** Where nothing is counted: for groups that bind no connections. */
    static final BucketNumbers NONE = new BucketNumbers(null);

    private final BucketCounts counts;
    // A bucket that takes the place of another keeps its counters.
    private final Map<Counters, Integer> numbers = new HashMap<>();

    BucketNumbers(BucketCounts counts) {
        this.counts = counts;
    }

    BucketCounts counts() {
        return counts;
    }

    /** The bucket's number; 0 when there are too many: its connections are not counted. */
    int of(Bucket bucket) {
        Integer known = numbers.get(bucket.counters());
        if (known != null) {
            return known;
        }
        int number = counts == null ? 0 : counts.take();
        if (number != 0) {
            numbers.put(bucket.counters(), number);
        }
        return number;
    }

    /** Gives back the numbers of buckets that no group has any more. */
    void keepOnly(Collection<Group> groups) {
        Set<Counters> kept = new HashSet<>();
        for (Group group : groups) {
            group.buckets().forEach(bucket -> kept.add(bucket.counters()));
        }
        numbers.entrySet()
                .removeIf(each -> {
                    boolean gone = !kept.contains(each.getKey());
                    if (gone) {
                        counts.giveBack(each.getValue());
                    }
                    return gone;
                });
    }
}
