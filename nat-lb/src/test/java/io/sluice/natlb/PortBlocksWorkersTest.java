package io.sluice.natlb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.natlb.NatRange.Blocks;
import io.sluice.natlb.NatRange.Pick;
import io.sluice.natlb.NatRange.Side;
import java.lang.foreign.Arena;
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
 * Two workers use, give back, get and take back, without a hold, the blocks of few clients,
 * directly and for mappings, while time passes and the zone is flushed. Who has which block is kept
 * by the events alone: they must never contradict each other, nor what a worker uses; and in the
 * end nothing is left.
 */
class PortBlocksWorkersTest {
    private static final int CLIENTS = 12;
    private static final int SIZE = 64;
    private static final int MAX = 3;
    private static final int FIRST_PORT = 1024;
    private static final int BLOCKS = 8;
    private static final int FIRST_ADDRESS = 0xC6336401;
    private static final int MILLISECONDS = 3000;
    private static final NatRange RANGE =
            new NatRange(
                            Side.SOURCE,
                            FIRST_ADDRESS,
                            FIRST_ADDRESS + 1,
                            FIRST_PORT,
                            FIRST_PORT + BLOCKS * SIZE - 1,
                            Pick.DEFAULT)
                    .with(new Blocks(SIZE, MAX, 0));

    private final Arena arena = Arena.ofShared();
    private final AtomicInteger epoch = new AtomicInteger();
    private final AtomicInteger clockMs = new AtomicInteger(1000);
    private final AtomicBoolean stop = new AtomicBoolean();
    private final PortBlocks blocks = new PortBlocks(64, this::allocate);
    private final EndpointMappings mappings =
            new EndpointMappings(
                    256,
                    this::allocate,
                    new PortMaps(this::allocate),
                    blocks,
                    zone -> epoch.get(),
                    (zone, protocol) -> 100);

    // As events say: whose each block is (0: nobody's), and how many each client has.
    private final AtomicIntegerArray owners = new AtomicIntegerArray(2 * BLOCKS);
    private final AtomicIntegerArray counts = new AtomicIntegerArray(CLIENTS);
    private final AtomicInteger allocated = new AtomicInteger();
    private final AtomicInteger released = new AtomicInteger();
    private final AtomicInteger contradictions = new AtomicInteger();

    private long allocate(long bytes) {
        return arena.allocate(bytes, 4096).address();
    }

    private static int place(PortBlock block) {
        return ((int) block.outsideLow - FIRST_ADDRESS) * BLOCKS
                + (block.firstPort - FIRST_PORT) / SIZE;
    }

    private final BlockEvents events =
            new BlockEvents() {
                @Override
                public void allocated(PortBlock block, int nowMs) {
                    int client = (int) block.clientLow;
                    boolean right =
                            owners.compareAndSet(place(block), 0, client + 1)
                                    && counts.incrementAndGet(client) <= MAX;
                    contradictions.addAndGet(right ? 0 : 1);
                    allocated.incrementAndGet();
                }

                @Override
                public void released(PortBlock block, int nowMs) {
                    int client = (int) block.clientLow;
                    boolean right =
                            owners.compareAndSet(place(block), client + 1, 0)
                                    && counts.decrementAndGet(client) >= 0;
                    contradictions.addAndGet(right ? 0 : 1);
                    released.incrementAndGet();
                }
            };

    private record Held(int number, boolean isMapping, int client, int place) {}

    private final class Worker {
        final Random random;
        final BlockSearch search = new BlockSearch(blocks, events, false);
        final BlockSearch dry = new BlockSearch(blocks, events, true);
        final BlockSweep sweep = new BlockSweep(blocks, mappings, events);
        final EndpointMapping mapping = new EndpointMapping();
        final PortBlock shown = new PortBlock();
        final List<Held> held = new ArrayList<>();
        long used;
        long refused;
        long mapped;

        Worker(int seed) {
            random = new Random(seed);
        }

        Worker run() {
            try {
                while (!stop.get()) {
                    step(clockMs.get());
                }
                return this;
            } finally {
                stop.set(true);
            }
        }

        private void step(int nowMs) {
            switch (random.nextInt(16)) {
                case 0 -> sweep.sweep(nowMs);
                case 1 -> look(nowMs);
                default -> {
                    // Sometimes many, sometimes none: blocks come and go.
                    if (held.size() > random.nextInt(nowMs % 4000 < 2000 ? 24 : 2)) {
                        giveBack(held.remove(random.nextInt(held.size())), nowMs);
                    } else {
                        use(random.nextInt(CLIENTS), nowMs);
                    }
                }
            }
        }

