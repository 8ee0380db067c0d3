package io.sluice.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.conntrack.ConnFilter;
import io.sluice.conntrack.ConnOwner;
import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.NewConnection;
import io.sluice.conntrack.TcpSegment;
import io.sluice.conntrack.Tracker;
import io.sluice.natlb.ClaimedPorts;
import io.sluice.natlb.NatRange;
import io.sluice.natlb.NatSearch;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Memory;
import io.sluice.packet.TupleKey;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Two workers search ports of one crowded address, and end, evict, sweep and time out connections,
 * while a third thread flushes: in the end no claim is left.
 */
class NatPortsWorkersTest {
    /** A minute with -Dsluice.stress.seconds=60. */
    private static final int SECONDS = Integer.getInteger("sluice.stress.seconds", 3);

    private static final int ZONE = 5;
    private static final int PEERS = 4;
    private static final int PORTS = 200;
    private static final int CLIENTS = 3000;
    // Fewer than there are ports, so that connections give way to others.
    private static final int CAPACITY = PEERS * PORTS * 3 / 4;
    private static final int OUTSIDE = 0xC6336401;
    private static final int SERVER = 0xCB007101;
    private static final TcpSegment NO_TCP = new TcpSegment();
    private static final NatRange RANGE =
            new NatRange(
                    NatRange.Side.SOURCE,
                    OUTSIDE,
                    OUTSIDE,
                    3001,
                    3000 + PORTS,
                    NatRange.Pick.DEFAULT);

    private final Arena arena = Arena.ofShared();
    private final ConnTable table =
            new ConnTable(CAPACITY, bytes -> arena.allocate(bytes, 4096).address());
    private final Translations translations =
            new Translations(table, bytes -> arena.allocate(bytes, 4096).address());
    private final AtomicInteger clockMs = new AtomicInteger(1000);
    private final AtomicBoolean stop = new AtomicBoolean();

    /** A worker, its part of the table and what it did. */
    private final class Worker {
        final ConnOwner owner = new ConnOwner(table);
        final Tracker tracker = new Tracker(table, owner);
        final NatSearch search = new NatSearch(translations.maps(), false);
        final NewConnection fresh = new NewConnection();
        final Random random;
        long made;
        long refused;
        long ended;

        Worker(int number) {
            random = new Random(number);
        }

        Worker run(int number) {
            try {
                for (int step = 0; !stop.get(); step++) {
                    step(clockMs.get());
                    owner.quiet();
                    if (step % 8 == 0) {
                        owner.sweep(number, 2, clockMs.get());
                    }
                }
                return this;
            } finally {
                stop.set(true);
            }
        }

        private void step(int nowMs) {
            // The first more often than the last, so that there are both clashes and room.
            int upTo = 1 + random.nextInt(PEERS);
            setOriginal(random.nextInt(CLIENTS), random.nextInt(upTo));
            tracker.track(fresh.addresses, fresh.portsAndZone, fresh.wide, 0, NO_TCP, 60, nowMs);
            if (tracker.reference() == ConnTable.NONE) {
                int result = make(nowMs);
                made += result >= 0 ? 1 : 0;
                refused += result == ConnTable.NONE ? 1 : 0;
            } else if (random.nextBoolean()) {
                tracker.end(tracker.reference());
                ended++;
            }
        }

        void setOriginal(int client, int peer) {
            fresh.addresses = TupleKey.addresses(0x0A010000 + client, SERVER + peer);
            fresh.portsAndZone =
                    TupleKey.portsAndScope(TupleKey.ports(4000, 53), ZONE, Ipv4.PROTO_UDP);
        }

