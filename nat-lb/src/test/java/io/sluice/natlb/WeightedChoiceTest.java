package io.sluice.natlb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WeightedChoiceTest {
    private static final int PICKS = 100_000;

    private static WeightedChoice choice(int... weights) {
        return new WeightedChoice(IntStream.range(0, weights.length).toArray(), weights);
    }

    /** Within five standard deviations of what the weights say. */
    @ParameterizedTest
    @ValueSource(strings = {"1 1", "1 0 3", "5 1 1 1 1 1", "65535 1000 20000", "1 2 3 4 5 6 7 8"})
    void sharesFollowTheWeights(String text) {
        int[] weights = Arrays.stream(text.split(" ")).mapToInt(Integer::parseInt).toArray();
        long seed = System.nanoTime();
        Random random = new Random(seed);
        WeightedChoice choice = choice(weights);
        int[] picked = new int[weights.length];
        for (int i = 0; i < PICKS; i++) {
            picked[choice.pick(random.nextLong())]++;
        }
        double sum = IntStream.of(weights).sum();
        for (int i = 0; i < weights.length; i++) {
            double share = weights[i] / sum;
            double deviation = Math.sqrt(PICKS * share * (1 - share));
            assertEquals(PICKS * share, picked[i], 5 * deviation, "seed " + seed + ", place " + i);
        }
    }

    @Test
    void whoLeavesMovesOnlyTheirOwn() {
        WeightedChoice before =
                new WeightedChoice(new int[] {10, 11, 12, 13}, new int[] {1, 2, 3, 4});
        WeightedChoice after = new WeightedChoice(new int[] {13, 10, 12}, new int[] {4, 1, 3});
        int[] placeAfter = {1, -1, 2, 0};
        Random random = new Random(1);
        int moved = 0;
        for (int i = 0; i < PICKS; i++) {
            long hash = random.nextLong();
            int was = before.pick(hash);
            if (was == 1) {
                moved++;
            } else {
                assertEquals(placeAfter[was], after.pick(hash));
            }
        }
        assertEquals(PICKS / 5.0, moved, 700);
    }

    @Test
    void whoGainsWeightOnlyWins() {
        WeightedChoice before = choice(1, 1, 1);
        WeightedChoice after = choice(1, 2, 1);
        Random random = new Random(2);
        for (int i = 0; i < PICKS; i++) {
            long hash = random.nextLong();
            int was = before.pick(hash);
            int is = after.pick(hash);
            assertTrue(is == was || is == 1, was + " became " + is);
        }
    }

    @Test
    void nobodyIsPickedWithoutWeight() {
        assertEquals(WeightedChoice.NOBODY, choice(0, 0).pick(5));
        assertEquals(WeightedChoice.NOBODY, choice().pick(5));
        assertEquals(1, choice(0, 7, 0).pick(5));
        assertThrows(IllegalArgumentException.class, () -> choice(1, -1));
    }
}