        private void look(int nowMs) {
            begin(dry, random.nextInt(CLIENTS));
            while (dry.next(nowMs)) {
                checkShape(dry.block());
            }
            if (blocks.show(1 + random.nextInt(16), shown, nowMs)) {
                checkShape(shown);
                assertTrue(shown.users >= 0, "users " + shown.users);
                assertTrue(shown.clientLow >= 0 && shown.clientLow < CLIENTS);
            }
        }

        private void checkShape(PortBlock block) {
            assertTrue(place(block) >= 0 && place(block) < owners.length());
            assertEquals(SIZE, block.lastPort - block.firstPort + 1);
        }

        private void begin(BlockSearch with, int client) {
            with.block().clientLow = client;
            with.block().zone = 5;
            with.block().replyZone = 5;
            with.begin(RANGE);
        }

        private void use(int client, int nowMs) {
            begin(search, client);
            int skipped = random.nextInt(MAX + 1);
            boolean found = search.next(nowMs);
            while (found && skipped-- > 0) {
                found = search.next(nowMs);
            }
            if (!found) {
                refused++;
                return;
            }
            used++;
            checkShape(search.block());
            int place = place(search.block());
            check(client, place);
            if (random.nextBoolean()) {
                held.add(new Held(search.keep(), false, client, place));
            } else {
                map(client, place, nowMs);
                search.letGo(nowMs);
            }
        }

        private void map(int client, int place, int nowMs) {
            mapping.zone = 5;
            mapping.protocol = 17;
            mapping.insideLow = client;
            mapping.insidePort = random.nextInt(8);
            mapping.outsideLow = search.block().outsideLow & 0xFFFFFFFFL;
            mapping.outsidePort = search.block().firstPort + random.nextInt(8);
            mapping.block = search.number();
            int number = mappings.claim(mapping, nowMs);
            if (number > 0) {
                mapped++;
                boolean same =
                        (int) mapping.outsideLow == (int) search.block().outsideLow
                                && mapping.outsidePort / SIZE == search.block().firstPort / SIZE;
                // Another's mapping of the same inside holds another block perhaps.
                held.add(new Held(number, true, client, same ? place : -1));
            }
        }

        private void check(int client, int place) {
            if (place >= 0) {
                assertEquals(client + 1, owners.get(place), "owner of block " + place);
            }
        }

        private void giveBack(Held one, int nowMs) {
            // Whatever has been flushed and swept meanwhile.
            check(one.client(), one.place());
            if (one.isMapping()) {
                mappings.release(one.number(), nowMs);
            } else {
                blocks.release(one.number(), nowMs);
            }
        }
    }

    @Test
    void aBlockIsOneClientsWhileAnythingUsesIt() throws Exception {
        List<Worker> workers = List.of(new Worker(1), new Worker(2));
        try (arena;
                ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<Future<Worker>> running = new ArrayList<>();
            for (Worker worker : workers) {
                running.add(threads.submit(worker::run));
            }
            passTime();
            for (Future<Worker> each : running) {
                Worker done = each.get();
                System.out.printf(
                        "used %d, mapped %d, refused %d; %d allocated%n",
                        done.used, done.mapped, done.refused, allocated.get());
                assertTrue(done.used > 1000 && done.mapped > 100 && done.refused > 100);
            }
            assertTrue(released.get() > 20, "released " + released);
            for (Worker worker : workers) {
                worker.held.forEach(one -> worker.giveBack(one, clockMs.get()));
                worker.held.clear();
            }
            Worker last = workers.getFirst();
            for (int i = 0; i < 64; i++) {
                clockMs.addAndGet(200);
                last.sweep.sweep(clockMs.get());
            }
            assertEquals(0, mappings.inUse());
            assertEquals(0, blocks.inUse());
            assertEquals(allocated.get(), released.get());
            assertEquals(0, contradictions.get());
        }
    }

    private void passTime() throws InterruptedException {
        Random random = new Random(3);
        for (int i = 0; i < MILLISECONDS && !stop.get(); i++) {
            Thread.sleep(1);
            clockMs.addAndGet(random.nextInt(20));
            if (random.nextInt(40) == 0) {
                epoch.incrementAndGet();
            }
        }
        stop.set(true);
    }
}
