package io.sluice.natlb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.Ipv4;
import io.sluice.packet.TupleKey;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The search against a plain set of the tuples that are taken. */
class PortSearchTest {
    private static final int NOTHING = -1;
    private static final int OUTSIDE = 0xC6336401;
    private static final int ZONE = 5;

    private record Held(int peer, int port, int epoch) {}

    private final Arena arena = Arena.ofConfined();
    private final PortMaps maps = new PortMaps(bytes -> arena.allocate(bytes, 4096).address());
    private final PortSearch search = new PortSearch(maps, false);
    private final PortSearch dry = new PortSearch(maps, true);
    private final Random random = new Random(7);
    private final Set<Held> table = new HashSet<>();
    private int epoch;
    private int nowMs = 1000;
    private int tries;
    private boolean sameRange = true;

    @AfterEach
    void freeMemory() {
        arena.close();
    }

    private static long addresses(int peer) {
        return TupleKey.addresses(0xCB007100 + peer, OUTSIDE);
    }

    private static long ports(int port) {
        return TupleKey.portsAndScope(TupleKey.ports(443, port), ZONE, Ipv4.PROTO_TCP);
    }

    private long key(int peer) {
        return PortMaps.key(addresses(peer), ports(0), true, epoch);
    }

    /** What the search finds free; NOTHING if it finds none. */
    private int find(PortSearch by, int peer, int first, int last, int own, int hash) {
        by.begin(first, last, own, hash, sameRange);
        tries = 0;
        while (by.next()) {
            tries++;
            assertTrue(by.port() >= first && by.port() <= last, () -> "port " + by.port());
            if (!table.contains(new Held(peer, by.port(), epoch))) {
                return by.port();
            }
            by.taken(PortMaps.key(addresses(peer), ports(by.port()), true, epoch), nowMs);
        }
        by.fail();
        return NOTHING;
    }

    private int make(int peer, int first, int last, int own) {
        int found = find(search, peer, first, last, own, random.nextInt());
        if (found != NOTHING) {
            table.add(new Held(peer, found, epoch));
        }
        return found;
    }

    private void end(Held held) {
        table.remove(held);
        maps.freed(addresses(held.peer), ports(held.port), held.epoch);
    }

