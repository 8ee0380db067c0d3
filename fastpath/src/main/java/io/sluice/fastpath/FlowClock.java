package io.sluice.fastpath;

import java.util.concurrent.atomic.AtomicLong;

/**
 * When a flow was made, modified and used, in {@code System.nanoTime()}. Uses are noticed when
 * somebody looks at the counters, not when they happen. Control thread only, but for {@link
 * #shorten}.
 */
public final class FlowClock {
    private final long createdNs;
    private long modifiedNs;
    private long usedNs;
    private long packetsSeen;
    // What timeouts must not be longer than, in seconds: idle in the upper half, hard in the lower;
    // 0: any. Workers that meet here write what the flow's fin_timeout says, so the same.
    private final AtomicLong limits = new AtomicLong();

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

    /**
     * A connection ends: timeouts are not longer than these any more; 0 leaves them. Any worker's
     * thread; control sees it when it next looks.
     */
    void shorten(int idleSeconds, int hardSeconds) {
        long before = limits.getOpaque();
        long idle = shorter((int) (before >>> 32), idleSeconds);
        long after = idle << 32 | shorter((int) before, hardSeconds);
        if (after != before) {
            limits.setOpaque(after);
        }
    }

    /** What is left of the flow's idle timeout. */
    int idleTimeoutSeconds(int ofFlow) {
        return shorter(ofFlow, (int) (limits.getOpaque() >>> 32));
    }

    /** What is left of the flow's hard timeout. */
    int hardTimeoutSeconds(int ofFlow) {
        return shorter(ofFlow, (int) limits.getOpaque());
    }

    private static int shorter(int oneSeconds, int otherSeconds) {
        return oneSeconds == 0 || otherSeconds == 0
                ? oneSeconds + otherSeconds
                : Math.min(oneSeconds, otherSeconds);
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
