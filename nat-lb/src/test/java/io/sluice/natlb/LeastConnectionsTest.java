package io.sluice.natlb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LeastConnectionsTest {
    private final Arena arena = Arena.ofShared();
    private final BucketCounts counts =
            new BucketCounts(length -> arena.allocate(length, 4096).address());

    @AfterEach
    void close() {
        arena.close();
    }

    private int[] take(int count) {
        int[] numbers = new int[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = counts.take();
        }
        return numbers;
    }

    private void begin(int number, int times) {
        for (int i = 0; i < times; i++) {
            counts.begin(number);
        }
    }

    @Test
    void picksTheFewestForItsWeight() {
        int[] numbers = take(4);
        LeastConnections all = new LeastConnections(numbers, new int[] {1, 2, 0, 4}, counts);
        begin(numbers[0], 1);
        begin(numbers[1], 2);
        begin(numbers[3], 6);
        // With one more: 2/1, 3/2, 7/4; the third takes none.
        assertEquals(1, all.pick(0));
        counts.begin(numbers[1]);
        assertEquals(3, all.pick(0));
        counts.end(numbers[0]);
        assertEquals(0, all.pick(2));
        assertEquals(3, counts.made(numbers[1]));
        assertEquals(0, counts.live(numbers[0]));
    }

    @Test
    void ofEquallyFewTheFirstFromThereIsPicked() {
        LeastConnections all = new LeastConnections(take(3), new int[] {1, 1, 1}, counts);
        assertEquals(0, all.pick(0));
        assertEquals(1, all.pick(1));
        assertEquals(2, all.pick(2));
        assertEquals(0, all.pick(3));
        LeastConnections none = new LeastConnections(new int[2], new int[2], counts);
        assertEquals(LeastConnections.NOBODY, none.pick(0));
    }

    /** Against a count in the test: random beginnings and ends, and the best of all each time. */
    @Test
    void agreesWithAModel() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int[] weights = random.ints(30, 0, 6).toArray();
        int[] numbers = take(30);
        int[] model = new int[30];
        LeastConnections all = new LeastConnections(numbers, weights, counts);
        for (int step = 0; step < 20_000; step++) {
            int picked = all.pick(random.nextInt(30));
            for (int i = 0; i < 30; i++) {
                assertTrue(
                        weights[i] == 0
                                || (model[picked] + 1) * weights[i]
                                        <= (model[i] + 1) * weights[picked],
                        "seed " + seed + ", step " + step);
            }
            counts.begin(numbers[picked]);
            model[picked]++;
            int ends = random.nextInt(30);
            if (model[ends] > 0) {
                counts.end(numbers[ends]);
                model[ends]--;
            }
        }
        for (int i = 0; i < 30; i++) {
            assertEquals(model[i], counts.live(numbers[i]));
        }
    }

    @Test
    void twoWorkersCountExactly() throws InterruptedException {
        int[] numbers = take(2);
        CountDownLatch start = new CountDownLatch(1);
        List<Thread> workers = new ArrayList<>();
        for (int worker = 0; worker < 2; worker++) {
            int mine = worker;
            Thread thread =
                    new Thread(() -> {
                        try {
                            start.await();
                        } catch (InterruptedException e) {
                            throw new AssertionError(e);
                        }
                        for (int i = 0; i < 100_000; i++) {
                            counts.begin(numbers[i & 1]);
                            if (i % 3 != mine) {
                                counts.end(numbers[i & 1]);
                            }
                        }
                    });
            workers.add(thread);
            thread.start();
        }
        start.countDown();
        for (Thread worker : workers) {
            worker.join();
        }
        // Of 0 to 99,999, those that leave 0 and those that leave 1 when divided by 3.
        assertEquals(33_334 + 33_333, counts.live(numbers[0]) + counts.live(numbers[1]));
        assertEquals(200_000, counts.made(numbers[0]) + counts.made(numbers[1]));
    }

    @Test
    void aNumberWithConnectionsIsNotTakenAgain() {
        int number = counts.take();
        counts.begin(number);
        counts.giveBack(number);
        boolean again = false;
        for (int i = 1; i < BucketCounts.LIMIT - 1; i++) {
            again |= counts.take() == number;
        }
        assertEquals(false, again);
        assertEquals(0, counts.take());
        counts.end(number);
        assertEquals(number, counts.take());
        assertEquals(0, counts.made(number));
        assertNotEquals(0, number);
    }
}