    private long taken(int peer, int first, int last) {
        return table.stream()
                .filter(each -> each.peer == peer && each.epoch == epoch)
                .filter(each -> each.port >= first && each.port <= last)
                .count();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 64, 65, 511, 512, 4096, 64_000, 64_512})
    void everyPortIsFoundToTheLast(int span) {
        int first = 65_536 - span;
        long all = 0;
        int most = 0;
        for (int i = 0; i < span; i++) {
            int own = random.nextBoolean() ? first + random.nextInt(span) : NOTHING;
            assertTrue(make(0, first, 65_535, own) != NOTHING, "after " + i + " of " + span);
            all += tries;
            most = Math.max(most, tries);
        }
        assertEquals(span, taken(0, first, 65_535));
        System.out.printf(
                "%d ports, filled to the last: %.2f tries each, %d at most%n",
                span, (double) all / span, most);
        assertEquals(NOTHING, make(0, first, 65_535, NOTHING));
        assertFalse(search.gaveUp());
        Held one = new Held(0, first + random.nextInt(span), epoch);
        end(one);
        assertEquals(one.port, make(0, first, 65_535, NOTHING));
        // Another peer has all of them for itself.
        assertEquals(one.port, make(1, first, 65_535, one.port));
    }

    @Test
    void randomMakesEndsAndFlushesAreAsTheSetHasThem() {
        long seed = Long.getLong("sluice.seed", System.nanoTime());
        random.setSeed(seed);
        List<Held> alive = new ArrayList<>();
        List<Held> flushed = new ArrayList<>();
        int[] last = {3 * 64, 511, 1023, 2000};
        int refused = 0;
        for (int step = 0; step < 200_000; step++) {
            nowMs += random.nextInt(100) == 0 ? 1 : 0;
            int peer = random.nextInt(last.length);
            int kind = random.nextInt(100);
            // It fills and empties in turn.
            int makes = step / 20_000 % 2 == 0 ? 75 : 30;
            if (kind < makes) {
                int own = random.nextInt(3) == 0 ? 1 + random.nextInt(last[peer]) : NOTHING;
                int hash = random.nextInt();
                int foretold = find(dry, peer, 1, last[peer], own, hash);
                int found = find(search, peer, 1, last[peer], own, hash);
                assertEquals(foretold, found, "seed " + seed);
                if (found == NOTHING) {
                    refused++;
                    assertEquals(last[peer], taken(peer, 1, last[peer]), "seed " + seed);
                } else {
                    table.add(new Held(peer, found, epoch));
                    alive.add(new Held(peer, found, epoch));
                }
            } else if (kind < 98 && !alive.isEmpty()) {
                end(remove(alive));
            } else if (!flushed.isEmpty()) {
                end(remove(flushed));
            }
            if (random.nextInt(30_000) == 0) {
                flushed.addAll(alive);
                alive.clear();
                epoch++;
            }
        }
        assertTrue(refused > 100, "refused only " + refused + ", seed " + seed);
        alive.forEach(this::end);
        flushed.forEach(this::end);
        for (int peer = 0; peer < last.length; peer++) {
            assertEquals(0, maps.claimed(key(peer)), "seed " + seed);
        }
    }

    private Held remove(List<Held> from) {
        int place = random.nextInt(from.size());
        Held taken = from.get(place);
        from.set(place, from.getLast());
        from.removeLast();
        return taken;
    }

    @Test
    void morePeersThanMapsAreSlowerAndNothingElse() {
        int peers = 600;
        for (int port = 1; port <= 512; port++) {
            for (int peer = 0; peer < peers; peer++) {
                nowMs++;
                assertTrue(make(peer, 512, 1023, NOTHING) != NOTHING);
            }
        }
        for (int peer = 0; peer < peers; peer++) {
            nowMs++;
            assertEquals(NOTHING, make(peer, 512, 1023, NOTHING));
            assertFalse(search.gaveUp());
        }
    }

    @Test
    void whatFellSilentIsFoundByAFewSearches() {
        while (make(0, 1024, 2023, NOTHING) != NOTHING) {}
        Held silent = new Held(0, 1024 + random.nextInt(1000), epoch);
        table.remove(silent);
        int searches = 1;
        while (make(0, 1024, 2023, NOTHING) == NOTHING) {
            assertFalse(search.gaveUp());
            searches++;
        }
        assertTrue(table.contains(silent));
        // Sixteen ports at a time; the counter goes round at 65,536.
        assertTrue(searches <= 2 * 1000 / PortSearch.SECOND_LOOKS + 2, searches + " searches");
    }

    /** All were taken by others than this search: nothing is known of them. */
    @Test
    void aSearchIsBoundedAndTheNextOneGoesOn() {
        for (int port = 1024; port <= 65_535; port++) {
            table.add(new Held(0, port, epoch));
        }
        assertEquals(NOTHING, make(0, 1024, 65_535, 4711));
        assertTrue(search.gaveUp());
        assertEquals(PortSearch.MAX_TRIES, tries);
        assertEquals(NOTHING, make(0, 1024, 65_535, 4711));
        assertTrue(search.gaveUp());
        assertEquals(1 + PortSearch.MAX_TRIES_AFTER_FAILURE, tries);
        sameRange = false;
        assertEquals(NOTHING, make(0, 1024, 65_535, 4711));
        assertEquals(PortSearch.MAX_TRIES, tries, "another range is not to suffer from it");
        sameRange = true;
        int searches = 3;
        do {
            nowMs++;
            searches++;
            assertEquals(NOTHING, make(0, 1024, 65_535, 4711));
        } while (search.gaveUp());
        assertTrue(searches <= 70, searches + " searches");
        end(new Held(0, 5000, epoch));
        assertEquals(5000, make(0, 1024, 65_535, 4711));
        assertTrue(tries <= 2, tries + " tries");
    }

    @Test
    void aPortThatWasNotUsedAfterAllIsGivenBack() {
        while (make(0, 1024, 2023, NOTHING) != NOTHING) {}
        end(new Held(0, 1500, epoch));
        assertEquals(1500, find(search, 0, 1024, 2023, NOTHING, 1));
        search.giveBack();
        assertEquals(1500, find(search, 0, 1024, 2023, NOTHING, 2));
    }

    @Test
    void aFlushFreesAllAtOnce() {
        while (make(0, 1024, 2023, NOTHING) != NOTHING) {}
        epoch++;
        for (int i = 0; i < 1000; i++) {
            assertTrue(make(0, 1024, 2023, NOTHING) != NOTHING);
        }
    }

    /** The chosen ports of a range are spread as evenly as the free ones. */
    @Test
    void portsAreChosenFairly() {
        int span = 1 << 14;
        int first = 65_536 - span;
        for (int i = 0; i < span * 9 / 10; i++) {
            make(0, first, 65_535, NOTHING);
        }
        int[] inEighth = new int[8];
        table.forEach(held -> inEighth[(held.port - first) * 8 / span]++);
        for (int each : inEighth) {
            // 1843 are expected; without fairness one eighth would be full and another empty.
            assertTrue(each > 1650 && each <= 2048, () -> "an eighth has " + each);
        }
    }
}
