package io.sluice.conntrack;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntPredicate;
import java.util.function.IntSupplier;

/**
 * Ends connections of zones that hold more than a limit which was lowered: closing ones first, then
 * those that were never answered, as in a full table ({@link Eviction}), and of each kind the
 * longest silent first, as far as powers of two tell times apart. Established ones stay. What has
 * ended or expired by itself is not counted, though it holds its place until it is swept.
 *
 * <p>One walk through the table counts, a second one ends, both in slices. Who is ended so gives
 * its place back at once, and not when it is swept: the zone is never left with fewer connections
 * than its limit, but for those that ended by themselves between the walks. Any thread; a second
 * one waits for the first.
 */
public final class LoweredLimits {
    private static final int SLICE_RECORDS = 1 << 14;
    // Again where some that were to end have been answered meanwhile.
    private static final int ROUNDS = 4;

    // Kinds of connections: the rank in the high bits, how long they were silent in the low ones.
    private static final int SILENCE_BITS = 5;
    private static final int KINDS = (Eviction.CLOSING + 1) << SILENCE_BITS;

    /**
     * What became of a zone.
     *
     * @param ended connections that ended for the limit's sake
     * @param above connections that stay over the limit, because none of them may give way
     */
    public record Outcome(int zone, int limit, int ended, int above) {}

    /** What is known of a zone that holds too much. */
    private static final class Surplus {
        final int[] ofKind = new int[KINDS];
        int ended;
        int alive;
        // Kinds beyond this end all, of this one so many; and how many that is together.
        int lastKind;
        int ofLastKind;
        int toEnd;

        void plan(int limit) {
            int over = Math.max(0, alive - limit);
            toEnd = 0;
            lastKind = KINDS;
            ofLastKind = 0;
            for (int kind = KINDS - 1; kind >= 0 && toEnd < over; kind--) {
                lastKind = kind;
                ofLastKind = Math.min(ofKind[kind], over - toEnd);
                toEnd += ofLastKind;
            }
        }

        boolean isToEnd(int kind) {
            return toEnd > 0 && (kind > lastKind || (kind == lastKind && ofLastKind > 0));
        }

        void hasEnded(int kind) {
            ended++;
            alive--;
            toEnd--;
            ofLastKind -= kind == lastKind ? 1 : 0;
        }
    }

    private interface Visitor {
        void visit(Surplus zone, int record, int version, int nowMs);
    }

    private final ConnTable table;
    private final Zones zones;
    private final Lifetime lifetime;

    LoweredLimits(ConnTable table, Lifetime lifetime) {
        this.table = table;
        this.lifetime = lifetime;
        zones = table.zones();
    }

    /**
     * Brings zones to their limits, after these were set.
     *
     * @param which zones are looked at; the others stay as they are
     * @param clockMs the table's clock
     * @return those that held too much, in their order
     */
    public synchronized List<Outcome> enforce(IntPredicate which, IntSupplier clockMs) {
        Surplus[] byZone = new Surplus[Zones.COUNT];
        boolean any = false;
        for (int zone = 0; zone < Zones.COUNT; zone++) {
            if (!zones.hasRoomFor(zone, 0) && which.test(zone)) {
                byZone[zone] = new Surplus();
                any = true;
            }
        }
        for (int round = 0; any && round < ROUNDS; round++) {
            any = enforceOnce(byZone, clockMs.getAsInt());
        }
        List<Outcome> outcomes = new ArrayList<>();
        for (int zone = 0; zone < Zones.COUNT; zone++) {
            Surplus surplus = byZone[zone];
            if (surplus != null) {
                int limit = zones.limit(zone);
                long held = Math.min(surplus.alive, zones.live(zone));
                int above = limit == 0 ? 0 : (int) Math.max(0, held - limit);
                if (surplus.ended > 0 || above > 0) {
                    outcomes.add(new Outcome(zone, limit, surplus.ended, above));
                }
            }
        }
        return outcomes;
    }

    /** Whether some that were to end did not. */
    private boolean enforceOnce(Surplus[] byZone, int nowMs) {
        for (Surplus surplus : byZone) {
            if (surplus != null) {
                surplus.alive = 0;
                Arrays.fill(surplus.ofKind, 0);
            }
        }
        walk(byZone, nowMs, this::count);
        boolean some = false;
        for (int zone = 0; zone < Zones.COUNT; zone++) {
            if (byZone[zone] != null) {
                int limit = zones.limit(zone);
                byZone[zone].plan(limit == 0 ? Integer.MAX_VALUE : limit);
                some |= byZone[zone].toEnd > 0;
            }
        }
        if (some) {
            walk(byZone, nowMs, this::end);
        }
        return Arrays.stream(byZone).anyMatch(surplus -> surplus != null && surplus.toEnd > 0);
    }

    private void walk(Surplus[] byZone, int nowMs, Visitor visitor) {
        for (int record = 0; record < table.pool().everUsed(); record++) {
            long original = table.line(record << 1);
            // The version first: one that changes after this is not ended.
            int version = RecordVersion.read(original);
            if (!RecordVersion.isFree(version)) {
                Surplus surplus = byZone[Lifetime.zone(original)];
                if (surplus != null && table.isAlive(record << 1, nowMs)) {
                    visitor.visit(surplus, record, version, nowMs);
                }
            }
            if (record % SLICE_RECORDS == SLICE_RECORDS - 1) {
                // Other clients' threads, and control's, wait for the same few processors.
                LockSupport.parkNanos(1);
            }
        }
    }

    private void count(Surplus surplus, int record, int version, int nowMs) {
        surplus.alive++;
        int kind = kind(record, version, nowMs);
        if (kind >= 0) {
            surplus.ofKind[kind]++;
        }
    }

    private void end(Surplus surplus, int record, int version, int nowMs) {
        int kind = kind(record, version, nowMs);
        if (kind < 0 || !surplus.isToEnd(kind)) {
            return;
        }
        long original = table.line(record << 1);
        int zone = Lifetime.zone(original);
        int epoch = Lifetime.epoch(original);
        if (zones.hasRoomFor(zone, 0)) {
            // Enough have ended by themselves meanwhile.
            surplus.toEnd = 0;
        } else if (lifetime.killUnchanged(record << 1, version, EndReason.LIMIT.ordinal())) {
            zones.countClosed(zone, epoch);
            surplus.hasEnded(kind);
        }
    }

    /** Negative when the connection may not give way. */
    private int kind(int record, int version, int nowMs) {
        long original = table.line(record << 1);
        int rank = Eviction.rank(original, version);
        if (rank == Eviction.STAYS) {
            return -1;
        }
        // Seen after the walk began: as now.
        int silentMs = Math.max(0, Lifetime.silentMs(original, nowMs));
        return (rank << SILENCE_BITS)
                + (Integer.SIZE - 1 - Integer.numberOfLeadingZeros(silentMs | 1));
    }
}
