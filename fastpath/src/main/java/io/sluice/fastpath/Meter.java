package io.sluice.fastpath;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Drops what comes faster than a rate, as Open vSwitch's user-space datapath does: each band is a
 * bucket of tokens that its rate fills. A packet takes its tokens from the bucket of every band
 * that has them; if one has not, the packet is dropped, and counted by the fastest band that had
 * not.
 *
 * <p>All workers take from the same buckets without a lock. Counted from a meter's beginning, never
 * more passes than its burst and what the rate brings in the time gone by. A worker hides the
 * tokens of the time since the last packet from the others while it adds them, for a few
 * instructions; a packet that another worker has at this very moment may be dropped although it was
 * within the rate. One worker alone is exact.
 */
public final class Meter {
    /** The largest identifier of a meter, unsigned. */
    public static final long MAX_ID = 0xFFFF0000L;

    private final MeterConfig config;
    private final long createdNs;
    private final Counters counters;
    private final List<MeterBand> bands = new ArrayList<>();

    // Up to when tokens were brought. Any worker, by compare-and-set.
    private final AtomicLong filledNs;

    public Meter(MeterConfig config) {
        this(config, System.nanoTime());
    }

    Meter(MeterConfig config, long nowNs) {
        this.config = config;
        createdNs = nowNs;
        filledNs = new AtomicLong(nowNs);
        counters = new Counters();
        config.bands().forEach(band -> bands.add(new MeterBand(band)));
    }

    private Meter(MeterConfig config, Meter before) {
        this.config = config;
        createdNs = before.createdNs;
        filledNs = new AtomicLong(before.filledNs.get());
        counters = before.counters;
        boolean sameUnit = config.unit() == before.config.unit();
        for (int i = 0; i < config.bands().size(); i++) {
            MeterConfig.Band band = config.bands().get(i);
            bands.add(
                    sameUnit && i < before.bands.size()
                            ? before.bands.get(i).withConfig(band)
                            : new MeterBand(band));
        }
    }

    /**
     * The same meter with other rates ({@code meter/mod}). It keeps its counters and age; a band
     * that had one at its place before keeps that one's tokens and counters, unless the unit is
     * another.
     */
    public Meter withConfig(MeterConfig other) {
        return new Meter(other, this);
    }

    /**
     * Counts a packet and says whether it is within every band's rate. Any worker; nothing is
     * allocated or waited for.
     *
     * @param frameBytes from the Ethernet header on, without checksum
     * @param nowNs of {@code System.nanoTime()}; may be earlier than another worker's
     */
    public boolean take(int frameBytes, long nowNs) {
        fill(nowNs);
        counters.add(1, frameBytes);
        long wanted = MeterBand.tokensOf(config.unit(), frameBytes);
        MeterBand exceeded = null;
        for (int i = 0; i < bands.size(); i++) {
            MeterBand band = bands.get(i);
            boolean fastest = exceeded == null || band.rate() > exceeded.rate();
            if (!band.take(wanted) && fastest) {
                exceeded = band;
            }
        }
        if (exceeded == null) {
            return true;
        }
        exceeded.dropped().add(1, frameBytes);
        return false;
    }

    /** Whether {@link #take} would say yes; takes and counts nothing. */
    boolean hasFor(int frameBytes, long nowNs) {
        long wanted = MeterBand.tokensOf(config.unit(), frameBytes);
        long elapsedNs = Math.max(0, nowNs - filledNs.getOpaque());
        return bands.stream().allMatch(band -> band.filled(elapsedNs) >= wanted);
    }

    /** Each nanosecond is brought once: by the worker that moved the clock past it. */
    private void fill(long nowNs) {
        long before;
        do {
            before = filledNs.getOpaque();
            if (nowNs - before <= 0) {
                return;
            }
        } while (!filledNs.weakCompareAndSetVolatile(before, nowNs));
        for (int i = 0; i < bands.size(); i++) {
            bands.get(i).fill(nowNs - before);
        }
    }

    public int id() {
        return config.id();
    }

    public MeterConfig config() {
        return config;
    }

    /** All packets that came, whether they passed or not. */
    public Counters counters() {
        return counters;
    }

    /** What each band dropped, in the order of the bands. */
    public List<Counters> dropped() {
        return bands.stream().map(MeterBand::dropped).toList();
    }

    /** {@code System.nanoTime()} when the meter was made. */
    public long createdNs() {
        return createdNs;
    }
}
