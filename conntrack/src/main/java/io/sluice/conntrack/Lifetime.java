package io.sluice.conntrack;

import io.sluice.packet.Memory;
import io.sluice.packet.TupleKey;

/**
 * Which connections live, and how they end: by the version in their record, their zone's epoch and
 * the timeout of their state. Any thread.
 */
final class Lifetime {
    // More than any timeout, and half of what the clock of 32 bits can tell.
    private static final int LONG_AGO_MS = 1 << 30;

    private final ConnRecords records;
    private final Zones zones;
    private final Relations relations;
    private FreedTuples freedTuples = (addresses, portsAndZone, zoneEpoch) -> {};

    Lifetime(ConnRecords records, Zones zones, Relations relations) {
        this.records = records;
        this.relations = relations;
        this.zones = zones;
    }

    /** The zone of a line. */
    static int zone(long line) {
        return TupleKey.scope(Memory.getLong(line + ConnLayout.PORTS_AND_SCOPE));
    }

    /** The epoch of the line's zone when the connection was made. */
    static int epoch(long line) {
        return Memory.getInt(line + ConnLayout.ZONE_EPOCH);
    }

    /** Not ended, not flushed with one of its zones, not silent for too long, and no orphan. */
    boolean isAlive(int reference, int nowMs) {
        long original = records.original(reference);
        return RecordVersion.isAlive(RecordVersion.read(original))
                && !isFlushed(original)
                && !isExpired(reference, nowMs)
                && !isOrphan(reference, nowMs);
    }

    /** Whether it was to end with its master, which has ended. */
    private boolean isOrphan(int reference, int nowMs) {
        if ((relations.word(reference) & RelationLayout.TIED) == 0) {
            return false;
        }
        int master = relations.master(reference);
        return relations.generation(master) != relations.masterGeneration(reference)
                || !isAlive(master, nowMs);
    }

    private boolean isFlushed(long original) {
        return !isOfEpoch(original) || !isOfEpoch(original + ConnLayout.LINE_BYTES);
    }

    /** Whether the zone of the line was not flushed since the connection was made. */
    private boolean isOfEpoch(long line) {
        return epoch(line) == zones.epoch(zone(line));
    }

    /** See {@link ConnTable#isUnchanged}. */
    boolean isUnchanged(int reference, long line, int version, int nowMs) {
        int silentMs = nowMs - Memory.getInt(line + ConnLayout.LAST_SEEN_MS);
        return Memory.getInt(line + ConnLayout.VERSION) == version
                // The other direction's zone, if it is another: see endFlushed.
                && isOfEpoch(line)
                // No timeout is shorter than this: only then the other line must be looked at.
                && (silentMs < Timeouts.MIN_SECONDS * 1000 || !isExpired(reference, nowMs));
    }

    /** Whether neither direction was seen for the timeout of the connection's state. */
    boolean isExpired(int reference, int nowMs) {
        long line = records.original(reference);
        return silentMs(line, nowMs) >= timeoutMs(line) && !relations.isKept(reference);
    }

    /** Until it expires if no packet comes. */
    int remainingMs(int reference, int nowMs) {
        long line = records.original(reference);
        int timeoutMs = timeoutMs(line);
        int remainingMs = timeoutMs - silentMs(line, nowMs);
        return remainingMs <= 0 && relations.isKept(reference) ? timeoutMs : remainingMs;
    }

    private int timeoutMs(long original) {
        int word = Memory.getInt(original + ConnLayout.STATE);
        Timeouts timeouts = zones.timeouts(zone(original));
        return ConnTimeout.milliseconds(timeouts, original, word);
    }

    /** Since the last packet of either direction. */
    static int silentMs(long original, int nowMs) {
        int one = nowMs - Memory.getIntOpaque(original + ConnLayout.LAST_SEEN_MS);
        int other =
                nowMs
                        - Memory.getIntOpaque(
                                original + ConnLayout.LINE_BYTES + ConnLayout.LAST_SEEN_MS);
        return Math.min(one, other);
    }

    /**
     * Brings the times when the directions were last seen up to one that is as long ago as makes a
     * difference: after 24 days without a packet, while the other direction keeps the connection
     * alive, it would seem to lie ahead.
     */
    void keepClose(int reference, int nowMs) {
        keepLineClose(records.line(reference & ~1), nowMs);
        keepLineClose(records.line(reference | 1), nowMs);
    }

    private static void keepLineClose(long line, int nowMs) {
        int seenMs = Memory.getIntOpaque(line + ConnLayout.LAST_SEEN_MS);
        if (nowMs - seenMs > LONG_AGO_MS) {
            Memory.compareAndSetInt(line + ConnLayout.LAST_SEEN_MS, seenMs, nowMs - LONG_AGO_MS);
        }
    }

    /** A change that ways which were cached must notice. */
    void bumpVersion(int reference) {
        RecordVersion.bump(records.line(reference & ~1));
        RecordVersion.bump(records.line(reference | 1));
    }

    /** Ends a connection: nobody finds it from now on. */
    void kill(int reference, int reason) {
        RecordVersion.kill(records.line(reference & ~1), reason);
        RecordVersion.kill(records.line(reference | 1), reason);
        tellFreed(reference);
    }

    /** The same, unless it has changed since its original line had this version. */
    boolean killUnchanged(int reference, int version, int reason) {
        long original = records.original(reference);
        boolean killed =
                RecordVersion.replace(original, version, RecordVersion.dead(version, reason));
        if (killed) {
            RecordVersion.kill(records.line(reference | 1), reason);
            tellFreed(reference);
        }
        return killed;
    }

    /** Before any worker begins. */
    void tellFreedTo(FreedTuples listener) {
        freedTuples = listener;
    }

    /** Tells that the connection is dead, so that others may have its tuples. */
    void tellFreed(int reference) {
        tellFreedLine(records.line(reference & ~1));
        tellFreedLine(records.line(reference | 1));
    }

    private void tellFreedLine(long line) {
        freedTuples.freed(
                Memory.getLong(line + ConnLayout.ADDRESSES),
                Memory.getLong(line + ConnLayout.PORTS_AND_SCOPE),
                Memory.getInt(line + ConnLayout.ZONE_EPOCH));
    }

    /**
     * Ends a connection of two zones for good that one of them was flushed of: cached ways look at
     * the epoch of their own direction's zone only, and at the version.
     *
     * @return whether this call ended it
     */
    boolean endFlushed(int reference) {
        long original = records.original(reference);
        int version;
        do {
            version = RecordVersion.read(original);
            if (!RecordVersion.isAlive(version) || !isFlushed(original)) {
                return false;
            }
        } while (!killUnchanged(reference, version, EndReason.FLUSH.ordinal()));
        return true;
    }

    /** Why a connection is dead that nobody killed: the ordinal of an {@link EndReason}. */
    int howItEnded(int reference, int nowMs) {
        long original = records.original(reference);
        if (isFlushed(original)) {
            return EndReason.FLUSH.ordinal();
        }
        boolean tied = (relations.word(reference) & RelationLayout.TIED) != 0;
        return tied && !isExpired(reference, nowMs)
                ? EndReason.MASTER.ordinal()
                : EndReason.ofExpired(Memory.getInt(original + ConnLayout.STATE));
    }
}
