package io.sluice.control.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.conntrack.BlockEvent;
import io.sluice.conntrack.ConnEvent;
import io.sluice.conntrack.EventFilter;
import io.sluice.conntrack.EventLayout;
import io.sluice.conntrack.EventType;
import io.sluice.control.connection.EventFilterText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log as it is written, read meanwhile, torn, and turned over. */
class EventLogTest {
    private static final int FILE_BYTES = 1 << 16;
    private static final int PER_FILE = FILE_BYTES / EventLayout.RECORD_BYTES - 1;
    private static final EventFilter ENDS = filter("");

    @TempDir private Path folder;

    private static EventFilter filter(String text) {
        return EventFilterText.read(text, EnumSet.of(EventType.DESTROY));
    }

    private Path path() {
        return folder.resolve("sub").resolve("connections");
    }

    private EventLog open(int oldFiles) {
        return EventLog.open(new EventLogSettings(path(), ENDS, FILE_BYTES, oldFiles));
    }

    /** Logs the ends of connections from these ports through the real way, table to file. */
    private void log(EventLog log, int fromPort, int count) {
        try (TableMaker maker = new TableMaker()) {
            EventFeed feed = new EventFeed(maker.table.events(), maker::clockMs, Optional.of(log));
            maker.make(fromPort, count);
            maker.endAll();
            // Takes what is there, and closes the log.
            feed.close();
        }
    }

    private static final class Seen implements EventLogReader.Visitor {
        private final List<Integer> ports = new ArrayList<>();
        private final List<String> blocks = new ArrayList<>();
        private final List<String> damages = new ArrayList<>();

        @Override
        public boolean event(ConnEvent event) {
            ports.add(event.connection().original().srcPort());
            assertEquals("flush", event.reason().orElseThrow().text());
            assertEquals(event.connection().original().srcPort(), event.connection().mark());
            assertTrue(Math.abs(event.timeMs() - System.currentTimeMillis()) < 60_000);
            return true;
        }

        @Override
        public boolean block(BlockEvent event) {
            blocks.add(EventText.line(event));
            return true;
        }

        @Override
        public boolean loss(long timeMs, Loss loss) {
            throw new AssertionError(loss);
        }

        @Override
        public void damage(String sentence) {
            damages.add(sentence);
        }
    }

    private Seen read(String filter) throws IOException {
        Seen seen = new Seen();
        try (EventLogReader reader = new EventLogReader(path(), filter(filter), filter.isEmpty())) {
            assertTrue(reader.read(seen));
        }
        return seen;
    }

    private static List<Integer> ports(int from, int to) {
        return IntStream.range(from, to).boxed().toList();
    }

    private static List<Integer> sorted(Seen seen) {
        return seen.ports.stream().sorted().toList();
    }

    @Test
    void goesOnWhereAnEarlierProcessEnded() throws Exception {
        log(open(3), 1, 50);
        log(open(3), 51, 50);
        Seen seen = read("");
        assertEquals(ports(1, 101), sorted(seen));
        assertEquals(List.of(), seen.damages);
        assertEquals(List.of(7, 23, 39, 55, 71, 87), sorted(read("mark=0x7/0xf,zone=5")));
        assertEquals(List.of(7), sorted(read("sport=7")));
        assertEquals(List.of(), sorted(read("zone=6")));
    }

