package io.sluice.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.Ipv4;
import io.sluice.packet.TupleKey;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Two threads do one thing each at the same moment, many thousand times; all outcomes that are
 * allowed are named, as jcstress does it. Longer with -Dsluice.race.rounds=1000000.
 */
class ConnRaceTest {
    private static final TcpSegment NO_TCP = new TcpSegment();

    private static final int ROUNDS = Integer.getInteger("sluice.race.rounds", 10_000);
    private static final int ZONE = 3;
    private static final int PARK_NS = 10_000;

    private final ArenaMemory memory = new ArenaMemory();
    private final ConnTable table = new ConnTable(256, memory);
    private final ConnOwner[] owners = {new ConnOwner(table), new ConnOwner(table)};
    private final Tracker[] trackers = {
        new Tracker(table, owners[0]), new Tracker(table, owners[1])
    };
    private final AtomicInteger arrived = new AtomicInteger();
    // Written before the arrival that ends a round, read after it.
    private final int[] outcomes = new int[2];
    private volatile int ended = -1;
    private int splitRound;

    /** What one of the two does in a round; the number of what came out. */
    private interface Actor {
        int act(int round);
    }

    @AfterEach
    void free() {
        memory.close();
    }

    /** Runs both in every round; how often each pair of outcomes was seen. */
    private Map<String, Integer> race(Actor one, Actor other, Runnable afterRound)
            throws Exception {
        Map<String, Integer> seen = new TreeMap<>();
        Runnable endOfRound =
                () -> {
                    seen.merge(outcomes[0] + "," + outcomes[1], 1, Integer::sum);
                    afterRound.run();
                };
        arrived.set(0);
        ended = -1;
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<Callable<Void>> both =
                    List.of(actor(0, one, endOfRound), actor(1, other, endOfRound));
            for (Future<Void> each : threads.invokeAll(both)) {
                each.get();
            }
        }
        System.out.println("outcomes: " + seen);
        return seen;
    }

    private Callable<Void> actor(int number, Actor actor, Runnable endOfRound) {
        return () -> {
            try {
                for (int round = 0; round < ROUNDS; round++) {
                    // The last to arrive lets both go, closer together than a lock could.
                    arrived.incrementAndGet();
                    awaitArrivals(4 * round + 2);
                    outcomes[number] = actor.act(round);
                    owners[number].quiet();
                    owners[number].sweep(number, 2, 0);
                    if (arrived.incrementAndGet() == 4 * round + 4) {
                        endOfRound.run();
                        ended = round;
                    }
                    while (ended < round) {
                        LockSupport.parkNanos(PARK_NS);
                    }
                }
            } finally {
                // The other must not wait for one that has failed.
                ended = ROUNDS;
                arrived.addAndGet(4 * ROUNDS);
            }
            return null;
        };
    }

    private void awaitArrivals(int count) {
        for (int spins = 0; arrived.get() < count; spins++) {
            if (spins < 1000) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(PARK_NS);
            }
        }
    }

    private static NewConnection keys(int client) {
        NewConnection fresh = new NewConnection();
        fresh.addresses = TupleKey.addresses(client, 1);
        fresh.portsAndZone = TupleKey.portsAndScope(TupleKey.ports(9, 53), ZONE, Ipv4.PROTO_UDP);
        fresh.replyAddresses = TupleKey.invertAddresses(fresh.addresses);
        fresh.replyPortsAndZone = TupleKey.invertPorts(fresh.portsAndZone);
        return fresh;
    }

    private int insert(int who, int client) {
        return Math.min(0, trackers[who].commit(keys(client), NO_TCP, 60, 0));
    }

    private int find(int who, int client) {
        NewConnection keys = keys(client);
        return trackers[who].isTaken(keys.addresses, keys.portsAndZone, 0) ? 1 : 0;
    }

    private int findReply(int who, int client) {
        NewConnection keys = keys(client);
        return trackers[who].isTaken(keys.replyAddresses, keys.replyPortsAndZone, 0) ? 1 : 0;
    }

    private void flush() {
        table.flush(ConnFilter.ofZone(ZONE), 0);
    }

    @Test
    void ofTwoThatInsertTheSameOneDoes() throws Exception {
        var seen = race(r -> insert(0, r), r -> insert(1, r), this::flush);
        assertEquals(
                ROUNDS,
                seen.getOrDefault("0," + ConnTable.CLASH_ORIGINAL, 0)
                        + seen.getOrDefault(ConnTable.CLASH_ORIGINAL + ",0", 0),
                seen::toString);
        assertEquals(ROUNDS, table.zones().stats(ZONE).created());
    }

    /** A reader that finds one key of a connection finds the other. */
    @Test
    void bothKeysCanBeFoundOrNeither() throws Exception {
        var seen =
                race(
                        r -> insert(0, r),
                        r -> {
                            int reply = findReply(1, r);
                            return 10 * reply + find(1, r);
                        },
                        this::flush);
        assertEquals(
                ROUNDS,
                seen.getOrDefault("0,0", 0)
                        + seen.getOrDefault("0,1", 0)
                        + seen.getOrDefault("0,11", 0),
                seen::toString);
    }

    /** What was there before is found until it is flushed, and then never again. */
    @Test
    void aFlushedConnectionIsNotFoundAgain() throws Exception {
        trackers[0].commit(keys(0), NO_TCP, 60, 0);
        var seen =
                race(
                        r -> {
                            flush();
                            return find(0, r);
                        },
                        r -> {
                            int first = find(1, r);
                            return 10 * first + find(1, r);
                        },
                        () -> {
                            // The next round's; the round number is one behind here.
                            int next = (int) table.zones().stats(ZONE).created();
                            assertTrue(trackers[0].commit(keys(next), NO_TCP, 60, 0) >= 0);
                        });
        assertEquals(
                ROUNDS,
                seen.getOrDefault("0,0", 0)
                        + seen.getOrDefault("0,10", 0)
                        + seen.getOrDefault("0,11", 0),
                seen::toString);
    }

    /** The last place of a zone goes to one of two, and a flush gives no place twice. */
    @Test
    void theLastPlaceOfAZoneGoesToOne() throws Exception {
        table.zones().setLimit(ZONE, 1);
        var seen =
                race(
                        r -> insert(0, 2 * r),
                        r -> insert(1, 2 * r + 1),
                        () -> {
                            assertEquals(1, table.zones().live(ZONE));
                            flush();
                        });
        assertEquals(
                ROUNDS,
                seen.getOrDefault("0," + ConnTable.ZONE_LIMIT, 0)
                        + seen.getOrDefault(ConnTable.ZONE_LIMIT + ",0", 0),
                seen::toString);
    }

    /** An insert during a flush is before it, and gone, or after it, and there; and counted so. */
    @Test
    void anInsertIsBeforeAFlushOrAfterIt() throws Exception {
        int[] before = {0};
        int[] rounds = {0};
        race(
                r -> insert(0, r),
                r -> {
                    flush();
                    return 0;
                },
                () -> {
                    int there = find(0, rounds[0]++);
                    before[0] += 1 - there;
                    assertEquals(there, table.zones().live(ZONE));
                    flush();
                });
        Zones.Stats stats = table.zones().stats(ZONE);
        assertEquals(ROUNDS, stats.created());
        assertEquals(ROUNDS, stats.closed());
        System.out.println("of " + ROUNDS + " inserts " + before[0] + " came before the flush");
    }

    /**
     * What a way that is cached while the zone of the other direction is flushed rests on has
     * changed when the flush has returned: the direction's own zone and version are all that such
     * ways look at.
     */
    @Test
    void noWayOutlivesAFlushOfTheOtherDirectionsZone() throws Exception {
        int[] restsOn = {ConnTable.NONE, 0};
        var seen =
                race(
                        r -> {
                            NewConnection keys = splitKeys(r);
                            int made = trackers[0].commit(keys, NO_TCP, 60, 0);
                            assertTrue(made >= 0);
                            trackers[0].track(
                                    keys.addresses, keys.portsAndZone, keys.wide, 0, NO_TCP, 60, 0);
                            restsOn[0] = trackers[0].reference();
                            restsOn[1] = trackers[0].version();
                            return restsOn[0] == ConnTable.NONE ? 0 : 1;
                        },
                        r -> {
                            table.flush(ConnFilter.ofZone(ZONE + 1), 0);
                            return 0;
                        },
                        () -> {
                            int way = restsOn[0];
                            NewConnection keys = splitKeys(splitRound++);
                            boolean alive =
                                    trackers[0].isTaken(keys.addresses, keys.portsAndZone, 0);
                            boolean valid =
                                    way != ConnTable.NONE
                                            && table.isUnchanged(
                                                    way, table.line(way), restsOn[1], 0);
                            assertEquals(alive, valid);
                            flush();
                        });
        assertEquals(
                ROUNDS, seen.getOrDefault("0,0", 0) + seen.getOrDefault("1,0", 0), seen::toString);
        for (int i = 0; i < 100; i++) {
            owners[i & 1].sweep(i & 1, 2, 0);
        }
        assertFalse(table.zones().hasSplit());
    }

    private static NewConnection splitKeys(int client) {
        NewConnection keys = keys(client);
        keys.replyPortsAndZone = TupleKey.withScope(keys.replyPortsAndZone, ZONE + 1);
        return keys;
    }

    /** An answer makes the connection established, or comes after it gave way: never both. */
    @Test
    void anAnswerAndAnEviction() throws Exception {
        ConnTable small = new ConnTable(1, memory);
        ConnOwner[] both = {new ConnOwner(small), new ConnOwner(small)};
        Tracker[] of = {new Tracker(small, both[0]), new Tracker(small, both[1])};
        of[0].commit(keys(0), NO_TCP, 60, 0);
        int[] there = {0};
        var seen =
                race(
                        r -> {
                            NewConnection keys = keys(there[0]);
                            int state =
                                    of[0].track(
                                            keys.replyAddresses,
                                            keys.replyPortsAndZone,
                                            keys.wide,
                                            4,
                                            NO_TCP,
                                            60,
                                            0);
                            return (state & CtState.ESTABLISHED) != 0 ? 1 : 0;
                        },
                        r -> of[1].commit(keys(1_000_000 + r), NO_TCP, 60, 0) >= 0 ? 1 : 0,
                        () -> {
                            assertEquals(1, small.size());
                            small.flush(ConnFilter.ALL, 0);
                            for (int i = 0; i < 40; i++) {
                                both[i & 1].sweep(i & 1, 2, 0);
                                both[0].quiet();
                                both[1].quiet();
                            }
                            assertEquals(0, small.size());
                            there[0]++;
                            assertTrue(of[0].commit(keys(there[0]), NO_TCP, 60, 0) >= 0);
                        });
        // 1,1: the answer was taken, and in the same moment, before it was noted, it gave way.
        assertEquals(
                ROUNDS,
                seen.getOrDefault("0,1", 0)
                        + seen.getOrDefault("1,0", 0)
                        + seen.getOrDefault("1,1", 0),
                seen::toString);
    }
}
