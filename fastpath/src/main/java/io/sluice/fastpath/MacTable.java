package io.sluice.fastpath;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Where Ethernet addresses were last seen in each VLAN, learned by {@code normal}, shared by all
 * workers without locks. An address that is silent for {@link #AGE_MS} is forgotten; when there is
 * no room, new ones are not learned and their packets are flooded.
 */
public final class MacTable {
    static final int UNKNOWN = -1;

    /** As Open vSwitch's default. */
    static final int AGE_MS = 300_000;

    private static final int SLOTS = 1 << 14;
    private static final int WINDOW = 8;
    private static final int REFRESH_MS = 1000;
    private static final int VLAN_BITS = 12;

    // Address (48) and VLAN (12), plus one; 0: empty.
    private final AtomicLongArray keys = new AtomicLongArray(SLOTS);
    // Port plus one (16), a hash of the key (16) and when it was seen, ms (32). A slot changes
    // hands
    // by its place first: until its key follows, the hash tells that they do not belong together.
    private final AtomicLongArray places = new AtomicLongArray(SLOTS);
    // How often an address moved: what cached ways rest on. New addresses change none of them,
    // because ways that flood are not cached.
    private final AtomicInteger generation = new AtomicInteger();

    int generation() {
        return generation.getAcquire();
    }

    private static long key(long mac, int vlan) {
        return ((mac << VLAN_BITS) | vlan) + 1;
    }

    private static long hash(long key) {
        long mixed = key * 0x9E3779B97F4A7C15L;
        return mixed ^ (mixed >>> 29);
    }

    private static int slot(long key) {
        return (int) (hash(key) >>> 50);
    }

    /** The first of the slots that the address may have. */
    static int slot(long mac, int vlan) {
        return slot(key(mac, vlan));
    }

    private static long place(long key, int port, int nowMs) {
        return ((long) (port + 1) << 48) | ((hash(key) & 0xFFFF) << 32) | (nowMs & 0xFFFFFFFFL);
    }

    private static int port(long place) {
        return (int) (place >>> 48) - 1;
    }

    private static boolean isOf(long place, long key) {
        return ((place >>> 32) & 0xFFFF) == (hash(key) & 0xFFFF);
    }

    private static boolean isOld(long place, int nowMs) {
        return place == 0 || nowMs - (int) place >= AGE_MS;
    }

    /**
     * Notes where an address is.
     *
     * @param mac 48 bits, the first byte highest
     * @param vlan 0 for packets without a tag
     * @param port 0 to 65534
     */
    void learn(long mac, int vlan, int port, int nowMs) {
        long key = key(mac, vlan);
        int start = slot(key);
        int spare = -1;
        for (int i = 0; i < WINDOW; i++) {
            int slot = (start + i) & (SLOTS - 1);
            long place = places.getAcquire(slot);
            if (keys.getAcquire(slot) == key && isOf(place, key)) {
                refresh(slot, key, place, port, nowMs);
                return;
            }
            if (spare < 0 && isOld(place, nowMs)) {
                spare = slot;
            }
        }
        if (spare >= 0) {
            long before = places.getAcquire(spare);
            if (isOld(before, nowMs)
                    && places.compareAndSet(spare, before, place(key, port, nowMs))) {
                // Pairs with the acquire in find.
                keys.setRelease(spare, key);
            }
        }
    }

    private void refresh(int slot, long key, long before, int port, int nowMs) {
        boolean moved = port(before) != port;
        if (moved || nowMs - (int) before >= REFRESH_MS) {
            boolean noted = places.compareAndSet(slot, before, place(key, port, nowMs));
            if (moved && noted && !isOld(before, nowMs)) {
                generation.incrementAndGet();
            }
        }
    }

    /** The port, or {@link #UNKNOWN}. */
    int find(long mac, int vlan, int nowMs) {
        long key = key(mac, vlan);
        int start = slot(key);
        for (int i = 0; i < WINDOW; i++) {
            int slot = (start + i) & (SLOTS - 1);
            if (keys.getAcquire(slot) == key) {
                long place = places.getAcquire(slot);
                if (isOf(place, key) && !isOld(place, nowMs)) {
                    return port(place);
                }
            }
        }
        return UNKNOWN;
    }

    /** Forgets what was learned on a port that goes away. */
    void forgetPort(int port) {
        for (int slot = 0; slot < SLOTS; slot++) {
            long place = places.getAcquire(slot);
            if (place != 0 && port(place) == port) {
                places.compareAndSet(slot, place, 0);
            }
        }
        generation.incrementAndGet();
    }
}
