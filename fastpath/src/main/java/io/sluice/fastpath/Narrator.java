package io.sluice.fastpath;

/**
 * Is told what {@link SlowPath} does with a packet, step by step, for {@code trace}. Workers have
 * none.
 */
interface Narrator {
    /** A lookup begins; what follows until {@link #leave} happens within it. */
    void lookUp(int table, Rule found);

    /** The steps of the last lookup, bucket, copy or action set are done. */
    void leave();

    /** The step is about to be done to the packet. */
    void step(SlowPacket packet, Step step);

    /** A {@code ct()} has found this; the packet is as it is after translation. */
    void tracked(SlowPacket packet, int zone, int state);

    /**
     * What follows until {@link #leave} is done for this bucket.
     *
     * @param bucket its place in the group
     */
    void bucket(Group group, int bucket, BucketReason reason);

    /** What follows until {@link #leave} is done to a copy. */
    void copy();

    /** What follows until {@link #leave} is the packet's action set. */
    void actionSet();

    /** The packet leaves as it is now. */
    void sendTo(SlowPacket packet, int port);

    /** The packet is answered with another. */
    void answer();

    /** The step at work sent nothing, or less than it should. */
    void lose(DropReason reason);

    /** The packet, or the copy at work, ends and was not sent. */
    void drop(DropReason reason);
}
