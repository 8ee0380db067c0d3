package io.sluice.control.socket;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** How many requests are being answered. */
final class BusyCount {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition idle = lock.newCondition();
    private int busy;

    void enter() {
        lock.lock();
        try {
            busy++;
        } finally {
            lock.unlock();
        }
    }

    void leave() {
        lock.lock();
        try {
            busy--;
            idle.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until nothing is being answered, but not for ever. */
    void awaitIdle(long timeoutMs) throws InterruptedException {
        long remainingNs = TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        lock.lock();
        try {
            while (busy > 0 && remainingNs > 0) {
                remainingNs = idle.awaitNanos(remainingNs);
            }
        } finally {
            lock.unlock();
        }
    }
}
