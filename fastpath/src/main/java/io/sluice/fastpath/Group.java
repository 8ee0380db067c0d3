package io.sluice.fastpath;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * A group as control installed it: buckets of actions, and which of them a packet goes through.
 * Immutable, apart from what it counts.
 */
public final class Group {
    /** Which buckets a packet goes through. */
    public enum Type {
        /** A copy of it through each, in order. */
        ALL,
        /** One, by hash and weight. */
        SELECT,
        /** The only one. */
        INDIRECT,
        /** The first that is live. */
        FAST_FAILOVER
    }

    private final int id;
    private final Type type;
    private final Selection selection;
    private final List<Bucket> written;
    private final List<Bucket> buckets;
    private final Counters counters;
    private final long createdNs;

    /**
     * @param selection counts for select groups only
     * @param buckets those without a number get one
     */
    public Group(int id, Type type, Selection selection, List<Bucket> buckets) {
        this(
                id,
                type,
                selection,
                List.copyOf(buckets),
                BucketIds.assign(buckets, List.of()),
                new Counters(),
                System.nanoTime());
    }

    private Group(
            int id,
            Type type,
            Selection selection,
            List<Bucket> written,
            List<Bucket> buckets,
            Counters counters,
            long createdNs) {
        this.id = id;
        this.type = type;
        this.selection = selection;
        this.written = written;
        this.buckets = buckets;
        this.counters = counters;
        this.createdNs = createdNs;
    }

    /**
     * This group in place of another of its number: it keeps that one's age and counters, and
     * buckets those of the bucket with their number. A bucket that was written without a number
     * takes that of a bucket which says the same.
     */
    public Group inPlaceOf(Group before) {
        Map<Integer, Counters> counted = new HashMap<>();
        before.buckets.forEach(bucket -> counted.put(bucket.id(), bucket.counters()));
        List<Bucket> continued =
                BucketIds.assign(written, before.buckets).stream()
                        .map(bucket -> bucket.counting(counted.get(bucket.id())))
                        .toList();
        return new Group(
                id, type, selection, written, continued, before.counters, before.createdNs);
    }

    /** Whether it does the same, whatever it has counted. */
    public boolean saysTheSame(Group other) {
        if (id != other.id
                || type != other.type
                || !selection.equals(other.selection)
                || buckets.size() != other.buckets.size()) {
            return false;
        }
        for (int i = 0; i < buckets.size(); i++) {
            Bucket mine = buckets.get(i);
            Bucket others = other.buckets.get(i);
            if (mine.id() != others.id() || !mine.saysTheSame(others)) {
                return false;
            }
        }
        return true;
    }

    public int id() {
        return id;
    }

    public Type type() {
        return type;
    }

    public Selection selection() {
        return selection;
    }

    public List<Bucket> buckets() {
        return buckets;
    }

    public Counters counters() {
        return counters;
    }

    /** {@code System.nanoTime()} when the group was made. */
    public long createdNs() {
        return createdNs;
    }

    /**
     * What a group does to a packet that goes through it.
     *
     * @param id 0 to 0xffffff00, unsigned, or {@link #NO_ID}
     * @param name what the bucket's share of a table's hashes is made from, different for each of
     *     the group; empty: its number is
     * @param weight the share of a select group's packets, by the sum of all; 0 takes none
     * @param watchPort the bucket is live while this port is up
     * @param watchGroup the bucket is live while this group has a live bucket; with both, one is
     *     enough
     */
    public record Bucket(
            int id,
            String name,
            int weight,
            OptionalInt watchPort,
            OptionalInt watchGroup,
            List<Action> actions,
            Counters counters) {
        /** The group gives it a number. */
        public static final int NO_ID = -1;

        public Bucket {
            actions = Action.listOf(actions);
        }

        public Bucket(
                int id,
                String name,
                int weight,
                OptionalInt watchPort,
                OptionalInt watchGroup,
                List<Action> actions) {
            this(id, name, weight, watchPort, watchGroup, actions, new Counters());
        }

        /** A bucket without a name. */
        public Bucket(
                int id,
                int weight,
                OptionalInt watchPort,
                OptionalInt watchGroup,
                List<Action> actions) {
            this(id, "", weight, watchPort, watchGroup, actions);
        }

        /** A bucket that watches nothing. */
        public Bucket(int weight, List<Action> actions) {
            this(NO_ID, weight, OptionalInt.empty(), OptionalInt.empty(), actions);
        }

        Bucket withId(int newId) {
            return new Bucket(newId, name, weight, watchPort, watchGroup, actions, counters);
        }

        /** The same bucket with these counters; as it is for null. */
        private Bucket counting(Counters others) {
            return others == null
                    ? this
                    : new Bucket(id, name, weight, watchPort, watchGroup, actions, others);
        }

        /** Its name, or else what no name is. */
        String identity() {
            return name.isEmpty() ? "#" + Integer.toUnsignedString(id) : name;
        }

        boolean watches() {
            return watchPort.isPresent() || watchGroup.isPresent();
        }

        /** Apart from number and counters. */
        boolean saysTheSame(Bucket other) {
            return weight == other.weight && doesTheSame(other);
        }

        /** Apart from number, weight and counters. */
        boolean doesTheSame(Bucket other) {
            return name.equals(other.name)
                    && watchPort.equals(other.watchPort)
                    && watchGroup.equals(other.watchGroup)
                    && actions.equals(other.actions);
        }
    }
}
