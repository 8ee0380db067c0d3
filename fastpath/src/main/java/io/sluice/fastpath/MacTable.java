package io.sluice.fastpath;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Where Ethernet addresses were last seen, learned by {@code normal}, shared by all workers without
 * locks. An address that is silent for {@link #AGE_MS} is forgotten; when there is no room, new
 * ones are not learned and their packets are flooded.
 */
public final class MacTable {
    static final int UNKNOWN = -1;

    /** As Open vSwitch's default. */
    static final int AGE_MS = 300_000;

    private static final int SLOTS = 1 << 14;
    private static final int WINDOW = 8;
    private static final int REFRESH_MS = 1000;

    // Address (48) and port (16); 0: empty.
    private final AtomicLongArray entries = new AtomicLongArray(SLOTS);
    private final AtomicIntegerArray seenMs = new AtomicIntegerArray(SLOTS);
    // How often an address moved: what cached ways rest on. New addresses change none of them,
    // because ways that flood are not cached.
    private final AtomicInteger generation = new AtomicInteger();

    int generation() {
        return generation.getAcquire();
    }

    private static int slot(long mac) {
        return (int) ((mac * 0x9E3779B97F4A7C15L) >>> 50);
    }

    void learn(long mac, int port, int nowMs) {
        int start = slot(mac);
        int spare = -1;
        for (int i = 0; i < WINDOW; i++) {
            int slot = (start + i) & (SLOTS - 1);
            long entry = entries.getAcquire(slot);
            if (entry >>> 16 == mac) {
                refresh(slot, entry, mac, port, nowMs);
                return;
            }
            if (spare < 0 && (entry == 0 || nowMs - seenMs.getOpaque(slot) >= AGE_MS)) {
                spare = slot;
            }
        }
        if (spare >= 0) {
            long old = entries.getAcquire(spare);
            seenMs.setRelease(spare, nowMs);
            entries.compareAndSet(spare, old, (mac << 16) | port);
        }
    }

    private void refresh(int slot, long entry, long mac, int port, int nowMs) {
        if (nowMs - seenMs.getOpaque(slot) >= REFRESH_MS) {
            seenMs.setOpaque(slot, nowMs);
        }
        boolean moved = (int) (entry & 0xFFFF) != port;
        if (moved && entries.compareAndSet(slot, entry, (mac << 16) | port)) {
            generation.incrementAndGet();
        }
    }

    /** The port, or {@link #UNKNOWN}. */
    int find(long mac, int nowMs) {
        int start = slot(mac);
        for (int i = 0; i < WINDOW; i++) {
            int slot = (start + i) & (SLOTS - 1);
            long entry = entries.getAcquire(slot);
            if (entry >>> 16 == mac && nowMs - seenMs.getOpaque(slot) < AGE_MS) {
                return (int) (entry & 0xFFFF);
            }
        }
        return UNKNOWN;
    }

    /** Forgets what was learned on a port that goes away. */
    void forgetPort(int port) {
        for (int slot = 0; slot < SLOTS; slot++) {
            long entry = entries.getAcquire(slot);
            if (entry != 0 && (int) (entry & 0xFFFF) == port) {
                entries.compareAndSet(slot, entry, 0);
            }
        }
        generation.incrementAndGet();
    }
}
