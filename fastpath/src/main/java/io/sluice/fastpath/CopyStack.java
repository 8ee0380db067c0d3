package io.sluice.fastpath;

/**
 * The copies of the packet at work that go ways of their own, one within the other, and what was
 * noted for the packets outside them. Used by one thread; nothing is allocated for a copy.
 */
final class CopyStack {
    private static final int MAX_DEPTH = 8;

    private final Departure departure;
    private final SlowPacket[] copies = new SlowPacket[MAX_DEPTH];
    private final int[] outerReasons = new int[MAX_DEPTH];
    private int depth;

    CopyStack(Departure departure) {
        this.departure = departure;
        for (int i = 0; i < MAX_DEPTH; i++) {
            copies[i] = new SlowPacket();
        }
    }

    void clear() {
        depth = 0;
    }

    /**
     * Begins work on a copy of the packet as it is now.
     *
     * @return null when there can be none, which is counted
     */
    SlowPacket push(SlowPacket packet) {
        departure.settle(packet);
        if (depth == MAX_DEPTH) {
            departure.count(DropReason.RESUBMIT_LIMIT);
            return null;
        }
        long mbuf = departure.copy(packet);
        if (mbuf == 0) {
            return null;
        }
        SlowPacket copy = copies[depth];
        copy.copyFrom(packet, mbuf);
        outerReasons[depth++] = departure.dropReason();
        departure.begin();
        return copy;
    }

    /** Sends the copy or drops it, and goes back to what it is a copy of. */
    void pop(SlowPacket copy) {
        departure.finish(copy);
        departure.begin();
        departure.dropFor(outerReasons[--depth]);
    }
}
