package io.sluice.perf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StatisticsTest {
    @Test
    void anOddNumberHasAMiddle() {
        assertEquals(new Statistics(3, 1, 100, 3), Statistics.of(List.of(100.0, 1.0, 3.0)));
    }

    @Test
    void anEvenNumberHasTwo() {
        assertEquals(new Statistics(2.5, 1, 4, 4), Statistics.of(List.of(4.0, 1.0, 3.0, 2.0)));
    }

    @Test
    void oneValueIsEverything() {
        assertEquals(new Statistics(7, 7, 7, 1), Statistics.of(List.of(7.0)));
    }

    @Test
    void nothingHasNoMedian() {
        assertThrows(IllegalArgumentException.class, () -> Statistics.of(List.of()));
    }

    @Test
    void packetsPerSecondComeFromTwoReadings() {
        Counters from = new Counters(1_000, 500, Map.of());
        Counters to = new Counters(1_000 + 2_000_000_000L, 500 + 80_000_000L, Map.of());
        assertEquals(40.0, Counters.mpps(from, to), 1e-9);
        assertThrows(IllegalArgumentException.class, () -> Counters.mpps(to, from));
    }
}
