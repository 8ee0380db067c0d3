package io.sluice.conntrack;

import io.sluice.packet.MemorySource;

/** Locks that keys and connections share by their hashes and numbers. Any thread. */
final class Stripes {
    static final int COUNT = 1024;

    // A cache line each.
    private static final int BYTES = 64;

    private final long locks;

    Stripes(MemorySource memory) {
        locks = memory.allocate((long) COUNT * BYTES);
    }

    /** A lock for changes of this connection's state. Not while holding another. */
    long ofConnection(int reference) {
        return locks + ((reference >>> 1) & (COUNT - 1)) * (long) BYTES;
    }

    private long ofKey(long hash) {
        return locks + ((hash >>> 20) & (COUNT - 1)) * BYTES;
    }

    /** Nobody else adds one of these keys until {@link #unlockKeys}. */
    void lockKeys(long hash, long replyHash) {
        long one = ofKey(hash);
        long other = ofKey(replyHash);
        SpinLock.lock(Math.min(one, other));
        if (one != other) {
            SpinLock.lock(Math.max(one, other));
        }
    }

    void unlockKeys(long hash, long replyHash) {
        long one = ofKey(hash);
        long other = ofKey(replyHash);
        SpinLock.unlock(one);
        if (one != other) {
            SpinLock.unlock(other);
        }
    }
}
