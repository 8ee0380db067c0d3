package io.sluice.fastpath;

import java.util.Queue;
import org.jctools.queues.atomic.SpscAtomicArrayQueue;

/**
 * The way from one worker up to control: packets for {@code packet/in} and flows to learn. All
 * upcalls are made at the start and go round between two queues; the worker never waits, and counts
 * what finds no free one.
 *
 * <pre>
 *           ┌── sent ──► drain, control thread
 *   worker ─┤                │
 *           └◄─── free ──────┘
 * </pre>
 */
final class Upcalls {
    /** On their way at a time. */
    static final int CAPACITY = 512;

    private final PacketSink losses;
    private final Queue<Upcall> free = new SpscAtomicArrayQueue<>(CAPACITY);
    private final Queue<Upcall> sent = new SpscAtomicArrayQueue<>(CAPACITY);

    /**
     * @param outputs of the same worker, where losses are counted
     * @param dataRoomBytes the longest piece of a frame that lies in one buffer
     */
    Upcalls(Outputs outputs, int dataRoomBytes) {
        this(outputs, dataRoomBytes, CAPACITY);
    }

    private Upcalls(PacketSink losses, int dataRoomBytes, int upcalls) {
        this.losses = losses;
        for (int i = 0; i < upcalls; i++) {
            free.add(new Upcall(dataRoomBytes));
        }
    }

    /** For a path that sends nothing up: there is room for no upcall. */
    static Upcalls none(PacketSink losses) {
        return new Upcalls(losses, 0, 0);
    }

    /**
     * Sends a copy of the packet up. Its frame must be up to date ({@link SlowPacket#writeFrame}).
     * The worker's thread.
     *
     * @param table of the flow with the action
     * @param cookie of that flow
     * @return false when it was lost, and counted
     */
    boolean packetIn(SlowPacket packet, Action.Controller action, int table, long cookie) {
        Upcall upcall = free.poll();
        if (upcall == null) {
            losses.count(DropReason.PACKET_IN_FULL.ordinal(), 1);
            return false;
        }
        upcall.setPacketIn(packet, action, table, cookie);
        // There is always room: the queue takes every upcall there is.
        return sent.offer(upcall);
    }

    /**
     * Has a flow made from the packet as its fields are now. The worker's thread.
     *
     * @param teacher the flow at work; null for a packet sent by hand
     * @return false when it was lost, and counted
     */
    boolean learn(SlowPacket packet, LearnedFlow flow, Flow teacher) {
        Upcall upcall = free.poll();
        if (upcall == null) {
            losses.count(DropReason.LEARN_FULL.ordinal(), 1);
            return false;
        }
        upcall.setLearn(packet, flow, teacher);
        return sent.offer(upcall);
    }

    /** Hands over what has come so far, in the order it was sent; the control thread. */
    void drain(UpcallHandler handler) {
        // No more than fit in: a worker that sends without end must not hold control up.
        for (int i = 0; i < CAPACITY; i++) {
            Upcall upcall = sent.poll();
            if (upcall == null) {
                return;
            }
            try {
                upcall.handTo(handler);
            } finally {
                free.add(upcall);
            }
        }
    }
}
