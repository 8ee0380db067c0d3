package io.sluice.control.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class RateTest {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long START_NS = -3 * SECOND_NS;

    private final Rate rate = new Rate(START_NS);

    private void sample(double seconds, long count) {
        rate.sample(count, START_NS + (long) (seconds * SECOND_NS));
    }

    @Test
    void itIsOfTheLastSecondsAndOfFewerAtFirst() {
        assertEquals(0, rate.perSecond());
        sample(1, 10);
        assertEquals(10, rate.perSecond());
        sample(2, 40);
        assertEquals(20, rate.perSecond());
        sample(3, 40);
        sample(4, 40);
        sample(5, 100);
        assertEquals(20, rate.perSecond());
        sample(6, 100);
        assertEquals(18, rate.perSecond(), "90 in the 5 s since the first");
        for (int second = 7; second <= 10; second++) {
            sample(second, 100);
        }
        assertEquals(0, rate.perSecond(), "none in the last 5 s");
    }

    @Test
    void lateSamplesCountForTheTimeThatTheyTook() {
        sample(4, 100);
        assertEquals(25, rate.perSecond());
        sample(4.5, 102);
        assertEquals(23, rate.perSecond(), "102 in 4.5 s, rounded");
    }
}
