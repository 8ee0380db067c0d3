package io.sluice.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.fastpath.MeterConfig.Band;
import io.sluice.fastpath.MeterConfig.Unit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class MeterTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long MS = 1_000_000L;

    /** Beginning where the clock is about to wrap, which it may. */
    private static final long START = Long.MAX_VALUE - SECOND;

    private static MeterConfig config(Unit unit, Band... bands) {
        boolean burst = Arrays.stream(bands).anyMatch(band -> band.burstSize() != 0);
        return new MeterConfig(1, unit, burst, true, List.of(bands));
    }

    private static Meter meter(Unit unit, Band... bands) {
        return new Meter(config(unit, bands), START);
    }

    private static long at(long ns) {
        return START + ns;
    }

    private static int passed(Meter meter, int packets, int frameBytes, long nowNs) {
        int passed = 0;
        for (int i = 0; i < packets; i++) {
            passed += meter.take(frameBytes, at(nowNs)) ? 1 : 0;
        }
        return passed;
    }

    @Test
    void packetsPassAtTheRateAndInBurstsOfASecond() {
        Meter meter = meter(Unit.PKTPS, new Band(10, 0));
        assertEquals(10, passed(meter, 12, 1500, 0));
        assertEquals(0, passed(meter, 1, 60, SECOND / 10 - 1));
        assertEquals(1, passed(meter, 2, 60, SECOND / 10));
        assertEquals(5, passed(meter, 9, 60, 6 * SECOND / 10));
        assertEquals(10, passed(meter, 99, 60, 3600 * SECOND));
        assertEquals(0, passed(meter, 1, 60, 3599 * SECOND), "another worker's earlier clock");
        assertEquals(124, meter.counters().packets());
        assertEquals(12 * 1500 + 112 * 60, meter.counters().bytes());
        assertEquals(124 - 26, meter.dropped().getFirst().packets());
        assertEquals(2 * 1500 + (98 - 2) * 60, meter.dropped().getFirst().bytes());
    }

    @Test
    void kilobitsAreThousandBitsOfFrames() {
        Meter meter = meter(Unit.KBPS, new Band(8, 0));
        assertTrue(meter.take(600, at(0)));
        assertFalse(meter.take(401, at(0)));
        assertTrue(meter.take(400, at(0)));
        assertFalse(meter.take(60, at(60 * MS - 1)));
        assertTrue(meter.take(60, at(60 * MS)));
        assertFalse(meter.take(1001, at(3600 * SECOND)), "larger than the bucket");
        assertTrue(meter.take(1000, at(3600 * SECOND)));
    }

    @Test
    void aBurstMayBeSmallerOrLargerThanASecond() {
        assertEquals(3, passed(meter(Unit.PKTPS, new Band(1000, 3)), 10, 60, 9 * SECOND));
        assertEquals(50, passed(meter(Unit.PKTPS, new Band(10, 50)), 60, 60, 9 * SECOND));
        assertEquals(2, passed(meter(Unit.KBPS, new Band(1000, 8)), 10, 500, 0));
    }

    @Test
    void theFastestBandThatIsExceededCounts() {
        Meter meter = meter(Unit.PKTPS, new Band(2, 2), new Band(5, 3), new Band(5, 9));
        assertEquals(2, passed(meter, 2, 100, 0));
        assertFalse(meter.take(100, at(0)), "the first band is empty");
        assertFalse(meter.take(100, at(0)), "the second is, too: the third packet took from it");
        assertEquals(List.of(1L, 1L, 0L), meter.dropped().stream().map(Counters::packets).toList());
        // The first band has one token again, the second has two and a half.
        assertEquals(1, passed(meter, 2, 100, SECOND / 2));
        assertEquals(List.of(2L, 1L, 0L), meter.dropped().stream().map(Counters::packets).toList());
    }

    @Test
    void tenMillionPacketsInASecondNeedNoLargeBurst() {
        Meter meter = meter(Unit.PKTPS, new Band(10_000_000, 64));
        int passed = 0;
        for (long ns = 0; ns < 10 * MS; ns += 50) {
            passed += passed(meter, 1, 60, ns);
        }
        assertEquals(64 + 100_000 - 1, passed);
    }

    @Test
    void theLargestRatesAndBurstsFit() {
        for (Unit unit : Unit.values()) {
            Meter meter = meter(unit, new Band(-1, -1), new Band(-1, 0), new Band(1, -1));
            assertEquals(1000, passed(meter, 1000, 60, 0));
            assertEquals(1000, passed(meter, 1000, 60, 1));
            assertEquals(1000, passed(meter, 1000, 60, 100L * 365 * 86400 * SECOND));
        }
    }

    /** Open vSwitch's arithmetic, which is in milliseconds, 1/1000 packets and bits. */
    @Test
    void isOpenVSwitchsMeterAtWholeMilliseconds() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            Unit unit = random.nextBoolean() ? Unit.KBPS : Unit.PKTPS;
            Band[] bands = new Band[1 + random.nextInt(3)];
            long[] buckets = new long[bands.length];
            for (int i = 0; i < bands.length; i++) {
                bands[i] = new Band(1 + random.nextInt(5000), random.nextInt(3) * 40);
                buckets[i] = size(bands[i]);
            }
            Meter meter = meter(unit, bands);
            long ms = 0;
            for (int packet = 0; packet < 500; packet++) {
                int elapsed = random.nextInt(4) == 0 ? random.nextInt(100) : 0;
                ms += elapsed;
                int bytes = 60 + random.nextInt(1454);
                boolean within = true;
                for (int i = 0; i < bands.length; i++) {
                    long volume = unit == Unit.PKTPS ? 1000 : bytes * 8L;
                    buckets[i] =
                            Math.min(size(bands[i]), buckets[i] + (long) elapsed * bands[i].rate());
                    within &= buckets[i] >= volume;
                    buckets[i] -= buckets[i] >= volume ? volume : 0;
                }
                assertEquals(within, meter.take(bytes, at(ms * MS)), "seed " + seed);
            }
        }
    }

    private static long size(Band band) {
        return 1000L * (band.burstSize() == 0 ? band.rate() : band.burstSize());
    }

    @Test
    void aChangedMeterKeepsItsTokensAndCounters() {
        Meter meter = meter(Unit.PKTPS, new Band(10, 0));
        assertEquals(10, passed(meter, 11, 60, 0));
        Meter slower = meter.withConfig(config(Unit.PKTPS, new Band(5, 0), new Band(100, 0)));
        assertEquals(0, passed(slower, 1, 60, 0));
        assertEquals(12, slower.counters().packets());
        assertEquals(2, slower.dropped().getFirst().packets());
        assertEquals(0, slower.dropped().getLast().packets());
        assertEquals(5, passed(slower, 9, 60, 2 * SECOND));
        Meter other = slower.withConfig(config(Unit.KBPS, new Band(8, 0)));
        assertEquals(2, passed(other, 3, 500, 2 * SECOND), "the unit is another: a full bucket");
        assertEquals(24, other.counters().packets());
        assertEquals(meter.createdNs(), other.createdNs());
    }

    @Test
    @Timeout(60)
    void twoWorkersShareTheRate() throws InterruptedException {
        long each = 1_000_000;
        long packetNs = 10;
        Meter meter = new Meter(config(Unit.PKTPS, new Band(50_000_000, 1000)), 0);
        AtomicLong clock = new AtomicLong();
        AtomicLong passed = new AtomicLong();
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            workers.add(
                    Thread.ofPlatform()
                            .start(() -> {
                                int count = 0;
                                for (int packet = 0; packet < each; packet++) {
                                    long now = clock.addAndGet(packetNs);
                                    count += meter.take(60, now) ? 1 : 0;
                                }
                                passed.addAndGet(count);
                            }));
        }
        for (Thread worker : workers) {
            worker.join();
        }
        long allowed = 1000 + clock.get() * 50_000_000L / SECOND;
        assertTrue(passed.get() <= allowed, passed + " of " + allowed);
        assertTrue(passed.get() >= allowed * 9 / 10, passed + " of " + allowed);
        assertEquals(2 * each, meter.counters().packets());
        assertEquals(2 * each - passed.get(), meter.dropped().getFirst().packets());
    }

    @Test
    void aSnapshotFindsItByItsNumber() {
        Meter meter = meter(Unit.PKTPS, new Band(1, 0));
        Snapshot snapshot = new Snapshot(List.of(), List.of(), List.of(meter), List.of());
        assertSame(meter, snapshot.withPorts(List.of()).meter(1));
        assertNull(snapshot.meter(2));
    }
}
