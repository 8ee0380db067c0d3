package io.sluice.fastpath;

import io.sluice.conntrack.ConnTable;
import io.sluice.natlb.Affinity;
import io.sluice.packet.TupleHash;
import java.util.Arrays;

/**
 * Chooses the bucket that a packet goes through, and counts the turns of groups that have some:
 * each worker its own, so that no packet writes what another worker reads. Used by the worker's
 * thread.
 */
final class BucketChooser {
    private final Trace trace;
    private final ConnectionSteps connections;
    // Groups with turns, by their number, and whose turn is next in each.
    private int[] groups = {};
    private int[] turns = {};
    private BucketReason reason = BucketReason.FIRST_LIVE;

    BucketChooser(Trace trace, ConnectionSteps connections) {
        this.trace = trace;
        this.connections = connections;
    }

    /** Why the last bucket was chosen. */
    BucketReason reason() {
        return reason;
    }

    /** Groups go on where they were. */
    void adopt(Snapshot next) {
        int[] nextGroups = next.groupsWithTurns();
        int[] nextTurns = new int[nextGroups.length];
        for (int i = 0; i < nextTurns.length; i++) {
            int at = Arrays.binarySearch(groups, nextGroups[i]);
            nextTurns[i] = at < 0 ? 0 : turns[at];
        }
        groups = nextGroups;
        turns = nextTurns;
    }

    /**
     * The one bucket that a packet goes through, or {@link Selector#NOBODY}; not for groups of all.
     */
    int choose(LiveGroup group, SlowPacket packet, int nowMs) {
        Selector selector = group.selector();
        if (selector == null) {
            reason = BucketReason.FIRST_LIVE;
            return group.firstLive();
        }
        if (selector.binds() && packet.connection != ConnTable.NONE) {
            int bound = selector.placeOf(connections.bucket(packet));
            if (bound != Selector.NOBODY) {
                reason = BucketReason.CONNECTION;
                return bound;
            }
        } else if (selector.affinity() != null) {
            return byClient(group, packet, nowMs);
        } else if (selector.hasTurns()) {
            return inTurn(group);
        }
        return byHash(selector, packet);
    }

    private int byHash(Selector selector, SlowPacket packet) {
        reason = selector.hasTable() ? BucketReason.TABLE : BucketReason.HASH;
        selector.noteReads(trace);
        return selector.byHash(packet.key);
    }

    /** Of a packet without a connection: it may begin one. */
    private int byClient(LiveGroup group, SlowPacket packet, int nowMs) {
        trace.notCacheable();
        Selector selector = group.selector();
        Affinity affinity = selector.affinity();
        long client = client(packet.key);
        int found = affinity.find(client, nowMs);
        int place = selector.placeForNew(found);
        if (place == Selector.NOBODY) {
            place = selector.hasTurns() ? inTurn(group) : byHash(selector, packet);
        } else {
            reason = BucketReason.CLIENT;
        }
        if (place == Selector.NOBODY || selector.number(place) == 0 || trace.isDry()) {
            return place;
        }
        int noted = affinity.note(client, found, selector.number(place), nowMs);
        int others = selector.placeForNew(noted);
        return others == Selector.NOBODY ? place : others;
    }

    /** Keyed, so that nobody can choose addresses that make others be forgotten. */
    private static long client(long[] key) {
        long wide = TupleHash.secret(Field.IPV6_SRC.getHigh(key), Field.IPV6_SRC.get(key));
        return TupleHash.secret(wide, Field.NW_SRC.get(key));
    }

    private int inTurn(LiveGroup group) {
        trace.notCacheable();
        reason = group.selector().isByTurn() ? BucketReason.TURN : BucketReason.FEWEST;
        int at = Arrays.binarySearch(groups, group.id());
        int place = group.selector().inTurn(turns[at]);
        if (place != Selector.NOBODY && !trace.isDry()) {
            turns[at] = group.selector().turnAfter(turns[at], place);
        }
        return place;
    }
}
