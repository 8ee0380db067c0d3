package io.sluice.natlb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.natlb.NatRange.Filtering;
import io.sluice.packet.Ipv4;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

/**
 * Two workers use, release and make mappings of few clients at few ports, with permissions, while
 * time passes and the zone is flushed: while one holds a mapping, both sides are its alone, and in
 * the end nothing is left.
 */
class EndpointMappingsTest {
    private static final int ZONE = 5;
    private static final int CLIENTS = 40;
    private static final int PORTS = 24;
    private static final int TIMEOUT_MS = 50;
    private static final int PEERS = 3;
    private static final int MILLISECONDS = 3000;

    private final AtomicInteger epoch = new AtomicInteger();
    private final AtomicInteger clockMs = new AtomicInteger(1000);
    private final AtomicBoolean stop = new AtomicBoolean();
    // By outside port: who has it in this epoch, and how many hold it.
    private final AtomicIntegerArray owners = new AtomicIntegerArray(PORTS);

    private record Held(int number, int client, int port, int epoch) {}

    private final class Worker {
        final EndpointMappings mappings;
        final Random random;
        final EndpointMapping asked = new EndpointMapping();
        final List<Held> held = new ArrayList<>();
        long made;
        long reused;
        long taken;
        long inbound;

        Worker(EndpointMappings mappings, int seed) {
            this.mappings = mappings;
            random = new Random(seed);
        }

        Worker run() {
            try {
                while (!stop.get()) {
                    step();
                }
                return this;
            } finally {
                stop.set(true);
            }
        }

        private void step() {
            int nowMs = clockMs.get();
            if (held.size() > random.nextInt(30)) {
                Held one = held.remove(random.nextInt(held.size()));
                mappings.release(one.number(), nowMs);
                return;
            }
            int before = epoch.get();
            int client = random.nextInt(CLIENTS);
            set(client, random.nextInt(PORTS));
            if (random.nextInt(8) == 0) {
                mappings.view().find(asked, nowMs);
                mappings.view().findInbound(asked, 0, random.nextInt(PEERS), nowMs);
                mappings.view().isTaken(asked, nowMs);
                return;
            }
            if (random.nextInt(4) == 0) {
                inbound += mappings.findInbound(asked, 0, random.nextInt(PEERS), nowMs) ? 1 : 0;
                return;
            }
            int number = mappings.acquire(asked, nowMs);
            reused += number == 0 ? 0 : 1;
            if (number == 0) {
                mappings.sweep(random.nextInt(20) == 0, nowMs);
                number = mappings.claim(asked, nowMs);
                taken += number == EndpointMappings.TAKEN ? 1 : 0;
                made += number > 0 ? 1 : 0;
            }
            if (number > 0) {
                assertNotEquals(EndpointMappings.FULL, number);
                int port = asked.outsidePort;
                if (random.nextBoolean()) {
                    number = mappings.permit(number, 0, random.nextInt(PEERS), nowMs);
                }
                checkSame(client, port, nowMs, before);
                held.add(new Held(number, client, port, before));
            }
        }

        /** While one holds it, the outside leads to the client, and the client to the outside. */
        private void checkSame(int client, int port, int nowMs, int before) {
            set(client, 0);
            int number = mappings.acquire(asked, nowMs);
            if (number != 0) {
                mappings.release(number, nowMs);
            }
            boolean found = number != 0;
            if (epoch.get() == before) {
                assertTrue(found);
                assertEquals(port, asked.outsidePort);
            }
        }

        private void set(int client, int port) {
            asked.zone = ZONE;
            asked.protocol = Ipv4.PROTO_UDP;
            asked.insideLow = 0x0A000000L + client;
            asked.insidePort = 4000;
            asked.outsideLow = 0xC6336401L;
            asked.outsidePort = port;
            asked.filtering = Filtering.ADDRESS_DEPENDENT;
        }
    }

    /** Workers would wait for whoever looks, on a core that it may lose. */
    @Test
    void whoOnlyLooksWaitsForNoLock() {
        try (Arena arena = Arena.ofShared()) {
            PortMaps maps = new PortMaps(bytes -> arena.allocate(bytes, 4096).address());
            EndpointMappings mappings =
                    new EndpointMappings(
                            64,
                            bytes -> arena.allocate(bytes, 4096).address(),
                            maps,
                            new PortBlocks(64, bytes -> arena.allocate(bytes, 4096).address()),
                            zone -> 0,
                            (zone, protocol) -> TIMEOUT_MS);
            Worker worker = new Worker(mappings, 1);
            worker.set(1, 7);
            assertTrue(mappings.claim(worker.asked, 0) > 0);
            Buckets.lock(mappings.insideBucket(worker.asked));
            assertTimeoutPreemptively(
                    Duration.ofSeconds(10),
                    () -> {
                        assertTrue(mappings.view().find(worker.asked, 0));
                        assertTrue(mappings.view().isTaken(worker.asked, 0));
                        assertFalse(mappings.view().findInbound(worker.asked, 0, 1, 0));
                    });
        }
    }

    @Test
    void noMappingIsDoubledOrLeft() throws Exception {
        try (Arena arena = Arena.ofShared()) {
            PortMaps maps = new PortMaps(bytes -> arena.allocate(bytes, 4096).address());
            EndpointMappings mappings =
                    new EndpointMappings(
                            1024,
                            bytes -> arena.allocate(bytes, 4096).address(),
                            maps,
                            new PortBlocks(64, bytes -> arena.allocate(bytes, 4096).address()),
                            zone -> epoch.get(),
                            (zone, protocol) -> TIMEOUT_MS);
            List<Worker> workers = List.of(new Worker(mappings, 1), new Worker(mappings, 2));
            try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
                List<Future<Worker>> running = new ArrayList<>();
                for (Worker worker : workers) {
                    running.add(threads.submit(worker::run));
                }
                passTime();
                for (Future<Worker> each : running) {
                    Worker done = each.get();
                    System.out.printf(
                            "made %d, reused %d, taken %d, inbound %d%n",
                            done.made, done.reused, done.taken, done.inbound);
                    assertTrue(done.made > 100 && done.reused > 100 && done.taken > 100);
                    assertTrue(done.inbound > 10);
                }
            }
            checkBoth(workers);
            for (Worker worker : workers) {
                worker.held.forEach(one -> mappings.release(one.number(), clockMs.get()));
            }
            clockMs.addAndGet(TIMEOUT_MS);
            for (int i = 0; i < 1024; i++) {
                mappings.sweep(false, clockMs.get());
            }
            assertEquals(0, mappings.inUse());
        }
    }

    /** What both hold of the last epoch: each port is one client's, and each client has one. */
    private void checkBoth(List<Worker> workers) {
        int[] portOf = new int[CLIENTS];
        for (Worker worker : workers) {
            for (Held one : worker.held) {
                if (one.epoch() == epoch.get()) {
                    int before = owners.getAndSet(one.port(), one.client() + 1);
                    assertTrue(before == 0 || before == one.client() + 1, "port " + one.port());
                    int port = portOf[one.client()];
                    assertTrue(port == 0 || port == one.port() + 1, "client " + one.client());
                    portOf[one.client()] = one.port() + 1;
                }
            }
        }
    }

    private void passTime() throws InterruptedException {
        Random random = new Random(3);
        for (int i = 0; i < MILLISECONDS && !stop.get(); i++) {
            Thread.sleep(1);
            clockMs.addAndGet(random.nextInt(20));
            if (random.nextInt(20) == 0 && i < MILLISECONDS - 200) {
                epoch.incrementAndGet();
            }
        }
        stop.set(true);
    }
}
