package io.sluice.natlb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AffinityTest {
    private static final long CLIENT = 0x1234_5678_9ABC_DEF0L;

    /** Also where the clock goes round, and just before. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1_000_000, -5_000, Integer.MAX_VALUE - 7_000})
    void lastsFromTheLastConnection(int startMs) {
        Affinity all = new Affinity(100, 10);
        assertEquals(0, all.find(CLIENT, startMs));
        assertEquals(7, all.note(CLIENT, 0, 7, startMs));
        assertEquals(7, all.find(CLIENT, startMs + 8_000));
        assertEquals(7, all.note(CLIENT, 7, 7, startMs + 8_000));
        assertEquals(7, all.find(CLIENT, startMs + 16_000));
        // A second and a bit is how exact it is.
        assertEquals(0, all.find(CLIENT, startMs + 8_000 + 10_000 + 2_100));
        assertEquals(9, all.note(CLIENT, 0, 9, startMs + 30_000));
        assertEquals(9, all.find(CLIENT, startMs + 30_000));
    }

    @Test
    void aBucketThatIsGoneIsReplaced() {
        Affinity all = new Affinity(100, 10);
        all.note(CLIENT, 0, 7, 0);
        assertEquals(8, all.note(CLIENT, 7, 8, 0));
        assertEquals(8, all.find(CLIENT, 0));
        // Another worker was faster.
        assertEquals(8, all.note(CLIENT, 7, 9, 0));
        assertEquals(8, all.note(CLIENT, 0, 9, 0));
        assertEquals(8, all.find(CLIENT, 0));
    }

    @Test
    void remembersAsManyAsItShallAndIsBounded() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Affinity all = new Affinity(1 << 12, 1000);
        Map<Long, Integer> model = new HashMap<>();
        for (int i = 0; i < 1 << 11; i++) {
            long client = random.nextLong();
            int bucket = 1 + random.nextInt(1 << 17);
            model.put(client, bucket);
            all.note(client, 0, bucket, i);
        }
        long kept =
                model.entrySet().stream()
                        .filter(each -> all.find(each.getKey(), 3000) == each.getValue())
                        .count();
        // Half full: 4 of 8 in a set on average; few sets have more than 8.
        assertTrue(kept >= 0.97 * model.size(), kept + " kept, seed " + seed);
        // In a full set the longest silent gives way.
        Affinity one = new Affinity(1, 1000);
        for (int i = 0; i < 9; i++) {
            one.note((long) (i + 1) << 42, 0, i + 1, i * 2048);
        }
        assertEquals(0, one.find(1L << 42, 9 * 2048));
        for (int i = 1; i < 9; i++) {
            assertEquals(i + 1, one.find((long) (i + 1) << 42, 9 * 2048));
        }
    }

    /** Both ask at the same moment for the first time: both go to the same bucket. */
    @Test
    void twoWorkersAgree() throws Exception {
        Affinity all = new Affinity(1 << 10, 1000);
        int rounds = 5_000;
        int[][] got = new int[2][rounds];
        CyclicBarrier barrier = new CyclicBarrier(2);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread[] workers = new Thread[2];
        for (int worker = 0; worker < 2; worker++) {
            int mine = worker;
            workers[worker] =
                    new Thread(() -> {
                        try {
                            for (int i = 0; i < rounds; i++) {
                                long client = i * 0x9E3779B97F4A7C15L;
                                barrier.await();
                                int found = all.find(client, 0);
                                got[mine][i] =
                                        all.note(client, found, found == 0 ? mine + 1 : found, 0);
                            }
                        } catch (Exception e) {
                            failure.set(e);
                        }
                    });
            workers[worker].start();
        }
        for (Thread worker : workers) {
            worker.join();
        }
        assertEquals(null, failure.get());
        for (int i = 0; i < rounds; i++) {
            assertEquals(got[0][i], got[1][i], "client " + i);
        }
    }
}
