package io.sluice.conntrack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.Ipv4;
import io.sluice.packet.TupleHash;
import io.sluice.packet.TupleKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class LabelTest {
    private static final TcpSegment NO_TCP = new TcpSegment();

    private final NewConnection fresh = new NewConnection();

    private int make(Tracker tracker, int client, boolean ipv6) {
        fresh.addresses = TupleKey.addresses(client, 1);
        fresh.portsAndZone = TupleKey.portsAndScope(TupleKey.ports(4000, 53), 5, Ipv4.PROTO_UDP);
        if (ipv6) {
            fresh.portsAndZone = TupleKey.ofIpv6(fresh.portsAndZone);
            long[] wide = {1, client, 2, 3, 2, 3, 1, client};
            System.arraycopy(wide, 0, fresh.wide, 0, wide.length);
        }
        fresh.replyAddresses = TupleKey.invertAddresses(fresh.addresses);
        fresh.replyPortsAndZone = TupleKey.invertPorts(fresh.portsAndZone);
        return tracker.commit(fresh, NO_TCP, 100, 0);
    }

    private static long[] label(Tracker tracker, int connection) {
        long[] label = {-1, -1};
        tracker.readLabel(connection, label, 0);
        return label;
    }

    @Test
    void bitsAreSetOneByOneAndReadInBothDirections() {
        try (ArenaMemory memory = new ArenaMemory()) {
            ConnTable table = new ConnTable(4, memory);
            Tracker tracker = new Tracker(table, new ConnOwner(table));
            int one = make(tracker, 7, false);
            int other = make(tracker, 8, false);
            assertArrayEquals(new long[] {0, 0}, label(tracker, one));
            int before = Tracker.version(table.line(one));
            assertTrue(tracker.setLabel(one, 0xF0, 5, 0xF0, 7));
            assertNotEquals(before, Tracker.version(table.line(one)), "cached ways must notice");
            assertTrue(tracker.setLabel(one | 1, 0x00, -1L, 0x10, 1L << 63));
            assertFalse(tracker.setLabel(one, 0xE0, 5, 0xF0, 7), "it is so already");
            long[] expected = {0xE0, 5 | 1L << 63};
            assertArrayEquals(expected, label(tracker, one));
            assertArrayEquals(expected, label(tracker, one | 1));
            assertArrayEquals(new long[] {0, 0}, label(tracker, other));
        }
    }

    @Test
    void aRecordThatIsUsedAgainHasNoLabel() {
        try (ArenaMemory memory = new ArenaMemory()) {
            ConnTable table = new ConnTable(1, memory);
            ConnOwner owner = new ConnOwner(table);
            Tracker tracker = new Tracker(table, owner);
            int first = make(tracker, 7, false);
            tracker.setLabel(first, 1, 1, 1, 1);
            tracker.end(first);
            for (int i = 0; i < 100; i++) {
                owner.sweep(0, 1, 0);
                owner.quiet();
            }
            int second = make(tracker, 7, false);
            assertEquals(first, second);
            assertArrayEquals(new long[] {0, 0}, label(tracker, second));
        }
    }

    @Test
    void filtersLookAtTheBitsOfTheMask() {
        try (ArenaMemory memory = new ArenaMemory()) {
            ConnTable table = new ConnTable(4, memory);
            Tracker tracker = new Tracker(table, new ConnOwner(table));
            tracker.setLabel(make(tracker, 7, false), 2, 0x30, -1, -1);
            tracker.setLabel(make(tracker, 8, true), 1, 0x31, -1, -1);
            make(tracker, 9, false);
            assertEquals(List.of("7", "8"), clients(table, new ConnFilter.Label(0, 0x30, 0, 0xF0)));
            assertEquals(List.of("8"), clients(table, new ConnFilter.Label(1, 0, 1, 0)));
            assertEquals(List.of("9"), clients(table, new ConnFilter.Label(0, 0, -1, -1)));
        }
    }

    /** Else a flush by label would end a connection that never had it. */
    @Test
    void aReaderWithoutTheLockSeesNoHalfOfALabel() throws InterruptedException {
        try (ArenaMemory memory = new ArenaMemory()) {
            ConnTable table = new ConnTable(4, memory);
            Tracker tracker = new Tracker(table, new ConnOwner(table));
            int made = make(tracker, 7, false);
            tracker.setLabel(made, 1, 1, -1, -1);
            AtomicBoolean running = new AtomicBoolean(true);
            Thread writer =
                    new Thread(() -> {
                        for (int value = 2; running.get(); value++) {
                            tracker.setLabel(made, value, value, -1, -1);
                            for (int pause = value & 63; pause > 0; pause--) {
                                Thread.onSpinWait();
                            }
                        }
                    });
            writer.start();
            ConnReader reader = new ConnReader(table);
            int read = 0;
            int halves = 0;
            long endNs = System.nanoTime() + 1_000_000_000L;
            while (System.nanoTime() < endNs) {
                for (int i = 0; i < 1000; i++) {
                    ConnView view = reader.readIfTaken(made, 0);
                    read += view == null ? 0 : 1;
                    halves += view != null && view.labelHigh() != view.labelLow() ? 1 : 0;
                }
            }
            running.set(false);
            writer.join();
            System.out.printf("a changing label was read %d times, %d halves%n", read, halves);
            assertTrue(read > 0);
            assertEquals(0, halves);
        }
    }

    /** A trace runs on a thread that may lose its core, with the lock if it had it. */
    @Test
    void aTraceReadsALabelWithoutTheLock() {
        try (ArenaMemory memory = new ArenaMemory()) {
            ConnTable table = new ConnTable(4, memory);
            Tracker tracker = new Tracker(table, new ConnOwner(table));
            int made = make(tracker, 7, false);
            tracker.setLabel(made, 1, 2, -1, -1);
            SpinLock.lock(table.stateLock(made));
            long[] read = new long[2];
            assertTimeoutPreemptively(
                    Duration.ofSeconds(10), () -> new DryTracker(table).readLabel(made, read, 0));
            assertArrayEquals(new long[] {1, 2}, read);
        }
    }

    private static List<String> clients(ConnTable table, ConnFilter.Label label) {
        ConnFilter filter =
                new ConnFilter(
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        0,
                        Optional.of(label),
                        Optional.empty(),
                        OptionalInt.empty(),
                        ConnFilter.Direction.ANY,
                        ConnFilter.Direction.ANY);
        List<String> found = new ArrayList<>();
        table.forEach(filter, 0, each -> found.add(Long.toString(each.original().src().low())));
        return found;
    }

    @Test
    void anIpv6PacketWhoseAddressesOnlyHashAlikeIsOfNoConnection() {
        try (ArenaMemory memory = new ArenaMemory()) {
            ConnTable table = new ConnTable(4, memory);
            Tracker tracker = new Tracker(table, new ConnOwner(table));
            int made = make(tracker, 7, true);
            long key = fresh.portsAndZone;
            assertEquals(
                    CtState.TRACKED | CtState.NEW,
                    tracker.track(fresh.addresses, key, fresh.wide, 0, NO_TCP, 100, 0));
            assertEquals(made, tracker.reference());
            long[] others = {1, 7, 2, 4};
            assertEquals(
                    CtState.TRACKED | CtState.INVALID,
                    tracker.track(fresh.addresses, key, others, 0, NO_TCP, 100, 0));
            assertEquals(ConnTable.NONE, tracker.reference());
            assertEquals(
                    CtState.TRACKED | CtState.ESTABLISHED | CtState.REPLY,
                    tracker.track(
                            fresh.replyAddresses,
                            fresh.replyPortsAndZone,
                            fresh.wide,
                            4,
                            NO_TCP,
                            100,
                            0));
            // IPv4 with the same key is another connection.
            assertEquals(
                    CtState.TRACKED | CtState.NEW,
                    tracker.track(
                            fresh.addresses,
                            TupleKey.portsAndScope(TupleKey.ports(4000, 53), 5, Ipv4.PROTO_UDP),
                            fresh.wide,
                            0,
                            NO_TCP,
                            100,
                            0));
            assertEquals(ConnTable.NONE, tracker.reference());
            assertNotEquals(TupleHash.wide(fresh.wide, 0), TupleHash.wide(fresh.wide, 4));
        }
    }
}
