package io.sluice.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.Ipv4;
import io.sluice.packet.TupleKey;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * Two workers make, flush, limit, end and sweep connections over the same few keys, while a third
 * thread reads what they tell.
 */
class EventWorkersTest {
    // Fewer than keys: some give way.
    private static final int CAPACITY = 2000;
    private static final int RING = 1 << 14;
    private static final int KEYS = 3000;
    private static final int STEPS = 700_000;
    private static final int ZONE = 9;
    private static final TcpSegment NO_TCP = new TcpSegment();

    private final AtomicInteger clockMs = new AtomicInteger();
    private final AtomicLong told = new AtomicLong();
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicBoolean readerEnded = new AtomicBoolean();
    // By client: connections that have begun and not ended, as far as was told.
    private final Map<Integer, Integer> open = new HashMap<>();
    private final Map<EventType, Long> counts = new EnumMap<>(EventType.class);
    private final Map<EndReason, Long> reasons = new EnumMap<>(EndReason.class);

    @Test
    void eachConnectionHasOneBeginningAndOneEnd() throws Exception {
        try (ArenaMemory memory = new ArenaMemory();
                ExecutorService threads = Executors.newFixedThreadPool(3)) {
            ConnTable table = new ConnTable(CAPACITY, memory, RING);
            table.events()
                    .want(
                            List.of(
                                    new EventFilter(
                                            EnumSet.allOf(EventType.class), ConnFilter.ALL)),
                            false);
            ConnOwner[] owners = {new ConnOwner(table), new ConnOwner(table)};
            Future<?> reader = threads.submit(() -> read(table));
            Future<Long> one = threads.submit(worker(table, owners[0], 0));
            Future<Long> other = threads.submit(worker(table, owners[1], 1));
            long made = one.get() + other.get();
            clockMs.addAndGet(1_000_000);
            for (int round = 0; round < 2000; round++) {
                for (int worker = 0; worker < owners.length; worker++) {
                    owners[worker].sweep(worker, owners.length, clockMs.get());
                    owners[worker].quiet();
                }
                awaitReader(table);
            }
            ended.set(true);
            reader.get();
            System.out.printf("%d connections, %s, ends %s%n", made, counts, reasons);
            for (EventType type : EventType.values()) {
                assertEquals(0, table.events().lost(type));
            }
            assertTrue(made > KEYS, "connections were to end and begin anew");
            assertEquals(made, counts.get(EventType.NEW));
            assertEquals(made, counts.get(EventType.DESTROY));
            assertEquals(made, table.zones().stats(ZONE).created());
            assertTrue(reasons.get(EndReason.FLUSH) > 0);
            assertTrue(reasons.get(EndReason.TIMEOUT) > 0);
            assertTrue(reasons.get(EndReason.REPLACED) > 0);
            assertTrue(reasons.get(EndReason.EVICTED) > 0);
            assertTrue(reasons.get(EndReason.LIMIT) > 0);
            open.forEach((client, number) -> assertEquals(0, number, "client " + client));
        }
    }

    private void read(ConnTable table) {
        try {
            readAll(table);
        } finally {
            readerEnded.set(true);
        }
    }

    private void readAll(ConnTable table) {
        boolean last = false;
        while (true) {
            int count = table.events().drain(1000, this::note);
            told.addAndGet(count);
            if (count == 0) {
                if (last) {
                    return;
                }
                last = ended.get();
                LockSupport.parkNanos(100_000);
            }
        }
    }

    private void note(long address) {
        ConnEvent event = ConnEvent.read(address);
        counts.merge(event.type(), 1L, Long::sum);
        int client = (int) event.connection().original().src().low();
        if (event.type() == EventType.NEW) {
            assertEquals(1, open.merge(client, 1, Integer::sum), "two at a time: " + event);
        } else if (event.type() == EventType.DESTROY) {
            assertEquals(0, open.merge(client, -1, Integer::sum), "an end too many: " + event);
            reasons.merge(event.reason().orElseThrow(), 1L, Long::sum);
        }
    }

    /** So that nothing is lost, which another test is about. */
    private void awaitReader(ConnTable table) {
        ConnEvents events = table.events();
        while (events.written(EventType.NEW)
                                + events.written(EventType.UPDATE)
                                + events.written(EventType.DESTROY)
                                - told.get()
                        > RING / 2
                && !readerEnded.get()) {
            Thread.onSpinWait();
        }
    }

    private Callable<Long> worker(ConnTable table, ConnOwner owner, int number) {
        return () -> {
            Tracker tracker = new Tracker(table, owner);
            NewConnection fresh = new NewConnection();
            Random random = new Random(number);
            long made = 0;
            for (int step = 0; step < STEPS; step++) {
                int nowMs = clockMs.get();
                setKeys(fresh, random.nextInt(KEYS));
                tracker.track(
                        fresh.addresses, fresh.portsAndZone, fresh.wide, 0, NO_TCP, 60, nowMs);
                if (tracker.reference() == ConnTable.NONE) {
                    made += tracker.commit(fresh, NO_TCP, 60, nowMs) >= 0 ? 1 : 0;
                } else if (random.nextInt(50) == 0) {
                    tracker.end(tracker.reference());
                }
                owner.quiet();
                if (step % 64 == 0) {
                    owner.sweep(number, 2, nowMs);
                    owner.keepPace(nowMs);
                    awaitReader(table);
                }
                if (step % 1000 == 0) {
                    clockMs.addAndGet(random.nextInt(12_000));
                }
                if (random.nextInt(100_000) == 0) {
                    table.flush(ConnFilter.ofZone(ZONE), nowMs);
                }
                if (random.nextInt(50_000) == 0) {
                    table.zones().setLimit(ZONE, CAPACITY / 2);
                    table.loweredLimits().enforce(_ -> true, clockMs::get);
                    table.zones().clearLimit(ZONE);
                }
            }
            return made;
        };
    }

    private static void setKeys(NewConnection fresh, int key) {
        fresh.addresses = TupleKey.addresses(key, 1);
        fresh.portsAndZone = TupleKey.portsAndScope(TupleKey.ports(key, 53), ZONE, Ipv4.PROTO_UDP);
        fresh.replyAddresses = TupleKey.invertAddresses(fresh.addresses);
        fresh.replyPortsAndZone = TupleKey.invertPorts(fresh.portsAndZone);
    }
}
