package io.sluice.control.event;

import io.sluice.conntrack.BlockEvent;
import io.sluice.conntrack.ConnEvent;
import io.sluice.conntrack.EventFilter;
import io.sluice.conntrack.EventLayout;
import io.sluice.packet.Memory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads a log, oldest record first, while another process may write to it. The files are followed
 * by the numbers in their headers, so that a rotation meanwhile neither doubles nor skips one. One
 * thread.
 */
public final class EventLogReader implements AutoCloseable {
    /** Takes what is in the log; false: enough. */
    public interface Visitor {
        boolean event(ConnEvent event);

        /** What happened to a port block. */
        boolean block(BlockEvent event);

        boolean loss(long timeMs, Loss loss);

        /** Records at this place are damaged, or files were deleted before they were read. */
        void damage(String sentence);
    }

    private record Candidate(Path path, EventLogFile.Header header) {}

    private final Path path;
    private final EventFilter filter;
    private final boolean everything;
    private final long record = Arena.global().allocate(EventLayout.RECORD_BYTES, 8).address();
    private EventLogFile file;
    private int slot;
    private long lastNumber;

    /**
     * @param everything whether the filter is none: then also the ends that {@code ct(commit,log)}
     *     asked for are shown
     */
    public EventLogReader(Path path, EventFilter filter, boolean everything) {
        this.path = path;
        this.filter = filter;
        this.everything = everything;
    }

    /** The highest number of a file of the log; 0 without any. */
    static long newestNumber(Path path) {
        try {
            long newest = 0;
            for (Path each : files(path)) {
                Optional<EventLogFile.Header> header = header(each);
                newest = Math.max(newest, header.map(EventLogFile.Header::number).orElse(0L));
            }
            return newest;
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> files(Path path) throws IOException {
        String name = path.getFileName().toString();
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> all =
                Files.newDirectoryStream(path.toAbsolutePath().getParent())) {
            for (Path each : all) {
                String other = each.getFileName().toString();
                if (other.equals(name)
                        || (other.startsWith(name + ".")
                                && other.substring(name.length() + 1).matches("[0-9]+"))) {
                    files.add(each);
                }
            }
        }
        return files;
    }

    /** Empty also when the file was taken away meanwhile. */
    private static Optional<EventLogFile.Header> header(Path path) throws IOException {
        try {
            return EventLogFile.header(path);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Whether there is a log. */
    public boolean exists() {
        return newestNumber(path) > 0;
    }

    /** Shows all that is there and was not shown yet; false when the visitor had enough. */
    public boolean read(Visitor visitor) throws IOException {
        while (true) {
            if (file == null && !openNext(visitor)) {
                return true;
            }
            if (!readFile(visitor)) {
                return false;
            }
            if (slot < file.capacity() && newestNumber(path) <= file.number()) {
                return true;
            }
            // A newer file was begun: what this one holds by now is all it ever will.
            if (!readFile(visitor)) {
                return false;
            }
            file.close();
            file = null;
        }
    }

    private boolean openNext(Visitor visitor) throws IOException {
        Optional<Candidate> next = Optional.empty();
        for (Path each : files(path)) {
            Optional<EventLogFile.Header> header = header(each);
            if (header.isPresent()
                    && header.get().number() > lastNumber
                    && (next.isEmpty() || header.get().number() < next.get().header().number())) {
                next = Optional.of(new Candidate(each, header.get()));
            }
        }
        if (next.isEmpty()) {
            return false;
        }
        EventLogFile.Header header = next.get().header();
        if (header(next.get().path()).filter(header::equals).isEmpty()) {
            // Rotated since it was looked at: it has another name now.
            return openNext(visitor);
        }
        EventLogFile opened = EventLogFile.map(next.get().path(), header, true);
        if (lastNumber != 0 && header.number() > lastNumber + 1) {
            visitor.damage("files were deleted before they were read");
        }
        file = opened;
        lastNumber = header.number();
        slot = 0;
        return true;
    }

    private boolean readFile(Visitor visitor) {
        int damaged = 0;
        boolean more = true;
        EventLogFile.Found found = EventLogFile.Found.RECORD;
        while (more && slot < file.capacity()) {
            found = file.read(slot, record);
            if (found == EventLogFile.Found.NOTHING) {
                if (slot >= file.end()) {
                    break;
                }
                // Written meanwhile, or lost with the machine while a later one was not.
                found = file.read(slot, record);
            }
            slot++;
            if (found == EventLogFile.Found.RECORD) {
                more = show(visitor);
            } else {
                damaged++;
            }
        }
        if (damaged > 0) {
            visitor.damage(damaged + (damaged == 1 ? " record is" : " records are") + " damaged");
        }
        return more;
    }

    private boolean show(Visitor visitor) {
        if (Loss.isOne(record)) {
            return visitor.loss(Memory.getLong(record + EventLayout.TIME_MS), Loss.read(record));
        }
        if (!everything && !filter.matches(record)) {
            return true;
        }
        return BlockEvent.isOne(record)
                ? visitor.block(BlockEvent.read(record))
                : visitor.event(ConnEvent.read(record));
    }

    @Override
    public void close() {
        if (file != null) {
            file.close();
            file = null;
        }
    }
}
