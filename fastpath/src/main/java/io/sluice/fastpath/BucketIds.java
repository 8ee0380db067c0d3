package io.sluice.fastpath;

import io.sluice.fastpath.Group.Bucket;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Gives numbers to buckets that have none. */
final class BucketIds {
    private BucketIds() {}

    /**
     * The buckets, each with a number of its own: that of an earlier bucket which does the same, so
     * that packets stay with it, or else the lowest that is free.
     */
    static List<Bucket> assign(List<Bucket> buckets, List<Bucket> before) {
        Set<Integer> taken = new HashSet<>();
        buckets.forEach(bucket -> taken.add(bucket.id()));
        List<Bucket> numbered = new ArrayList<>();
        for (Bucket bucket : buckets) {
            numbered.add(bucket.id() == Bucket.NO_ID ? continuing(bucket, before, taken) : bucket);
        }
        int next = 0;
        for (int i = 0; i < numbered.size(); i++) {
            if (numbered.get(i).id() == Bucket.NO_ID) {
                while (!taken.add(next)) {
                    next++;
                }
                numbered.set(i, numbered.get(i).withId(next));
            }
        }
        return List.copyOf(numbered);
    }

    private static Bucket continuing(Bucket bucket, List<Bucket> before, Set<Integer> taken) {
        for (Bucket old : before) {
            if (old.doesTheSame(bucket) && taken.add(old.id())) {
                return bucket.withId(old.id());
            }
        }
        return bucket;
    }
}
