package io.sluice.fastpath;

import io.sluice.fastpath.Group.Bucket;
import io.sluice.natlb.Affinity;
import io.sluice.natlb.LeastConnections;
import io.sluice.natlb.MaglevTable;
import io.sluice.natlb.RoundRobin;
import io.sluice.natlb.WeightedChoice;
import java.util.Arrays;
import java.util.List;

/**
 * How a select group finds buckets, worked out once for all workers. Places are those of the
 * group's buckets. Immutable, but for what workers note about clients.
 */
final class Selector {
    /** No bucket takes the packet. */
    static final int NOBODY = WeightedChoice.NOBODY;

    private final Selection selection;
    private final PacketHash hash;
    private final boolean[] live;
    private final int[] weights;
    // Of a table or not.
    private final MaglevTable table;
    private final WeightedChoice weighted;
    // Each of its method only.
    private final RoundRobin roundRobin;
    private final LeastConnections least;
    private final Affinity affinity;
    // Of buckets, for methods that bind connections: place to number, and back (number, place).
    private final int[] numbers;
    private final long[] placesByNumber;

    /**
     * @param before of the same group, or null: what is still right is taken over
     */
    Selector(Group group, boolean[] live, Selector before, BucketNumbers allNumbers) {
        selection = group.selection();
        this.live = live;
        List<Bucket> buckets = group.buckets();
        int count = buckets.size();
        weights = new int[count];
        numbers = new int[count];
        placesByNumber = new long[count];
        for (int i = 0; i < count; i++) {
            weights[i] = live[i] ? buckets.get(i).weight() : 0;
            numbers[i] = binds() ? allNumbers.of(buckets.get(i)) : 0;
            placesByNumber[i] = (long) numbers[i] << 32 | i;
        }
        Arrays.sort(placesByNumber);
        Selection.Method method = selection.method();
        hash = new PacketHash(selection);
        table = method.hasTable() ? table(buckets, before) : null;
        int[] ids = buckets.stream().mapToInt(Bucket::id).toArray();
        weighted = table == null ? new WeightedChoice(ids, weights) : null;
        roundRobin = method == Selection.Method.ROUND_ROBIN ? new RoundRobin(weights) : null;
        least =
                method == Selection.Method.LEAST_CONNECTIONS
                        ? new LeastConnections(numbers, weights, allNumbers.counts())
                        : null;
        affinity = affinity(before);
    }

    private MaglevTable table(List<Bucket> buckets, Selector before) {
        List<String> names = buckets.stream().map(Bucket::identity).toList();
        return before == null || before.table == null
                ? new MaglevTable(names, weights)
                : before.table.of(names, weights);
    }

    /** Clients that are remembered stay so, while their number and time do. */
    private Affinity affinity(Selector before) {
        if (selection.affinitySeconds() == 0) {
            return null;
        }
        boolean same =
                before != null
                        && before.selection.affinitySeconds() == selection.affinitySeconds()
                        && before.selection.affinityClients() == selection.affinityClients();
        return same
                ? before.affinity
                : new Affinity(selection.affinityClients(), selection.affinitySeconds());
    }

    /** Whether connections stay with the bucket that they were made in. */
    boolean binds() {
        return selection.method().bindsConnections();
    }

    /** Whether {@link #inTurn} chooses for new connections. */
    boolean hasTurns() {
        return roundRobin != null || least != null;
    }

    /** Whether {@link #byHash} looks in a table of names. */
    boolean hasTable() {
        return table != null;
    }

    /** Whether they go round, and do not go by connections. */
    boolean isByTurn() {
        return roundRobin != null;
    }

    /** Null without affinity. */
    Affinity affinity() {
        return affinity;
    }

    /** The same for all packets that are alike. */
    int byHash(long[] key) {
        return table == null ? weighted.pick(hash.of(key)) : table.pick(hash.of(key));
    }

    /** Tells on which fields of the packet {@link #byHash} depends. */
    void noteReads(Trace trace) {
        hash.noteReads(trace);
    }

    /**
     * Whose turn it is.
     *
     * @param turn of the worker, from 0
     */
    int inTurn(int turn) {
        return roundRobin != null ? roundRobin.pick(turn) : least.pick(turn);
    }

    /** The turn after that in which the bucket of this place was chosen. */
    int turnAfter(int turn, int place) {
        int next = roundRobin != null ? turn + 1 : place + 1;
        int turns = roundRobin != null ? roundRobin.length() : weights.length;
        return next < turns ? next : 0;
    }

    /** The number that stands for the bucket in connections and for clients; 0: none. */
    int number(int place) {
        return numbers[place];
    }

    /** The place of the bucket that a connection was made in, while it lives; or NOBODY. */
    int placeOf(int number) {
        int at = Arrays.binarySearch(placesByNumber, (long) number << 32);
        at = at < 0 ? -at - 1 : at;
        if (number == 0 || at == placesByNumber.length || placesByNumber[at] >>> 32 != number) {
            return NOBODY;
        }
        int place = (int) placesByNumber[at];
        return live[place] ? place : NOBODY;
    }

    /** The same, if the bucket takes new connections. */
    int placeForNew(int number) {
        int place = placeOf(number);
        return place != NOBODY && weights[place] > 0 ? place : NOBODY;
    }
}
