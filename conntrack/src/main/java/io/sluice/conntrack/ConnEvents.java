package io.sluice.conntrack;

import io.sluice.packet.MemorySource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * The events of a table: who wants which, and the rings that they come through, one for each {@link
 * ConnOwner}.
 *
 * <p>Events have one order over all rings, in which the end of a connection comes after its
 * beginning and before the beginning of the next one with the same tuple: a number that the writer
 * takes, and {@link #drain} follows.
 */
public final class ConnEvents {
    /** Of each ring, in events: some 3 MB. */
    static final int RING_CAPACITY = 1 << 14;

    /** A bit beside those of {@link EventType}: the ends of connections that are to be logged. */
    private static final int LOGGED_ENDS = 1 << EventType.MAX_CODE;

    /** What is written; immutable. */
    private record Interest(List<EventFilter> filters, boolean loggedEnds) {}

    private final MemorySource memory;
    private final int ringCapacity;
    private final AtomicLong sequence = new AtomicLong();
    private volatile EventRing[] rings = {};
    private volatile Interest interest = new Interest(List.of(), false);
    private volatile int wanted;

    // The reader's.
    private long read;

    ConnEvents(MemorySource memory, int ringCapacity) {
        this.memory = memory;
        this.ringCapacity = ringCapacity;
    }

    synchronized EventRing newRing() {
        EventRing ring = new EventRing(ringCapacity, memory);
        List<EventRing> more = new ArrayList<>(List.of(rings));
        more.add(ring);
        rings = more.toArray(EventRing[]::new);
        return ring;
    }

    /**
     * From now on, events are written that one of the filters takes. Any thread.
     *
     * @param loggedEnds whether also the ends of connections are that {@code ct(commit,log)} marked
     */
    public synchronized void want(List<EventFilter> filters, boolean loggedEnds) {
        interest = new Interest(List.copyOf(filters), loggedEnds);
        int types = loggedEnds ? LOGGED_ENDS : 0;
        for (EventFilter filter : filters) {
            types |= filter.types();
        }
        wanted = types;
    }

    /** Whether somebody wants some events of the type; all that it costs when nobody does. */
    boolean wants(EventType type) {
        return (wanted & type.bit()) != 0;
    }

    /** The same for events of the end of a connection. */
    boolean wantsEnds() {
        return (wanted & (EventType.DESTROY.bit() | LOGGED_ENDS)) != 0;
    }

    /** Whether somebody wants the event at the address; the thread that wrote it. */
    boolean wants(long event) {
        Interest now = interest;
        if (now.loggedEnds() && EventRecord.isLoggedEnd(event)) {
            return true;
        }
        for (int i = 0; i < now.filters().size(); i++) {
            if (now.filters().get(i).matches(event)) {
                return true;
            }
        }
        return false;
    }

    /** The number of an event that is published right after. */
    long nextSequence() {
        return sequence.incrementAndGet();
    }

    /**
     * Hands over events in their order, as far as they have come. One thread at a time, always the
     * same or one that takes over from it.
     *
     * @param max after so many it returns
     * @param consumer takes the address of a record of {@link EventLayout}, for the time of the
     *     call
     * @return how many
     */
    public int drain(int max, LongConsumer consumer) {
        EventRing[] all = rings;
        int count = 0;
        while (count < max) {
            EventRing ring = ringOf(all, read + 1);
            if (ring == null) {
                break;
            }
            try {
                consumer.accept(ring.peek());
            } finally {
                ring.free();
                read++;
                count++;
            }
        }
        return count;
    }

    /** The ring where this event comes next; null while its writer is at it. */
    private static EventRing ringOf(EventRing[] rings, long sequence) {
        for (EventRing ring : rings) {
            long event = ring.peek();
            if (event != 0 && EventRecord.sequence(event) == sequence) {
                return ring;
            }
        }
        return null;
    }

    /** Events that were written since the start. Any thread. */
    public long written(EventType type) {
        long sum = 0;
        for (EventRing ring : rings) {
            sum += ring.written(type);
        }
        return sum;
    }

    /** Events that found their ring full. Any thread. */
    public long lost(EventType type) {
        long sum = 0;
        for (EventRing ring : rings) {
            sum += ring.lost(type);
        }
        return sum;
    }
}
