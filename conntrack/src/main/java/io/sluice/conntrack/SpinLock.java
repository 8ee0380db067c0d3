package io.sluice.conntrack;

import io.sluice.packet.Memory;

/** A lock in a word off-heap, held for some tens of nanoseconds by threads that own their core. */
final class SpinLock {
    private static final int SOON = 1000;

    private SpinLock() {}

    static void lock(long address) {
        while (!Memory.compareAndSetInt(address, 0, 1)) {
            Thread.onSpinWait();
        }
    }

    /** Whether nobody has it, or whoever has it gives it back soon; does not take it. */
    static boolean isSoonFree(long address) {
        for (int i = 0; i < SOON; i++) {
            if (Memory.getIntAcquire(address) == 0) {
                return true;
            }
            Thread.onSpinWait();
        }
        return false;
    }

    /** Pairs with the compare-and-set of the next one in {@link #lock}. */
    static void unlock(long address) {
        Memory.setIntRelease(address, 0);
    }
}
