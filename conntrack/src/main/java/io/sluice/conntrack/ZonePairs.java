package io.sluice.conntrack;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Which zones packets were looked for in after they were not found in another: connections have a
 * zone for each direction there. A cached way of such a packet rests on there being no connection
 * in the first zone, which no version tells; so who makes one there sees to it that such ways are
 * not used any more ({@link Insertion}). All threads.
 */
final class ZonePairs {
    private static final int MAX_EACH = 64;

    private final AtomicReferenceArray<int[]> further = new AtomicReferenceArray<>(Zones.COUNT);

    /**
     * Notes that packets which are not in the zone are looked for in another. The caller looks in
     * the zone once more after it: who made a connection there before may not have known.
     *
     * @return false when there is no room: no way may rest on it
     */
    boolean note(int zone, int other) {
        while (true) {
            int[] known = further.get(zone);
            if (known != null && contains(known, other)) {
                return true;
            }
            int count = known == null ? 0 : known.length;
            if (count == MAX_EACH) {
                return false;
            }
            int[] more = known == null ? new int[1] : Arrays.copyOf(known, count + 1);
            more[count] = other;
            if (further.compareAndSet(zone, known, more)) {
                return true;
            }
        }
    }

    private static boolean contains(int[] zones, int wanted) {
        for (int zone : zones) {
            if (zone == wanted) {
                return true;
            }
        }
        return false;
    }

    /** The zones where packets were looked for that are not in this one; null: none. */
    int[] furtherThan(int zone) {
        return further.get(zone);
    }
}
