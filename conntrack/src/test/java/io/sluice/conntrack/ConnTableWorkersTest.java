package io.sluice.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.Ipv4;
import io.sluice.packet.TupleKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Two workers insert, find, expire, evict and sweep in one table, over the same few keys, while a
 * third thread flushes, dumps and changes limits, the maximum and timeouts.
 */
class ConnTableWorkersTest {
    private static final TcpSegment NO_TCP = new TcpSegment();

    /** A minute with -Dsluice.stress.seconds=60. */
    private static final int SECONDS = Integer.getInteger("sluice.stress.seconds", 3);

    private static final int WORKERS = 2;
    private static final int CAPACITY = 2048;
    private static final int KEYS = 3000;
    private static final int SHARED_ZONE = 9;
    private static final int LIMITED_ZONE = 10;
    private static final int LIMIT = 200;

    /** Established connections of one worker, which nothing may end. */
    private static final int OWN_ZONE = 11;

    private static final int OWN_KEYS = 64;

    private final AtomicInteger clockMs = new AtomicInteger();
    private final AtomicBoolean stop = new AtomicBoolean();
    private final CountDownLatch ownKeysThere = new CountDownLatch(WORKERS);
    private ConnTable table;
    // Control's, read when it has ended.
    private long endedByLimit;

    /** What one worker made, and why it could not make others. */
    private record Made(List<Long> byZone, long steps, long clashes, long full, long overLimit) {}

    @Test
    void nothingIsLostDoubledOrLeaked() throws Exception {
        try (ArenaMemory memory = new ArenaMemory();
                ExecutorService threads = Executors.newFixedThreadPool(WORKERS + 1)) {
            table = new ConnTable(CAPACITY, memory);
            table.zones().setLimit(LIMITED_ZONE, LIMIT);
            // A worker may be without its core for a while, and the clock is fast.
            table.zones()
                    .setTimeouts(
                            OWN_ZONE, new Timeouts(Map.of("udp-replied", Timeouts.MAX_SECONDS)));
            List<ConnOwner> owners = new ArrayList<>();
            List<Future<Made>> workers = new ArrayList<>();
            for (int number = 0; number < WORKERS; number++) {
                owners.add(new ConnOwner(table));
            }
            for (int number = 0; number < WORKERS; number++) {
                workers.add(threads.submit(worker(owners.get(number), number)));
            }
            Future<Long> control = threads.submit(this::control);
            Thread.sleep(SECONDS * 1000L);
            stop.set(true);
            long[] made = new long[3];
            for (Future<Made> worker : workers) {
                Made each = worker.get();
                for (int i = 0; i < made.length; i++) {
                    made[i] += each.byZone().get(i);
                }
                System.out.println(
                        "steps %d, made %d %d %d, clashes %d, full %d, over the limit %d"
                                .formatted(
                                        each.steps(),
                                        each.byZone().get(0),
                                        each.byZone().get(1),
                                        each.byZone().get(2),
                                        each.clashes(),
                                        each.full(),
                                        each.overLimit()));
                assertTrue(each.overLimit() > 0, "the limit was to be reached");
            }
            System.out.println("changes by control: " + control.get());
            System.out.println("ended by a lower limit: " + endedByLimit);
            assertTrue(endedByLimit > 0, "a lower limit was to end some");
            table.setMaxConnections(CAPACITY);
            sweepAll(owners);
            checkCounts(made);
            // Everything ends; the owners share the sweep, and every record comes back.
            table.zones().setTimeouts(OWN_ZONE, null);
            clockMs.addAndGet(1_000_000);
            sweepAll(owners);
            assertEquals(0, table.size());
            assertEquals(0, table.zones().live(SHARED_ZONE));
            allRecordsAreThere(owners);
        }
    }

    private Callable<Made> worker(ConnOwner owner, int number) {
        return () -> {
            try {
                return work(owner, number);
            } finally {
                stop.set(true);
            }
        };
    }

    private Made work(ConnOwner owner, int number) throws InterruptedException {
        Tracker tracker = new Tracker(table, owner);
        NewConnection fresh = new NewConnection();
        Random random = new Random(number);
        long[] made = new long[3];
        long clashes = 0;
        long full = 0;
        long overLimit = 0;
        long steps = 0;
        for (int own = 0; own < OWN_KEYS; own++) {
            setKeys(fresh, ownKey(number, own), OWN_ZONE);
            assertTrue(tracker.commit(fresh, NO_TCP, 60, clockMs.get()) >= 0);
            made[2]++;
            answer(tracker, fresh);
        }
        // A worker that is late would find the table full of what the other has made.
        ownKeysThere.countDown();
        ownKeysThere.await();
        while (!stop.get()) {
            int nowMs = clockMs.get();
            int zone = random.nextInt(4) == 0 ? LIMITED_ZONE : SHARED_ZONE;
            setKeys(fresh, random.nextInt(KEYS), zone);
            tracker.track(fresh.addresses, fresh.portsAndZone, fresh.wide, 0, NO_TCP, 60, nowMs);
            if (tracker.reference() == ConnTable.NONE) {
                int result = tracker.commit(fresh, NO_TCP, 60, nowMs);
                switch (result) {
                    case ConnTable.CLASH_ORIGINAL, ConnTable.CLASH_REPLY -> clashes++;
                    case ConnTable.TABLE_FULL, ConnTable.BUCKET_FULL -> full++;
                    case ConnTable.ZONE_LIMIT -> overLimit++;
                    default -> made[zone - SHARED_ZONE]++;
                }
                assertTrue(table.zones().live(LIMITED_ZONE) <= LIMIT, "over the limit");
            } else if (random.nextInt(16) == 0) {
                answer(tracker, fresh);
            }
            setKeys(fresh, ownKey(number, (int) (steps % OWN_KEYS)), OWN_ZONE);
            tracker.track(fresh.addresses, fresh.portsAndZone, fresh.wide, 0, NO_TCP, 60, nowMs);
            assertTrue(tracker.reference() != ConnTable.NONE, "an established connection was lost");
            owner.quiet();
            owner.keepPace(nowMs);
            if (steps % 64 == 0) {
                owner.sweep(number, WORKERS, nowMs);
            }
            if (steps % 1000 == 0) {
                clockMs.addAndGet(random.nextInt(2000));
            }
            steps++;
        }
        return new Made(Arrays.stream(made).boxed().toList(), steps, clashes, full, overLimit);
    }

