package io.sluice.control.event;

import io.sluice.conntrack.ConnEvents;
import io.sluice.conntrack.EventFilter;
import io.sluice.conntrack.EventLayout;
import io.sluice.conntrack.EventType;
import io.sluice.control.socket.Answer;
import io.sluice.control.socket.AnswerStream;
import io.sluice.packet.Memory;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes events from the workers' rings to those who read {@code ct/events}, and into the log. A
 * thread of its own, so that a long command on the control thread loses none; it waits for no
 * reader.
 */
public final class EventFeed implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EventFeed.class);
    private static final long IDLE_NS = 1_000_000;
    // Less is left as it is: a connection's start is to be the same in all its events.
    private static final int MAX_DRIFT_MS = 5;
    private static final long LOSS_PERIOD_NS = 1_000_000_000L;
    private static final int BATCH = 4096;

    /** Events that wait for one reader. */
    private static final int READER_CAPACITY = 8192;

    /** Every worker asks each reader's filter about each event. */
    static final int MAX_READERS = 16;

    private record Reader(AnswerStream stream, EventFilter filter, boolean json) {
        void offer(EventCopy event) {
            // Written on the reader's own thread.
            stream.offer(
                    json
                            ? out -> out.writeRawValue(event.json().get())
                            : out -> out.writeString(event.line().get() + "\n"));
        }

        void offer(Loss loss) {
            Answer answer = json ? Answer.json(loss.json()) : Answer.text(loss.line() + "\n");
            if (!stream.offer(answer)) {
                // The notice itself was counted.
                stream.addLost(loss.total() - 1);
            }
        }
    }

    private final ConnEvents events;
    private final LongSupplier clockMs;
    private final Optional<EventLog> log;
    private final List<Reader> readers = new CopyOnWriteArrayList<>();
    private final long event = Arena.global().allocate(EventLayout.RECORD_BYTES, 8).address();
    private final Thread thread = new Thread(this::run, "events");
    private Loss lossBefore = new Loss(0, 0, 0, 0);
    private long lossToldNs;
    private long sinceUnixMs;
    private volatile boolean running = true;

    /**
     * @param clockMs the clock of the table
     */
    public EventFeed(ConnEvents events, LongSupplier clockMs, Optional<EventLog> log) {
        this.events = events;
        this.clockMs = clockMs;
        this.log = log;
        publishWishes();
    }

    /** From now on events are taken. */
    public void start() {
        thread.start();
    }

    /**
     * Begins a stream; any thread.
     *
     * @throws IllegalStateException when too many read already
     */
    public AnswerStream open(EventFilter filter, boolean json) {
        AnswerStream stream =
                new AnswerStream(
                        json
                                ? lost -> Answer.json(Loss.json(lost))
                                : lost -> Answer.text(Loss.line(lost) + "\n"),
                        this::forget,
                        READER_CAPACITY);
        synchronized (this) {
            if (readers.size() >= MAX_READERS) {
                throw new IllegalStateException(
                        "%d clients read ct/events, and no more may: workers ask the filter of each about every event"
                                .formatted(MAX_READERS));
            }
            readers.add(new Reader(stream, filter, json));
            publishWishes();
        }
        return stream;
    }

    private synchronized void forget(AnswerStream closed) {
        readers.removeIf(reader -> reader.stream() == closed);
        publishWishes();
    }

    private synchronized void publishWishes() {
        List<EventFilter> filters = new ArrayList<>();
        log.ifPresent(each -> filters.add(each.filter()));
        readers.forEach(reader -> filters.add(reader.filter()));
        events.want(filters, log.isPresent());
    }

    /** How many read the stream now. Any thread. */
    public int readers() {
        return readers.size();
    }

    /** Any thread. */
    public Optional<EventLog> log() {
        return log;
    }

    private void run() {
        lossToldNs = System.nanoTime();
        while (running) {
            try {
                if (take() == 0) {
                    LockSupport.parkNanos(IDLE_NS);
                }
            } catch (RuntimeException | Error e) {
                LOG.error("an event could not be told", e);
            }
        }
    }

    private int take() {
        long since = System.currentTimeMillis() - clockMs.getAsLong();
        if (Math.abs(since - sinceUnixMs) > MAX_DRIFT_MS) {
            sinceUnixMs = since;
        }
        int count = events.drain(BATCH, this::tell);
        long nowNs = System.nanoTime();
        // Losses come after what is in the rings, if those get empty at all.
        if (count < BATCH || nowNs - lossToldNs > LOSS_PERIOD_NS) {
            lossToldNs = nowNs;
            tellLoss();
        }
        return count;
    }

    private void tellLoss() {
        Loss lost =
                new Loss(
                        events.lost(EventType.NEW),
                        events.lost(EventType.UPDATE),
                        events.lost(EventType.DESTROY),
                        events.lost(EventType.BLOCK_ALLOCATED)
                                + events.lost(EventType.BLOCK_RELEASED));
        if (lost.equals(lossBefore)) {
            return;
        }
        Loss more = lost.minus(lossBefore);
        lossBefore = lost;
        readers.forEach(reader -> reader.offer(more));
        more.write(event, System.currentTimeMillis());
        log.ifPresent(each -> each.append(event));
    }

    private void tell(long inRing) {
        Memory.copy(inRing, event, EventLayout.RECORD_BYTES);
        shift(EventLayout.TIME_MS);
        shift(EventLayout.FIRST_MS);
        shift(EventLayout.LAST_MS);
        if (log.isPresent() && log.get().wants(event)) {
            log.get().append(event);
        }
        EventCopy copy = null;
        for (Reader reader : readers) {
            if (reader.filter().matches(event)) {
                copy = copy == null ? EventCopy.of(event) : copy;
                reader.offer(copy);
            }
        }
    }

    private void shift(int time) {
        Memory.putLong(event + time, Memory.getLong(event + time) + sinceUnixMs);
    }

    /** Takes what is left; to be called when the workers have ended. */
    @Override
    public void close() {
        running = false;
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        while (take() > 0) {
            // More than a batch was left.
        }
        readers.forEach(reader -> reader.stream().close());
        log.ifPresent(EventLog::close);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
