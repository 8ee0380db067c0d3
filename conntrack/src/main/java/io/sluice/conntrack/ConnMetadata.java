package io.sluice.conntrack;

import io.sluice.packet.Memory;

/**
 * What flows write into a connection: its mark, its label, and that its end is to be logged. Each
 * change that a cached way must notice bumps the version. Worker threads.
 */
final class ConnMetadata {
    private final ConnTable table;

    ConnMetadata(ConnTable table) {
        this.table = table;
    }

    /** Sets bits of the mark; false when they were so already. */
    boolean setMark(int connection, int value, int mask) {
        long address = table.line(connection | 1) + ConnLayout.MARK;
        int before;
        int after;
        do {
            before = Memory.getIntAcquire(address);
            after = (before & ~mask) | (value & mask);
            if (before == after) {
                return false;
            }
            // Another worker may be setting other bits.
        } while (!Memory.compareAndSetInt(address, before, after));
        table.bumpVersion(connection);
        return true;
    }

    /** Has the connection's end logged, whatever the log's filter says. */
    void setLogged(int connection) {
        int word = Memory.getIntAcquire(table.original(connection) + ConnLayout.STATE);
        if ((word & ConnState.LOGGED) == 0) {
            addStatus(connection, ConnState.LOGGED);
        }
    }

    int mark(int connection) {
        return Memory.getIntAcquire(table.line(connection | 1) + ConnLayout.MARK);
    }

    /**
     * Sets bits of the label; false when they were so already.
     *
     * @param high of the upper 64 bits, where maskHigh is 1; {@code low} likewise
     */
    boolean setLabel(int connection, long high, long low, long maskHigh, long maskLow) {
        long lock = table.stateLock(connection);
        SpinLock.lock(lock);
        try {
            long address = table.label(connection);
            boolean has = hasLabel(connection);
            long oldHigh = has ? Memory.getLong(address) : 0;
            long oldLow = has ? Memory.getLong(address + Long.BYTES) : 0;
            long newHigh = (oldHigh & ~maskHigh) | (high & maskHigh);
            long newLow = (oldLow & ~maskLow) | (low & maskLow);
            if (newHigh == oldHigh && newLow == oldLow) {
                return false;
            }
            // Before it changes, too: ConnReader reads it without the lock.
            table.bumpVersion(connection);
            Memory.putLong(address, newHigh);
            Memory.putLong(address + Long.BYTES, newLow);
            if (!has) {
                addStatus(connection, ConnState.HAS_LABEL);
            }
            table.bumpVersion(connection);
            return true;
        } finally {
            SpinLock.unlock(lock);
        }
    }

    private void addStatus(int connection, int bit) {
        long address = table.original(connection) + ConnLayout.STATE;
        int word;
        do {
            word = Memory.getIntAcquire(address);
        } while (!Memory.compareAndSetInt(address, word, word | bit));
    }

    boolean hasLabel(int connection) {
        int word = Memory.getIntAcquire(table.original(connection) + ConnLayout.STATE);
        return (word & ConnState.HAS_LABEL) != 0;
    }

    /** Writes the label, the upper 64 bits first, where all is 0 for a connection without one. */
    void readLabel(int connection, long[] to, int at) {
        if (!hasLabel(connection)) {
            to[at] = 0;
            to[at + 1] = 0;
            return;
        }
        long lock = table.stateLock(connection);
        SpinLock.lock(lock);
        try {
            to[at] = Memory.getLong(table.label(connection));
            to[at + 1] = Memory.getLong(table.label(connection) + Long.BYTES);
        } finally {
            SpinLock.unlock(lock);
        }
    }
}
