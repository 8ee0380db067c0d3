package io.sluice.fastpath;

/**
 * Is told what {@link SlowPath} does with a packet, step by step, for {@code trace}. Workers have
 * none.
 */
interface Narrator {
    /** A lookup begins; what follows until {@link #leave} happens within it. */
    void lookUp(int table, Rule found);

    /** The steps of the last lookup, bucket or copy are done. */
    void leave();

    void step(Step step);

    /** A {@code ct()} has found this; the packet is as it is after translation. */
    void tracked(SlowPacket packet, int zone, int state);

    /** What follows until {@link #leave} is done for this bucket. */
    void bucket(int group, int bucket);

    /** What follows until {@link #leave} is done to a copy. */
    void copy();

    void sendTo(int port);

    void drop(DropReason reason);
}