    private long control() throws InterruptedException {
        Random random = new Random(99);
        long changes = 0;
        ownKeysThere.await();
        while (!stop.get()) {
            int nowMs = clockMs.get();
            switch (random.nextInt(6)) {
                case 0 -> table.flush(ConnFilter.ofZone(SHARED_ZONE), nowMs);
                case 1 -> table.flush(ConnFilter.ofZone(LIMITED_ZONE), nowMs);
                case 2 -> table.setMaxConnections(CAPACITY / 2 + random.nextInt(CAPACITY / 2));
                case 3 ->
                        table.zones()
                                .setTimeouts(
                                        SHARED_ZONE,
                                        new Timeouts(
                                                Map.of("udp-unreplied", 1 + random.nextInt(60))));
                case 4 -> lowerLimit(random);
                default -> noneIsDouble(SHARED_ZONE, nowMs);
            }
            changes++;
            Thread.sleep(random.nextInt(5));
        }
        return changes;
    }

    /** For a while: the zone goes on with as many as stay, and fills again. */
    private void lowerLimit(Random random) throws InterruptedException {
        int limit = 1 + random.nextInt(LIMIT);
        table.zones().setLimit(LIMITED_ZONE, limit);
        int above = 0;
        for (LoweredLimits.Outcome each :
                table.loweredLimits().enforce(zone -> zone == LIMITED_ZONE, clockMs::get)) {
            above = each.above();
            endedByLimit += each.ended();
        }
        // What had expired holds its place until a worker sweeps it.
        long deadlineNs = System.nanoTime() + 20_000_000_000L;
        while (table.zones().live(LIMITED_ZONE) > limit + above && !stop.get()) {
            assertTrue(System.nanoTime() < deadlineNs, "more than %d + %d".formatted(limit, above));
            Thread.sleep(1);
        }
        table.zones().setLimit(LIMITED_ZONE, LIMIT);
    }

    private void answer(Tracker tracker, NewConnection to) {
        tracker.track(
                to.replyAddresses, to.replyPortsAndZone, to.wide, 4, NO_TCP, 60, clockMs.get());
    }

    private static int ownKey(int worker, int number) {
        return KEYS + worker * OWN_KEYS + number;
    }

    private static void setKeys(NewConnection fresh, int key, int zone) {
        fresh.addresses = TupleKey.addresses(key, 1);
        fresh.portsAndZone = TupleKey.portsAndScope(TupleKey.ports(key, 53), zone, Ipv4.PROTO_UDP);
        fresh.replyAddresses = TupleKey.invertAddresses(fresh.addresses);
        fresh.replyPortsAndZone = TupleKey.invertPorts(fresh.portsAndZone);
    }

    /** What expired or was flushed is dead, and in the table until it is swept. */
    private void sweepAll(List<ConnOwner> owners) {
        for (int round = 0; round < 2000; round++) {
            for (int worker = 0; worker < owners.size(); worker++) {
                owners.get(worker).sweep(worker, owners.size(), clockMs.get());
                owners.get(worker).quiet();
            }
        }
    }

    private void checkCounts(long[] made) {
        long live = 0;
        for (int zone = SHARED_ZONE; zone <= OWN_ZONE; zone++) {
            Zones.Stats stats = table.zones().stats(zone);
            assertEquals(made[zone - SHARED_ZONE], stats.created(), "created in zone " + zone);
            assertEquals(stats.created() - stats.closed(), stats.live(), "live in zone " + zone);
            assertEquals(noneIsDouble(zone, clockMs.get()), stats.live(), "dumped of " + zone);
            live += stats.live();
        }
        assertEquals(WORKERS * OWN_KEYS, table.zones().live(OWN_ZONE));
        assertEquals(0, table.zones().stats(OWN_ZONE).evicted());
        assertEquals(table.size(), live);
        assertTrue(made[0] > KEYS, "connections were to end and begin anew");
    }

    private int noneIsDouble(int zone, int nowMs) {
        Set<Integer> seen = new HashSet<>();
        table.forEach(
                ConnFilter.ofZone(zone),
                nowMs,
                each -> seen.add((int) each.original().src().low()));
        int[] shown = {0};
        table.forEach(ConnFilter.ofZone(zone), nowMs, each -> shown[0]++);
        if (stop.get()) {
            assertEquals(seen.size(), shown[0], "connections that are double");
        }
        return shown[0];
    }

    /** The owners together can make as many connections as the table has places. */
    private void allRecordsAreThere(List<ConnOwner> owners) {
        NewConnection fresh = new NewConnection();
        int made = 0;
        for (int key = 0; key < CAPACITY; key++) {
            setKeys(fresh, key, SHARED_ZONE);
            Tracker tracker = new Tracker(table, owners.get(key % owners.size()));
            made += tracker.commit(fresh, NO_TCP, 60, clockMs.get()) >= 0 ? 1 : 0;
            owners.forEach(ConnOwner::quiet);
        }
        assertEquals(CAPACITY, made);
        assertEquals(CAPACITY, table.size());
    }
}
