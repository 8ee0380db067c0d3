package io.sluice.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.Ipv4;
import io.sluice.packet.TupleKey;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Two workers insert, find, expire and sweep in one table, over the same few keys. */
class ConnTableWorkersTest {
    private static final TcpSegment NO_TCP = new TcpSegment();
    private static final int CAPACITY = 4096;
    private static final int KEYS = 3000;
    private static final int STEPS = 1_500_000;
    private static final int ZONE = 9;

    private final AtomicInteger clockMs = new AtomicInteger();

    /** What one worker made and could not make. */
    private record Made(long made, long clashes, long full) {}

    @Test
    void nothingIsLostDoubledOrLeaked() throws Exception {
        try (ArenaMemory memory = new ArenaMemory();
                ExecutorService threads = Executors.newFixedThreadPool(2)) {
            ConnTable table = new ConnTable(CAPACITY, memory);
            ConnOwner[] owners = {new ConnOwner(table), new ConnOwner(table)};
            Future<Made> one = threads.submit(worker(table, owners[0], 0));
            Future<Made> other = threads.submit(worker(table, owners[1], 1));
            long made = one.get().made() + other.get().made();
            // What expired or was flushed at the end is dead, and in the table until it is swept.
            sweepAll(owners);
            Zones.Stats stats = table.zones().stats(ZONE);
            assertEquals(made, stats.created());
            assertEquals(stats.created() - stats.closed(), stats.live());
            assertEquals(table.size(), stats.live());
            assertTrue(made > KEYS, "connections were to end and begin anew");
            noneIsDouble(table);
            // Everything ends; two owners share the sweep, and every record comes back.
            clockMs.addAndGet(1_000_000);
            sweepAll(owners);
            assertEquals(0, table.size());
            assertEquals(0, table.zones().stats(ZONE).live());
            allRecordsAreThere(table, owners);
        }
    }

    private Callable<Made> worker(ConnTable table, ConnOwner owner, int number) {
        return () -> {
            Tracker tracker = new Tracker(table, owner);
            NewConnection fresh = new NewConnection();
            Random random = new Random(number);
            long made = 0;
            long clashes = 0;
            long full = 0;
            for (int step = 0; step < STEPS; step++) {
                int nowMs = clockMs.get();
                setKeys(fresh, random.nextInt(KEYS));
                int state =
                        tracker.track(
                                fresh.addresses,
                                fresh.portsAndZone,
                                fresh.wide,
                                0,
                                NO_TCP,
                                60,
                                nowMs);
                assertTrue((state & CtState.NEW) != 0);
                if (tracker.reference() == ConnTable.NONE) {
                    switch (tracker.commit(fresh, NO_TCP, 60, nowMs)) {
                        case ConnTable.CLASH_ORIGINAL, ConnTable.CLASH_REPLY -> clashes++;
                        case ConnTable.TABLE_FULL, ConnTable.BUCKET_FULL -> full++;
                        default -> made++;
                    }
                }
                owner.quiet();
                if (step % 64 == 0) {
                    owner.sweep(number, 2, nowMs);
                }
                if (step % 1000 == 0) {
                    clockMs.addAndGet(random.nextInt(2000));
                }
                if (random.nextInt(200_000) == 0) {
                    table.flush(ConnFilter.ofZone(ZONE), nowMs);
                }
            }
            return new Made(made, clashes, full);
        };
    }

    private static void setKeys(NewConnection fresh, int key) {
        fresh.addresses = TupleKey.addresses(key, 1);
        fresh.portsAndZone = TupleKey.portsAndScope(TupleKey.ports(key, 53), ZONE, Ipv4.PROTO_UDP);
        fresh.replyAddresses = TupleKey.invertAddresses(fresh.addresses);
        fresh.replyPortsAndZone = TupleKey.invertPorts(fresh.portsAndZone);
    }

    private void sweepAll(ConnOwner[] owners) {
        for (int round = 0; round < 2000; round++) {
            for (int worker = 0; worker < owners.length; worker++) {
                owners[worker].sweep(worker, owners.length, clockMs.get());
                owners[worker].quiet();
            }
        }
    }

    private void noneIsDouble(ConnTable table) {
        Set<Integer> seen = new HashSet<>();
        table.forEach(
                ConnFilter.ALL,
                clockMs.get(),
                c -> assertTrue(seen.add((int) c.original().src().low()), () -> c + " is double"));
    }

    /** Both owners together can make as many connections as the table has records. */
    private void allRecordsAreThere(ConnTable table, ConnOwner[] owners) {
        NewConnection fresh = new NewConnection();
        int made = 0;
        int key = 0;
        for (ConnOwner owner : owners) {
            Tracker tracker = new Tracker(table, owner);
            int result;
            do {
                setKeys(fresh, key++);
                result = tracker.commit(fresh, NO_TCP, 60, clockMs.get());
                made += result >= 0 ? 1 : 0;
            } while (result != ConnTable.TABLE_FULL && key < 3 * CAPACITY);
        }
        assertEquals(CAPACITY, made);
    }
}