    @Test
    void aTornRecordDoesNotCountAndIsWrittenOver() throws Exception {
        log(open(3), 1, 10);
        // As a process leaves it that is killed in the middle: no checksum yet.
        damage(10, 8, new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
        Seen torn = read("");
        assertEquals(ports(1, 11), sorted(torn));
        assertEquals(List.of(), torn.damages);
        log(open(3), 11, 1);
        assertEquals(ports(1, 12), sorted(read("")));
    }

    @Test
    void aDamagedRecordIsToldAndPassedOver() throws Exception {
        log(open(3), 1, 10);
        damage(4, EventLayout.TIME_MS, new byte[] {42});
        Seen seen = read("");
        assertEquals(9, seen.ports.size());
        assertEquals(List.of("1 record is damaged"), seen.damages);
        // A machine that failed wrote the last page and not the one before it.
        damage(6, 0, new byte[EventLayout.RECORD_BYTES]);
        assertEquals(8, read("").ports.size());
        assertEquals(List.of("2 records are damaged"), read("").damages);
        log(open(3), 11, 1);
        assertEquals(9, read("").ports.size(), "what comes next is written behind the last");
    }

    private void damage(int slot, int at, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(path(), StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes), (slot + 1L) * EventLayout.RECORD_BYTES + at);
        }
    }

    @Test
    void fullFilesAreTurnedOverAndTheOldestDeleted() throws Exception {
        int count = 3 * PER_FILE + 10;
        log(open(2), 1, count);
        Seen seen = read("");
        // Of the first file nothing is left.
        assertEquals(2 * PER_FILE + 10, seen.ports.size());
        assertEquals(2 * PER_FILE + 10, seen.ports.stream().distinct().count());
        try (var files = Files.list(path().getParent())) {
            assertEquals(
                    List.of("connections", "connections.1", "connections.2", "connections.lock"),
                    files.map(each -> each.getFileName().toString()).sorted().toList());
        }
        assertEquals(FILE_BYTES, Files.size(path()));
        log(open(0), 1, PER_FILE);
        assertEquals(FILE_BYTES, Files.size(path()));
    }

    /** A reader that follows misses nothing and sees nothing twice, however files turn over. */
    @Test
    void canBeFollowedWhileItIsWritten() throws Exception {
        int count = 8 * PER_FILE;
        Seen seen = new Seen();
        EventLog log = open(10);
        Thread writer = new Thread(() -> log(log, 1, count));
        try (EventLogReader reader = new EventLogReader(path(), ENDS, true)) {
            writer.start();
            long deadline = System.nanoTime() + 30_000_000_000L;
            while (seen.ports.size() < count && System.nanoTime() < deadline) {
                assertTrue(reader.read(seen));
            }
            writer.join();
            assertEquals(ports(1, count + 1), sorted(seen));
            assertEquals(List.of(), seen.damages);
            assertTrue(reader.read(seen));
            assertEquals(count, seen.ports.size());
        }
    }

    @Test
    void whatCannotBeALogIsRefused() throws Exception {
        try (EventLog log = open(2)) {
            assertEquals(0, log.written());
            UncheckedIOException taken = assertThrows(UncheckedIOException.class, () -> open(2));
            assertTrue(
                    taken.getMessage().contains("another process writes to it"), taken::getMessage);
        }
        Files.writeString(path(), "something else");
        UncheckedIOException other = assertThrows(UncheckedIOException.class, () -> open(2));
        assertTrue(other.getMessage().contains("no log of this version"), other::getMessage);
        assertEquals("something else", Files.readString(path()));
    }

    @Test
    void anotherLengthBeginsAnotherFile() throws Exception {
        log(open(2), 1, 10);
        log(EventLog.open(new EventLogSettings(path(), ENDS, 2 * FILE_BYTES, 2)), 11, 10);
        assertEquals(ports(1, 21), sorted(read("")));
        assertEquals(2 * FILE_BYTES, Files.size(path()));
    }

    @Test
    void aLengthThatIsNoNumberOfPagesWillDo() throws Exception {
        // As 10,000,000 is none: room for 348 records, and 32 bytes that are no record.
        int fileBytes = 67_040;
        for (int from : new int[] {1, 201, 401}) {
            log(EventLog.open(new EventLogSettings(path(), ENDS, fileBytes, 2)), from, 200);
        }
        assertEquals(ports(1, 601), sorted(read("")));
        Path older = path().resolveSibling("connections.1");
        assertEquals(
                fileBytes, EventLogFile.header(older).map(EventLogFile.Header::bytes).orElse(0L));
        assertTrue(Files.size(path()) >= fileBytes);
        assertTrue(Files.notExists(path().resolveSibling("connections.2")));
    }
}
