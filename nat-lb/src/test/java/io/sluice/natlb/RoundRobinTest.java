package io.sluice.natlb;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class RoundRobinTest {
    private static int[] round(RoundRobin all, int backends) {
        int[] picked = new int[backends];
        for (int position = 0; position < all.length(); position++) {
            picked[all.pick(position)]++;
        }
        return picked;
    }

    @Test
    void aRoundHasEachAsOftenAsItsWeightSays() {
        RoundRobin all = new RoundRobin(new int[] {10, 0, 4, 2});
        assertEquals(8, all.length());
        assertArrayEquals(new int[] {5, 0, 2, 1}, round(all, 4));
        assertEquals(all.pick(3), all.pick(8 + 3));
    }

    @Test
    void heavyWeightsAreRounded() {
        RoundRobin all = new RoundRobin(new int[] {65_535, 65_534, 1, 32_768});
        assertEquals(RoundRobin.MAX_TURNS, all.length());
        int[] picked = round(all, 4);
        assertEquals(RoundRobin.MAX_TURNS * 65_535.0 / 163_838, picked[0], 1);
        assertEquals(RoundRobin.MAX_TURNS * 32_768.0 / 163_838, picked[3], 1);
    }

    @Test
    void nobodyIsPickedWithoutWeight() {
        assertEquals(RoundRobin.NOBODY, new RoundRobin(new int[] {0, 0}).pick(7));
        assertEquals(RoundRobin.NOBODY, new RoundRobin(new int[0]).pick(0));
    }
}
