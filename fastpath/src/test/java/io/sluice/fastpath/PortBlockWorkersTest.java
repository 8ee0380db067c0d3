package io.sluice.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.conntrack.BlockEvent;
import io.sluice.conntrack.ConnFilter;
import io.sluice.conntrack.ConnOwner;
import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.EventFilter;
import io.sluice.conntrack.EventType;
import io.sluice.conntrack.NewConnection;
import io.sluice.conntrack.TcpSegment;
import io.sluice.conntrack.Tracker;
import io.sluice.natlb.BlockSearch;
import io.sluice.natlb.BlockSweep;
import io.sluice.natlb.NatRange;
import io.sluice.natlb.NatSearch;
import io.sluice.natlb.PortBlock;
import io.sluice.natlb.PortBlocks;
import io.sluice.packet.IpAddress;
import io.sluice.packet.Ipv4;
import io.sluice.packet.TupleKey;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Two workers make the connections of few clients in blocks, the same ones at the same moment, in a
 * table that is too small, with a zone limit that comes and goes; end, evict, sweep and time them
 * out, while a third thread flushes and reads the events: each block is used as often as there are
 * connections, and its events take turns.
 */
class PortBlockWorkersTest {
    private static final int ZONE = 5;
    private static final int CLIENTS = 6;
    private static final int CAPACITY = 180;
    private static final int OUTSIDE = 0xC6336401;
    private static final int SERVER = 0xCB007101;
    private static final int MILLISECONDS = 4000;
    private static final TcpSegment NO_TCP = new TcpSegment();
    private static final NatRange RANGE =
            new NatRange(
                            NatRange.Side.SOURCE,
                            OUTSIDE,
                            OUTSIDE,
                            1024,
                            1024 + 5 * 64 - 1,
                            NatRange.Pick.DEFAULT)
                    .with(new NatRange.Blocks(64, 2, 0));

    private final Arena arena = Arena.ofShared();
    private final ConnTable table = new ConnTable(CAPACITY, this::allocate);
    private final Translations translations = new Translations(table, this::allocate);
    private final PortBlocks blocks = translations.blocks();
    private final AtomicInteger clockMs = new AtomicInteger(1000);
    private final AtomicBoolean stop = new AtomicBoolean();
    // By the block's first port: whose it is, as the events say.
    private final Map<Integer, IpAddress> owners = new HashMap<>();
    private int allocated;
    private int released;

    private long allocate(long bytes) {
        return arena.allocate(bytes, 4096).address();
    }

