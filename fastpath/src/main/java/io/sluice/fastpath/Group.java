package io.sluice.fastpath;

import java.util.List;

/**
 * A select group: one bucket for each packet, by a hash of its five-tuple that is the same in every
 * process, so that a connection keeps its bucket while the buckets stay.
 */
public final class Group {
    /** A bucket's share is its weight by the sum of all; 0 takes no packet. */
    public record Bucket(int weight, List<Action> actions, Counters counters) {
        public Bucket(int weight, List<Action> actions) {
            this(weight, List.copyOf(actions), new Counters());
        }
    }

    private final int id;
    private final List<Bucket> buckets;
    private final Counters counters = new Counters();

    public Group(int id, List<Bucket> buckets) {
        this.id = id;
        this.buckets = List.copyOf(buckets);
    }

    public int id() {
        return id;
    }

    public List<Bucket> buckets() {
        return buckets;
    }

    public Counters counters() {
        return counters;
    }
}
