package io.sluice.conntrack;

import io.sluice.packet.Memory;

/**
 * The version in a line of {@link ConnLayout}: what its record is, why its connection has ended,
 * and a count of the changes that a cached way must notice. Any thread.
 */
final class RecordVersion {
    private RecordVersion() {}

    /** Pairs with the release of {@link #begin} and with the changes below. */
    static int read(long line) {
        return Memory.getIntAcquire(line + ConnLayout.VERSION);
    }

    static boolean isAlive(int version) {
        return (version & ConnLayout.VERSION_KIND) == ConnLayout.VERSION_ALIVE;
    }

    static boolean isDead(int version) {
        return (version & ConnLayout.VERSION_KIND) == ConnLayout.VERSION_DEAD;
    }

    /** Whether the record holds no connection, or never held one. */
    static boolean isFree(int version) {
        boolean neverUsed = version == 0;
        return neverUsed || (version & ConnLayout.VERSION_KIND) == ConnLayout.VERSION_FREE;
    }

    /** The ordinal of the {@link EndReason} of a connection that has ended. */
    static int reason(int version) {
        return (version & ConnLayout.VERSION_REASON) >>> ConnLayout.VERSION_REASON_SHIFT;
    }

    static int dead(int version, int reason) {
        return version | (reason << ConnLayout.VERSION_REASON_SHIFT) | ConnLayout.VERSION_DEAD;
    }

    static int free(int version) {
        return version | ConnLayout.VERSION_FREE;
    }

    /** Puts another version in the place of this one; false when it has changed. */
    static boolean replace(long line, int version, int other) {
        return Memory.compareAndSetInt(line + ConnLayout.VERSION, version, other);
    }

    /** Of a line that nobody else may change: not alive yet when the index leads to it. */
    static void prepare(long line) {
        // Never used: 0 would say that it is alive.
        if (Memory.getInt(line + ConnLayout.VERSION) == 0) {
            Memory.putInt(line + ConnLayout.VERSION, ConnLayout.VERSION_FREE);
        }
    }

    /** Alive from now on. Only for lines that nobody else may change. */
    static void begin(long line) {
        int steps = Memory.getInt(line + ConnLayout.VERSION) & -ConnLayout.VERSION_STEP;
        Memory.setIntRelease(
                line + ConnLayout.VERSION, oneStepOn(steps) + ConnLayout.VERSION_ALIVE);
    }

    /** A change that ways which were cached must notice. */
    static void bump(long line) {
        int version;
        do {
            version = read(line);
            if (!isAlive(version)) {
                return;
            }
        } while (!replace(line, version, oneStepOn(version)));
    }

    /** Dead from now on, unless it is already. */
    static void kill(long line, int reason) {
        int version;
        do {
            version = read(line);
            if (!isAlive(version)) {
                return;
            }
        } while (!replace(line, version, dead(version, reason)));
    }

    /** 0 is the version of records that were never used, and no other's. */
    private static int oneStepOn(int version) {
        int next = version + ConnLayout.VERSION_STEP;
        return next == 0 ? ConnLayout.VERSION_STEP : next;
    }
}
