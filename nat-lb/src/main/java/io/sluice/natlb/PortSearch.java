package io.sluice.natlb;

/**
 * The ports for one translation, best first: the packet's own, if it may be kept; then all of a
 * small range, or a few spread over a large one; and if these are taken, those that the peer's map
 * in {@link PortMaps} does not know to be taken, from a hashed start, to the last. Of ports that
 * all seem taken some are looked at again. One for each worker; knows nothing of addresses.
 */
final class PortSearch {
    /** Ports that are tried for one packet, at all its addresses. */
    static final int MAX_TRIES = 1024;

    /**
     * After a packet that got so far in vain, for others of its range in the same millisecond, and
     * the own port.
     */
    static final int MAX_TRIES_AFTER_FAILURE = 64;

    /** Ranges up to this size are tried port by port. */
    static final int SMALL = 64;

    /** Ports of a larger range that are tried before a map is looked for. */
    static final int SPREAD_TRIES = 8;

    /** Ports of a full map that are looked at again. */
    static final int SECOND_LOOKS = 16;

    // Reading a full map, 8 KiB, takes about as long as this many tries.
    private static final int MAP_TRIES = 8;
    // 2^32 divided by the golden ratio: multiples of it spread evenly, however many there are.
    private static final int GOLDEN = 0x9E3779B9;

    private enum Phase {
        OWN,
        TRY,
        MAP,
        SECOND_LOOK,
        OVER
    }

    private final PortMaps maps;
    private final boolean dry;

    private int first;
    private int last;
    private int own;
    private int hash;
    private int start;

    private Phase phase = Phase.OVER;
    private int tried;
    private int triesLeft;
    private int port;
    private int nowMs;
    private boolean failed;
    private int failedMs;
    private boolean sameRange;

    private boolean hasKey;
    private long key;
    private int map;
    private int next;
    private boolean fromFirst;
    private boolean claimed;

    /**
     * @param dry for a search that is to find what another would, and to change nothing
     */
    PortSearch(PortMaps maps, boolean dry) {
        this.maps = maps;
        this.dry = dry;
    }

    /**
     * Starts over, for another packet.
     *
     * @param own the port that is tried first; -1: none
     * @param hash where the search starts
     * @param sameRange whether the last search in vain was for the same range: others are not to
     *     suffer from it
     */
    void begin(int first, int last, int own, int hash, boolean sameRange) {
        this.sameRange = sameRange;
        this.hash = hash;
        triesLeft = MAX_TRIES;
        beginPart(first, last, own);
    }

    /** Goes on for the same packet with other ports, at another address perhaps. */
    void beginPart(int first, int last, int own) {
        this.first = first;
        this.last = last;
        this.own = own;
        start = spread(0);
        beginAddress();
    }

    /** Goes on with the same ports at another address. */
    void beginAddress() {
        phase = own >= 0 ? Phase.OWN : Phase.TRY;
        tried = 0;
        hasKey = false;
        map = PortMaps.NONE;
        claimed = false;
    }

    private int span() {
        return last - first + 1;
    }

    private int spread(int count) {
        long place = (hash + count * GOLDEN) & 0xFFFFFFFFL;
        return first + (int) ((place * span()) >>> 32);
    }

    /** Goes to the next port; false when there is none, or when it is enough. */
    boolean next() {
        claimed = false;
        while (phase != Phase.OVER && triesLeft > 0) {
            int candidate =
                    switch (phase) {
                        case OWN -> ownPort();
                        case TRY -> span() <= SMALL ? oneByOne() : spreadOut();
                        case MAP -> unclaimed();
                        default -> lookAgain();
                    };
            if (candidate >= 0) {
                triesLeft--;
                port = candidate;
                return true;
            }
        }
        return false;
    }

    int port() {
        return port;
    }

    /** Whether there may be more: the search ended because it was long. */
    boolean gaveUp() {
        return triesLeft <= 0;
    }

    /** Whether {@link #taken} would be news: of each address the first. */
    boolean wantsPeer() {
        return !hasKey;
    }

    /**
     * Says that the last port's tuple is taken.
     *
     * @param peer {@link PortMaps#key} of the tuple
     */
    void taken(long peer, int now) {
        hasKey = true;
        key = peer;
        nowMs = now;
        if (failed && sameRange && failedMs == now) {
            triesLeft = Math.min(triesLeft, MAX_TRIES_AFTER_FAILURE);
        }
        if (span() > SMALL) {
            map = maps.find(key, now);
        }
    }

    /** Says that the search has ended without a port. */
    void fail() {
        failed = gaveUp();
        failedMs = nowMs;
    }

    /** Says that no connection was made with the last port, though it may be free. */
    void giveBack() {
        if (claimed) {
            maps.release(map, port);
            claimed = false;
        }
    }

    private int ownPort() {
        phase = Phase.TRY;
        return own;
    }

    private int oneByOne() {
        if (tried == span()) {
            phase = Phase.OVER;
            return -1;
        }
        int candidate = first + (start - first + tried++) % span();
        return candidate == own ? -1 : candidate;
    }

    private int spreadOut() {
        // A peer with a map is a crowded one.
        if (tried == SPREAD_TRIES || map != PortMaps.NONE) {
            if (map == PortMaps.NONE && hasKey && !dry) {
                map = maps.take(key, nowMs);
            }
            phase = Phase.MAP;
            next = start;
            fromFirst = false;
            return -1;
        }
        return spread(tried++);
    }

    private int unclaimed() {
        int to = fromFirst ? start - 1 : last;
        int candidate = map == PortMaps.NONE ? next : maps.nextFree(map, next, to);
        if (candidate < 0 || candidate > to) {
            endOfRun();
            return -1;
        }
        next = candidate + 1;
        if (map == PortMaps.NONE || dry) {
            return candidate;
        }
        int answer = maps.claim(map, key, candidate);
        claimed = answer == PortMaps.CLAIMED;
        if (answer == PortMaps.LOST) {
            // Another peer has the map now: one by one from here, as far as it goes.
            map = PortMaps.NONE;
        }
        return claimed ? candidate : -1;
    }

    /** After the ports from the start to the last come those from the first to the start. */
    private void endOfRun() {
        if (!fromFirst) {
            fromFirst = true;
            next = first;
            return;
        }
        phase = Phase.SECOND_LOOK;
        triesLeft -= MAP_TRIES;
        tried = 0;
        next = map == PortMaps.NONE ? 0 : maps.placeToLookAgain(map, dry ? 0 : SECOND_LOOKS);
    }

    private int lookAgain() {
        if (map == PortMaps.NONE || tried == SECOND_LOOKS) {
            phase = Phase.OVER;
            return -1;
        }
        return first + (next + tried++) % span();
    }
}
