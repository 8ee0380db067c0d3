package io.sluice.fastpath;

/**
 * When a flow was made, modified and used, in {@code System.nanoTime()}. Uses are noticed when
 * somebody looks at the counters, not when they happen. Control thread only.
 */
public final class FlowClock {
    private final long createdNs;
    private long modifiedNs;
    private long usedNs;
    private long packetsSeen;

    FlowClock(long nowNs) {
        createdNs = nowNs;
        modifiedNs = nowNs;
        usedNs = nowNs;
    }

    public long createdNs() {
        return createdNs;
    }

    /** When the flow was made or last modified: the hard timeout runs from there. */
    public long modifiedNs() {
        return modifiedNs;
    }

    /** When the flow was made, or last seen to have taken packets. */
    public long usedNs() {
        return usedNs;
    }

    public void modified(long nowNs) {
        modifiedNs = nowNs;
    }

    /** As if a packet had come now. */
    public void used(long nowNs) {
        usedNs = nowNs;
    }

    /** Looks whether packets have come since it last did. */
    public void observe(long packets, long nowNs) {
        if (packets != packetsSeen) {
            packetsSeen = packets;
            usedNs = nowNs;
        }
    }
}