        /** As the packet path does it; NONE when there is no port. */
        int make(int nowMs) {
            int epoch = zoneEpoch();
            search.begin(RANGE, fresh.addresses, fresh.portsAndZone);
            while (search.next()) {
                fresh.replyAddresses = TupleKey.invertAddresses(search.addresses());
                fresh.replyPortsAndZone =
                        TupleKey.invertPorts(
                                TupleKey.withPorts(fresh.portsAndZone, search.ports()));
                int result = tracker.commit(fresh, NO_TCP, 60, nowMs);
                if (result != ConnTable.CLASH_REPLY) {
                    if (result < 0) {
                        search.giveBack();
                    }
                    return result;
                }
                search.taken(fresh.replyAddresses, fresh.replyPortsAndZone, epoch, nowMs);
            }
            return ConnTable.NONE;
        }
    }

    private int zoneEpoch() {
        return Memory.getInt(table.zones().epochAddress(ZONE));
    }

    @Test
    void noClaimIsLeft() throws Exception {
        List<Worker> workers = List.of(new Worker(0), new Worker(1));
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<Future<Worker>> running = new ArrayList<>();
            for (int number = 0; number < 2; number++) {
                int own = number;
                running.add(threads.submit(() -> workers.get(own).run(own)));
            }
            control();
            for (Future<Worker> each : running) {
                Worker done = each.get();
                System.out.printf(
                        "made %d, refused %d, ended %d%n", done.made, done.refused, done.ended);
                assertTrue(done.made > 100 && done.refused > 0 && done.ended > 10);
            }
        }
        assertTrue(table.zones().stats(ZONE).evicted() > 0, "none had to give way");
        int epoch = zoneEpoch();
        int before = claimed(epoch);
        // All fall silent, and are freed.
        clockMs.addAndGet(10_000_000);
        for (int i = 0; i < 1000; i++) {
            for (int number = 0; number < 2; number++) {
                workers.get(number).owner.sweep(number, 2, clockMs.get());
                workers.get(number).owner.quiet();
            }
        }
        assertEquals(0, table.size());
        System.out.println("claimed before the end: " + before);
        assertTrue(before > 0, "nothing was claimed");
        assertEquals(0, claimed(epoch));
        Worker worker = workers.getFirst();
        for (int client = 0; client < PORTS; client++) {
            worker.setOriginal(client, 0);
            assertTrue(worker.make(clockMs.get()) >= 0);
        }
        worker.setOriginal(PORTS, 0);
        assertEquals(ConnTable.NONE, worker.make(clockMs.get()));
        arena.close();
    }

    /** Flushes, and lets time pass; no zone in the last third, so that one epoch sees much. */
    private void control() throws InterruptedException {
        Random random = new Random(3);
        long start = System.nanoTime();
        long endNs = SECONDS * 1_000_000_000L;
        while (!stop.get() && System.nanoTime() - start < endNs) {
            Thread.sleep(1);
            clockMs.addAndGet(random.nextInt(100));
            if (random.nextInt(10) == 0) {
                table.flush(outsidePort(3001 + random.nextInt(PORTS)), clockMs.get());
            }
            if (random.nextInt(50) == 0 && System.nanoTime() - start < endNs / 3 * 2) {
                table.flush(ConnFilter.ofZone(ZONE), clockMs.get());
            }
        }
        stop.set(true);
    }

    private static ConnFilter outsidePort(int port) {
        return new ConnFilter(
                OptionalInt.of(ZONE),
                OptionalInt.empty(),
                0,
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                ConnFilter.Direction.ANY,
                new ConnFilter.Direction(
                        Optional.empty(),
                        Optional.empty(),
                        OptionalInt.empty(),
                        OptionalInt.of(port)));
    }

    private int claimed(int epoch) {
        int claimed = 0;
        for (int peer = 0; peer < PEERS; peer++) {
            claimed +=
                    ClaimedPorts.of(
                            translations.maps(),
                            TupleKey.addresses(SERVER + peer, OUTSIDE),
                            TupleKey.portsAndScope(TupleKey.ports(53, 0), ZONE, Ipv4.PROTO_UDP),
                            epoch);
        }
        return claimed;
    }
}
