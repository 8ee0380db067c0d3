package io.sluice.natlb;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TurnsTest {
    private static List<Integer> take(Turns turns, int count) {
        List<Integer> taken = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            taken.add(turns.next());
        }
        return taken;
    }

    @Test
    void theHeaviestAreNotAllAtOnce() {
        assertEquals(
                List.of(0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 1, 2, 0, 0),
                take(new Turns(new int[] {5, 1, 1}), 14));
        assertEquals(List.of(0, 1, 2, 0, 1, 2), take(new Turns(new int[] {7, 7, 7}), 6));
    }

    /** Whenever one looks: nobody is a turn ahead of his share, or behind it. */
    @Test
    void sharesFollowTheWeightsAtAnyTime() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int[] weights = random.ints(40, 1, 65_536).toArray();
        double sum = Arrays.stream(weights).sum();
        Turns turns = new Turns(weights);
        int[] taken = new int[weights.length];
        for (int i = 1; i <= 20_000; i++) {
            taken[turns.next()]++;
            if (i % 100 == 0) {
                for (int each = 0; each < weights.length; each++) {
                    // Ties at the half turn, and the others' rounding.
                    assertEquals(i * weights[each] / sum, taken[each], 1.5, "seed " + seed);
                }
            }
        }
    }

    @Test
    void whoLeavesChangesNothingInTheOrderOfTheOthers() {
        Turns all = new Turns(new int[] {9, 4, 300, 1, 9});
        Turns fewer = new Turns(new int[] {9, 4, 1, 9});
        int[] numberThere = {0, 1, -1, 2, 3};
        for (int i = 0; i < 5_000; i++) {
            int next = all.next();
            if (next != 2) {
                assertEquals(numberThere[next], fewer.next());
            }
        }
    }
}
