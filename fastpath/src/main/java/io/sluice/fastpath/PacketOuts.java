package io.sluice.fastpath;

import java.util.List;
import java.util.Queue;
import org.jctools.queues.atomic.SpscAtomicArrayQueue;

/** The way from control down to one worker: packets to send. Nobody waits at either end. */
final class PacketOuts {
    /** On their way at a time. */
    static final int CAPACITY = 1024;

    private final Queue<PacketOut> queue = new SpscAtomicArrayQueue<>(CAPACITY);

    /** Whether as many more find room; it stays true until control sends. Control thread. */
    boolean hasRoomFor(int count) {
        return queue.size() + count <= CAPACITY;
    }

    /** All of them; {@link #hasRoomFor} must have said yes. Control thread. */
    void sendAll(List<PacketOut> packets) {
        queue.addAll(packets);
    }

    /**
     * Whether there is one. What control published before it sent that one can be seen after this;
     * the worker's thread.
     */
    boolean isWaiting() {
        return queue.peek() != null;
    }

    /** The next, or null; the worker's thread. */
    PacketOut next() {
        return queue.poll();
    }
}
