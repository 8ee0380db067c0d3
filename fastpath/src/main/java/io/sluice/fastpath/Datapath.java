package io.sluice.fastpath;

/** To be filled in. */
public final class Datapath {
    private Datapath() {}

    /** Adds what workers counted for cached packets to the flows' counters. */
    public void foldCounters() {}
}
