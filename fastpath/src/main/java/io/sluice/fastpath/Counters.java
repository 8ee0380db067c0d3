package io.sluice.fastpath;

import java.util.concurrent.atomic.LongAdder;

/**
 * Packets and bytes of a flow, group or bucket. Workers add what they counted in bulk when control
 * asks ({@link Datapath#foldCounters}) and for each packet of the slow path; any thread may read.
 */
public final class Counters {
    private final LongAdder packets = new LongAdder();
    private final LongAdder bytes = new LongAdder();

    void add(long morePackets, long moreBytes) {
        packets.add(morePackets);
        bytes.add(moreBytes);
    }

    public long packets() {
        return packets.sum();
    }

    public long bytes() {
        return bytes.sum();
    }
}