    private final class Worker {
        final ConnOwner owner = new ConnOwner(table);
        final Tracker tracker = new Tracker(table, owner);
        final NatSearch search = new NatSearch(translations.maps(), false);
        final BlockSearch blockSearch =
                new BlockSearch(blocks, new OwnBlockEvents(tracker.newBlockEventWriter()), false);
        final BlockSweep sweep = translations.newSweep(owner);
        final NewConnection fresh = new NewConnection();
        final Random random;
        long made;
        long refused;
        long raced;

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
                        sweep.sweep(clockMs.get());
                    }
                }
                return this;
            } finally {
                stop.set(true);
            }
        }

        private void step(int nowMs) {
            // Three at a time; those before them fall silent, and lose their blocks.
            int client = (nowMs / 20_000 + random.nextInt(3)) % CLIENTS;
            fresh.addresses = TupleKey.addresses(0x0A000001 + client, SERVER);
            fresh.portsAndZone =
                    TupleKey.portsAndScope(
                            TupleKey.ports(4000 + random.nextInt(100), 53), ZONE, Ipv4.PROTO_UDP);
            tracker.track(fresh.addresses, fresh.portsAndZone, fresh.wide, 0, NO_TCP, 60, nowMs);
            if (tracker.reference() == ConnTable.NONE) {
                int result = make(client, nowMs);
                made += result >= 0 ? 1 : 0;
                refused += result == ConnTable.NONE ? 1 : 0;
                raced += result == ConnTable.CLASH_ORIGINAL ? 1 : 0;
            } else if (random.nextBoolean()) {
                tracker.end(tracker.reference());
            }
        }

        /** As the packet path does it; NONE when there is no port. */
        private int make(int client, int nowMs) {
            search.begin(RANGE, fresh.addresses, fresh.portsAndZone);
            PortBlock block = blockSearch.block();
            block.zone = ZONE;
            block.replyZone = ZONE;
            block.clientLow = 0x0A000001L + client;
            blockSearch.begin(RANGE);
            int result = ConnTable.NONE;
            while (result == ConnTable.NONE && blockSearch.next(nowMs)) {
                search.within(block);
                fresh.hold[0] = PortBlocks.held(blockSearch.number());
                result = makeFirstFree(nowMs);
            }
            if (result >= 0) {
                blockSearch.keep();
            } else {
                blockSearch.letGo(nowMs);
            }
            return result;
        }

        private int makeFirstFree(int nowMs) {
            while (search.next()) {
                fresh.replyAddresses = TupleKey.invertAddresses(search.addresses());
                fresh.replyPortsAndZone =
                        TupleKey.invertPorts(
                                TupleKey.withPorts(fresh.portsAndZone, search.ports()));
                int result = tracker.commit(fresh, NO_TCP, 60, nowMs);
                if (result != ConnTable.CLASH_REPLY) {
                    return result;
                }
            }
            return ConnTable.NONE;
        }
    }

    @Test
    void usesAndEventsAreExact() throws Exception {
        table.events()
                .want(
                        List.of(
                                new EventFilter(
                                        EnumSet.of(
                                                EventType.BLOCK_ALLOCATED,
                                                EventType.BLOCK_RELEASED),
                                        ConnFilter.ALL)),
                        false);
        List<Worker> workers = List.of(new Worker(0), new Worker(1));
        try (arena;
                ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<Future<Worker>> running = new ArrayList<>();
            for (int number = 0; number < 2; number++) {
                int own = number;
                running.add(threads.submit(() -> workers.get(own).run(own)));
            }
            control();
            for (Future<Worker> each : running) {
                Worker done = each.get();
                System.out.printf(
                        "made %d, refused %d, raced %d%n", done.made, done.refused, done.raced);
                assertTrue(done.made > 1000 && done.refused > 10);
            }
            assertTrue(table.zones().stats(ZONE).evicted() > 0, "none had to give way");
            assertTrue(table.size() > 0);
            assertEquals(table.size(), users());
            clockMs.addAndGet(1_000_000);
            for (int i = 0; i < 1000; i++) {
                for (int number = 0; number < 2; number++) {
                    workers.get(number).owner.sweep(number, 2, clockMs.get());
                    workers.get(number).owner.quiet();
                    workers.get(number).sweep.sweep(clockMs.get());
                }
            }
            readEvents();
            System.out.printf("%d blocks allocated, %d released%n", allocated, released);
            assertEquals(0, table.size());
            assertEquals(0, users());
            assertEquals(Map.of(), owners);
            assertEquals(allocated, released);
            assertTrue(allocated > 5, "allocated " + allocated);
            assertEquals(0, table.events().lost(EventType.BLOCK_ALLOCATED));
            assertEquals(0, table.events().lost(EventType.BLOCK_RELEASED));
        }
    }

    private int users() {
        PortBlock block = new PortBlock();
        int users = 0;
        for (int number = 1; number <= blocks.lastNumber(); number++) {
            users += blocks.show(number, block, clockMs.get()) ? block.users : 0;
        }
        return users;
    }

    private void readEvents() {
        table.events().drain(Integer.MAX_VALUE, this::take);
    }

    private void take(long event) {
        BlockEvent each = BlockEvent.read(event);
        if (each.type() == EventType.BLOCK_ALLOCATED) {
            allocated++;
            assertNull(owners.put(each.firstPort(), each.client()), each::toString);
        } else {
            released++;
            assertEquals(owners.remove(each.firstPort()), each.client());
        }
    }

    private void control() throws InterruptedException {
        Random random = new Random(3);
        for (int i = 0; i < MILLISECONDS && !stop.get(); i++) {
            Thread.sleep(1);
            readEvents();
            clockMs.addAndGet(random.nextInt(100));
            int what = random.nextInt(200);
            if (what == 0) {
                table.zones().setLimit(ZONE, random.nextInt(2) * 100);
            } else if (what < 5 && i < MILLISECONDS - 100) {
                table.flush(ConnFilter.ofZone(ZONE), clockMs.get());
            }
        }
        table.zones().setLimit(ZONE, 0);
        stop.set(true);
    }
}
