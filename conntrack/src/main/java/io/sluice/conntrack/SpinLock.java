package io.sluice.conntrack;

import io.sluice.packet.Memory;

/** A lock in a word off-heap, held for some tens of nanoseconds by threads that own their core. */
final class SpinLock {
    private SpinLock() {}

    static void lock(long address) {
        while (!Memory.compareAndSetInt(address, 0, 1)) {
            Thread.onSpinWait();
        }
    }

    /** Pairs with the compare-and-set of the next one in {@link #lock}. */
    static void unlock(long address) {
        Memory.setIntRelease(address, 0);
    }
}
