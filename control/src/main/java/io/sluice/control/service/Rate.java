package io.sluice.control.service;

/** How often something happens, over the last seconds. Control thread only. */
final class Rate {
    /** How long back it looks. */
    static final int WINDOW_SECONDS = 5;

    static final long SAMPLE_NS = 1_000_000_000L;

    private static final int SAMPLES = WINDOW_SECONDS + 1;

    private final long[] timesNs = new long[SAMPLES];
    private final long[] counts = new long[SAMPLES];
    private int newest;
    private int oldest;

    /** Of what has not happened yet. */
    Rate(long nowNs) {
        timesNs[0] = nowNs;
    }

    /**
     * Notes, about once in {@link #SAMPLE_NS}, how often it has happened.
     *
     * @param nowNs later than at the last call
     */
    void sample(long count, long nowNs) {
        newest = (newest + 1) % SAMPLES;
        if (newest == oldest) {
            oldest = (oldest + 1) % SAMPLES;
        }
        timesNs[newest] = nowNs;
        counts[newest] = count;
    }

    /** Rounded; 0 before the first sample. */
    long perSecond() {
        long tookNs = timesNs[newest] - timesNs[oldest];
        return tookNs == 0 ? 0 : Math.round((counts[newest] - counts[oldest]) * 1e9 / tookNs);
    }
}
