package io.sluice.control.event;

import io.sluice.conntrack.EventFilter;
import io.sluice.conntrack.EventLayout;
import io.sluice.control.socket.LockFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of ended connections: files of a fixed length, of which the newest has the log's name and
 * older ones that name with .1, .2... behind it. Written by one thread of one process; {@link
 * EventLogReader} reads it meanwhile.
 */
public final class EventLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EventLog.class);
    private static final long RETRY_NS = 1_000_000_000L;

    private final Path path;
    private final EventFilter filter;
    private final int fileBytes;
    private final int oldFiles;
    private final LockFile lock;
    private EventLogFile file;
    private int next;
    private long failedNs;
    private final AtomicLong written = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();

    private EventLog(EventLogSettings settings, LockFile lock) {
        path = settings.path();
        filter = settings.filter();
        fileBytes = settings.fileBytes();
        oldFiles = settings.oldFiles();
        this.lock = lock;
    }

    /**
     * Opens the log, behind what an earlier process wrote into it.
     *
     * @throws UncheckedIOException with a sentence, when that cannot be
     */
    public static EventLog open(EventLogSettings settings) {
        Path path = settings.path();
        try {
            Files.createDirectories(path.toAbsolutePath().getParent());
            LockFile lock =
                    LockFile.take(path.resolveSibling(path.getFileName() + ".lock"))
                            .orElseThrow(() -> new IOException("another process writes to it"));
            EventLog log = new EventLog(settings, lock);
            try {
                log.begin();
            } catch (IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
            return log;
        } catch (IOException e) {
            String why = e.getMessage() == null ? e.toString() : e.getMessage();
            throw new UncheckedIOException(
                    "event-log %s cannot be opened: %s".formatted(path, why), e);
        }
    }

    private void begin() throws IOException {
        if (!Files.exists(path)) {
            create(1 + EventLogReader.newestNumber(path));
            return;
        }
        Optional<EventLogFile.Header> header = EventLogFile.header(path);
        if (header.isEmpty()) {
            throw new IOException("there is a file that is no log of this version");
        }
        if (header.get().bytes() == fileBytes) {
            file = EventLogFile.map(path, header.get(), false);
            next = file.end();
        } else {
            rotate(header.get().number() + 1);
        }
    }

    private void create(long number) throws IOException {
        EventLogFile.create(path, number, fileBytes);
        file = EventLogFile.map(path, EventLogFile.header(path).orElseThrow(), false);
        next = 0;
    }

    private void rotate(long number) throws IOException {
        Files.deleteIfExists(old(oldFiles));
        for (int age = oldFiles; age > 0; age--) {
            Path younger = age == 1 ? path : old(age - 1);
            if (Files.exists(younger)) {
                Files.move(younger, old(age), StandardCopyOption.ATOMIC_MOVE);
            }
        }
        if (oldFiles == 0) {
            Files.deleteIfExists(path);
        }
        create(number);
    }

    private Path old(int age) {
        return path.resolveSibling(path.getFileName() + "." + age);
    }

    /** What is logged besides connections that {@code ct(commit,log)} marked. */
    EventFilter filter() {
        return filter;
    }

    boolean wants(long event) {
        return EventFilter.isLoggedEnd(event) || filter.matches(event);
    }

    /** Appends a record of {@link EventLayout}; one that cannot be written is counted. */
    void append(long event) {
        if (file == null || next == file.capacity()) {
            takeNextFile();
        }
        if (file == null) {
            lost.incrementAndGet();
            return;
        }
        file.write(next, event);
        next++;
        written.incrementAndGet();
    }

    private void takeNextFile() {
        long nowNs = System.nanoTime();
        if (file == null && nowNs - failedNs < RETRY_NS) {
            return;
        }
        long number = file == null ? EventLogReader.newestNumber(path) : file.number();
        try {
            if (file != null) {
                file.close();
                file = null;
            }
            if (Files.exists(path)) {
                rotate(number + 1);
            } else {
                create(number + 1);
            }
        } catch (IOException e) {
            failedNs = nowNs;
            LOG.error("the event log {} has no next file: {}", path, e.toString());
        }
    }

    /** Records since the start. Any thread. */
    public long written() {
        return written.get();
    }

    /** Events that could not be written since the start. Any thread. */
    public long lost() {
        return lost.get();
    }

    public Path path() {
        return path;
    }

    @Override
    public void close() {
        if (file != null) {
            file.close();
            file = null;
        }
        lock.close();
    }
}
