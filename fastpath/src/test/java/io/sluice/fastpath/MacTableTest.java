package io.sluice.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class MacTableTest {
    private static final int START_MS = 1000;

    private final MacTable macs = new MacTable();

    @Test
    void anAddressIsLearnedInItsVlanAndAges() {
        macs.learn(0x020000000001L, 5, 3, START_MS);
        assertEquals(3, macs.find(0x020000000001L, 5, START_MS));
        assertEquals(MacTable.UNKNOWN, macs.find(0x020000000001L, 6, START_MS));
        int old = START_MS + MacTable.AGE_MS;
        assertEquals(MacTable.UNKNOWN, macs.find(0x020000000001L, 5, old));
        macs.learn(0x020000000001L, 5, 4, old);
        assertEquals(4, macs.find(0x020000000001L, 5, old));
        macs.forgetPort(4);
        assertEquals(MacTable.UNKNOWN, macs.find(0x020000000001L, 5, old));
    }

    /** Addresses that share a few slots, which age at once: slots change hands all the time. */
    @Test
    void twoWorkersFileNoAddressUnderTheOthersPort() throws Exception {
        long[] crowd =
                LongStream.iterate(1, mac -> mac + 1)
                        .filter(mac -> MacTable.slot(mac, 0) == 77)
                        .limit(64)
                        .toArray();
        AtomicInteger clockMs = new AtomicInteger(START_MS);
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<Future<Integer>> workers = new ArrayList<>();
            for (int worker = 0; worker < 2; worker++) {
                Random random = new Random(worker);
                workers.add(threads.submit(() -> learnAndFind(crowd, random, clockMs)));
            }
            for (Future<Integer> worker : workers) {
                assertTrue(worker.get() > 0, "nothing was found");
            }
        }
    }

    /** The port of an address is its place in the crowd. */
    private int learnAndFind(long[] crowd, Random random, AtomicInteger clockMs) {
        int found = 0;
        for (int step = 0; step < 2_000_000; step++) {
            int nowMs = clockMs.addAndGet(MacTable.AGE_MS / 16);
            int mine = random.nextInt(crowd.length);
            macs.learn(crowd[mine], 0, mine, nowMs);
            int other = random.nextInt(crowd.length);
            int port = macs.find(crowd[other], 0, nowMs);
            if (port != MacTable.UNKNOWN) {
                found++;
                assertEquals(other, port);
            }
        }
        return found;
    }
}
