package io.sluice.fastpath;

import java.util.List;

/** A packet that control wants sent, and what to do with it. Immutable. */
public final class PacketOut {
    /** An input port for packets that come from no port; no flow's output. */
    public static final int FROM_CONTROLLER = 0xFFFD;

    /** As {@link #FROM_CONTROLLER}. */
    public static final int FROM_NOWHERE = 0xFFFF;

    private final byte[] frame;
    private final int inPort;
    private final long[] metadata;
    private final List<Action> actions;
    private final Step[] steps;

    /**
     * @param inPort the port that the packet shall seem to have come by
     * @param metadata registers and other fields that are not in the frame, {@link Field#WORDS}
     *     longs; all others 0
     */
    public PacketOut(byte[] frame, int inPort, long[] metadata, List<Action> actions) {
        this.frame = frame.clone();
        this.inPort = inPort;
        this.metadata = metadata.clone();
        this.actions = Action.listOf(actions);
        this.steps = Step.listOf(actions);
    }

    public int frameBytes() {
        return frame.length;
    }

    public List<Action> actions() {
        return actions;
    }

    byte[] frame() {
        return frame;
    }

    int inPort() {
        return inPort;
    }

    Step[] steps() {
        return steps;
    }

    void addMetadata(long[] key) {
        for (int word = 0; word < key.length; word++) {
            key[word] |= metadata[word];
        }
    }
}
