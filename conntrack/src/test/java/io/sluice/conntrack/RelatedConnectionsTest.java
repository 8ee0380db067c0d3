package io.sluice.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.Ipv4;
import io.sluice.packet.Tcp;
import io.sluice.packet.TupleHash;
import io.sluice.packet.TupleKey;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Expectations, their masters and the connections that come of them, with one worker. */
class RelatedConnectionsTest {
    private static final int ZONE = 5;
    private static final int SERVER = 0xC0000207;
    private static final int CAPACITY = 256;
    private static final int HEADERS = 60;

    private final ArenaMemory memory = new ArenaMemory();
    private final ConnTable table = new ConnTable(CAPACITY, memory);
    private final ConnOwner owner = new ConnOwner(table);
    private final Tracker tracker = new Tracker(table, owner);
    private final RelatedConnections related = tracker.related();
    private final TcpSegment segment = new TcpSegment();
    private final NewExpectation wish = new NewExpectation();
    private int nowMs = 1000;

    @BeforeEach
    void wantEnds() {
        table.events()
                .want(
                        List.of(new EventFilter(EnumSet.of(EventType.DESTROY), ConnFilter.ALL)),
                        false);
    }

    @AfterEach
    void giveBack() {
        memory.close();
    }

    private static NewConnection keys(int protocol, int from, int fromPort, int to, int toPort) {
        NewConnection fresh = new NewConnection();
        fresh.addresses = TupleKey.addresses(from, to);
        fresh.portsAndZone =
                TupleKey.portsAndScope(TupleKey.ports(fromPort, toPort), ZONE, protocol);
        fresh.replyAddresses = TupleKey.invertAddresses(fresh.addresses);
        fresh.replyPortsAndZone = TupleKey.invertPorts(fresh.portsAndZone);
        return fresh;
    }

    private static int client(int number) {
        return 0x0A000000 + number;
    }

    private int make(NewConnection fresh) {
        segment.flags = Tcp.SYN;
        segment.scale = TcpSegment.NO_SCALE;
        segment.window = 1 << 14;
        segment.sequence = 100;
        segment.end = 101;
        int made = tracker.commit(fresh, segment, HEADERS, nowMs);
        assertTrue(made >= 0, "made " + made);
        return made;
    }

    private int master(int number, Helper helper) {
        int port = helper == Helper.FTP ? 21 : 69;
        NewConnection fresh = keys(helper.protocol(), client(number), 2000, SERVER, port);
        fresh.helper = helper;
        return make(fresh);
    }

    private Expectations.Outcome expect(int master) {
        wish.follow(tracker, master | 1);
        return related.expect(master | 1, wish, nowMs);
    }

    private long expectation(int number, int protocol) {
        NewConnection packet = keys(protocol, SERVER, 3333, client(number), 2000);
        return related.find(packet.addresses, packet.portsAndZone, ZONE, packet.wide, 0, nowMs);
    }

    /** The connection that comes of what the master's client expects. */
    private int child(int number, int protocol) {
        long expectation = expectation(number, protocol);
        assertNotEquals(Expectations.NONE, expectation);
        NewConnection fresh = keys(protocol, SERVER, 3333, client(number), 2000);
        assertTrue(related.take(expectation, fresh));
        int made = make(fresh);
        related.fulfil(expectation, fresh);
        return made;
    }

    private boolean isThere(int number, int protocol) {
        NewConnection packet = keys(protocol, SERVER, 3333, client(number), 2000);
        long hash = TupleHash.secret(packet.addresses, packet.portsAndZone);
        return table.find(packet.addresses, packet.portsAndZone, hash, nowMs) != ConnTable.NONE;
    }

    private void sweepAll() {
        for (int i = 0; i < CAPACITY; i++) {
            owner.sweep(0, 1, nowMs);
            owner.quiet();
        }
    }

    /** Reason and destination port of each end, sorted. */
    private List<String> ends() {
        List<String> ends = new ArrayList<>();
        table.events()
                .drain(
                        Integer.MAX_VALUE,
                        at -> {
                            ConnEvent event = ConnEvent.read(at);
                            ends.add(
                                    event.reason().orElseThrow().text()
                                            + " "
                                            + event.connection().original().dstPort());
                        });
        ends.sort(null);
        return ends;
    }

    private void flush(int dstPort) {
        ConnFilter.Direction original =
                new ConnFilter.Direction(
                        Optional.empty(),
                        Optional.empty(),
                        OptionalInt.empty(),
                        OptionalInt.of(dstPort));
        table.flush(
                new ConnFilter(
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        0,
                        Optional.empty(),
                        Optional.empty(),
                        OptionalInt.empty(),
                        original,
                        ConnFilter.Direction.ANY),
                nowMs);
    }

    private void end(String how, int master) {
        switch (how) {
            case "flush" -> flush(21);
            case "rst" -> {
                NewConnection from = keys(Ipv4.PROTO_TCP, SERVER, 21, client(1), 2000);
                segment.flags = Tcp.RST | Tcp.ACK;
                segment.sequence = 0;
                segment.end = 0;
                segment.acknowledgment = 101;
                segment.sack = 101;
                tracker.track(
                        from.addresses, from.portsAndZone, from.wide, 0, segment, HEADERS, nowMs);
                // A short timeout in CLOSE comes first.
                nowMs += 10_000;
            }
            case "timeout" -> {
                nowMs += 119_000;
                Tracker.touch(table.line(childReference), HEADERS, nowMs);
                nowMs += 1000;
            }
            case "evicted" -> {
                int version = RecordVersion.read(table.line(master));
                table.evict(owner, master >>> 1, version, nowMs);
            }
            default -> tracker.end(master);
        }
    }

    private int childReference;

    @ParameterizedTest
    @ValueSource(strings = {"flush", "rst", "timeout", "evicted", "replaced"})
    void childrenEndWithTheirMaster(String how) {
        int master = master(1, Helper.FTP);
        assertEquals(Expectations.Outcome.MADE, expect(master));
        childReference = child(1, Ipv4.PROTO_TCP);
        assertTrue(isThere(1, Ipv4.PROTO_TCP));
        end(how, master);
        assertFalse(isThere(1, Ipv4.PROTO_TCP), "found by nobody at once");
        sweepAll();
        assertEquals(Stream.of("master 2000", how + " 21").sorted().toList(), ends());
        assertEquals(0, table.size());
    }

    @Test
    void ofAFlushedZoneAllAreFlushed() {
        expect(master(1, Helper.FTP));
        child(1, Ipv4.PROTO_TCP);
        table.flush(ConnFilter.ofZone(ZONE), nowMs);
        sweepAll();
        assertEquals(List.of("flush 2000", "flush 21"), ends());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void untiedChildrenStay(boolean byConfig) {
        NewConnection fresh = keys(Ipv4.PROTO_TCP, client(1), 2000, SERVER, 21);
        fresh.helper = Helper.FTP;
        fresh.untied = !byConfig;
        if (byConfig) {
            table.expectations().configure(ExpectationSettings.DEFAULT.withTiedFate(false));
        }
        expect(make(fresh));
        int child = child(1, Ipv4.PROTO_TCP);
        flush(21);
        sweepAll();
        assertTrue(isThere(1, Ipv4.PROTO_TCP));
        assertTrue(related.isRelated(child));
        Master known = new Master();
        related.readMaster(child, known);
        assertEquals(fresh.addresses, known.addresses());
        assertEquals(fresh.portsAndZone, known.portsAndZone());
        assertEquals(List.of("flush 21"), ends());
    }

    /** Another connection lies where the master did, with a helper too: it is none of theirs. */
    @Test
    void aRecordThatIsUsedAgainIsNoMaster() {
        int master = master(1, Helper.FTP);
        expect(master);
        child(1, Ipv4.PROTO_TCP);
        tracker.end(master);
        int again;
        int number = 2;
        do {
            owner.quiet();
            table.pool().tryAdvance();
            again = master(number, Helper.FTP);
            if (again != master) {
                tracker.end(again);
            }
        } while (again != master && ++number < 10_000);
        assertEquals(master, again, "the record was used again");
        assertFalse(isThere(1, Ipv4.PROTO_TCP));
        expect(again);
        assertEquals(Expectations.NONE, expectation(1, Ipv4.PROTO_TCP));
        assertNotEquals(Expectations.NONE, expectation(number, Ipv4.PROTO_TCP));
    }

    /** No packet comes to a request's own connection again: it lives as long as its transfer. */
    @Test
    void aRequestOfTftpLivesAsLongAsItsTransfer() {
        int master = master(1, Helper.TFTP);
        expect(master);
        int child = child(1, Ipv4.PROTO_UDP);
        for (int i = 0; i < 10; i++) {
            nowMs += 20_000;
            Tracker.touch(table.line(child), HEADERS, nowMs);
            sweepAll();
            assertTrue(isThere(1, Ipv4.PROTO_UDP), nowMs + " ms");
        }
        nowMs += 30_000;
        sweepAll();
        sweepAll();
        assertEquals(List.of("timeout 2000", "timeout 69"), ends());
        master = master(2, Helper.TFTP);
        expect(master);
        child(2, Ipv4.PROTO_UDP);
        flush(69);
        assertFalse(isThere(2, Ipv4.PROTO_UDP));
        sweepAll();
        assertEquals(List.of("flush 69", "master 2000"), ends());
    }

    /** As where the tuple of the answers is taken, and a second attempt has another source port. */
    @Test
    void anAttemptThatFailsIsNoChild() {
        int master = master(1, Helper.TFTP);
        expect(master);
        NewConnection inTheWay = keys(Ipv4.PROTO_UDP, client(9), 9, SERVER, 9);
        make(inTheWay);
        long expectation = expectation(1, Ipv4.PROTO_UDP);
        NewConnection fresh = keys(Ipv4.PROTO_UDP, SERVER, 3333, client(1), 2000);
        long replyAddresses = fresh.replyAddresses;
        long replyPortsAndZone = fresh.replyPortsAndZone;
        assertTrue(related.take(expectation, fresh));
        fresh.replyAddresses = inTheWay.addresses;
        fresh.replyPortsAndZone = inTheWay.portsAndZone;
        assertEquals(ConnTable.CLASH_REPLY, tracker.commit(fresh, segment, HEADERS, nowMs));
        fresh.replyAddresses = replyAddresses;
        fresh.replyPortsAndZone = replyPortsAndZone;
        int child = make(fresh);
        related.fulfil(expectation, fresh);
        for (int i = 0; i < 10; i++) {
            nowMs += 20_000;
            Tracker.touch(table.line(child), HEADERS, nowMs);
            sweepAll();
            assertTrue(isThere(1, Ipv4.PROTO_UDP), nowMs + " ms");
        }
    }

    /** A worker that found the connection before it was freed may have its packet still. */
    @Test
    void aFreedConnectionBeginsNoStream() {
        Streams streams = new Streams(1, table.relations(), memory);
        int ended = master(1, Helper.FTP);
        tracker.end(ended);
        assertFalse(table.isInTable(ended >>> 1));
        assertEquals(Streams.NONE, streams.lockOrBegin(ended));
        long stream = streams.lockOrBegin(master(2, Helper.FTP));
        assertNotEquals(Streams.NONE, stream, "the only one is free");
        Streams.unlock(stream);
    }

    @Test
    void ofSeveralTakersOneSucceeds() {
        expect(master(1, Helper.FTP));
        long expectation = expectation(1, Ipv4.PROTO_TCP);
        NewConnection one = keys(Ipv4.PROTO_TCP, SERVER, 3333, client(1), 2000);
        NewConnection other = keys(Ipv4.PROTO_TCP, SERVER, 3334, client(1), 2000);
        assertTrue(related.take(expectation, one));
        assertFalse(related.take(expectation, other));
        assertFalse(other.master.isThere());
        assertEquals(Expectations.NONE, expectation(1, Ipv4.PROTO_TCP));
        related.giveBack(expectation);
        assertTrue(related.take(expectation, other));
        related.fulfil(expectation, other);
        assertFalse(related.take(expectation, one));
        related.giveBack(expectation);
        assertEquals(Expectations.NONE, expectation(1, Ipv4.PROTO_TCP));
        assertEquals(0, table.expectations().count());
    }

    @Test
    void aPermanentOneServesMany() {
        int master = master(1, Helper.FTP);
        wish.follow(tracker, master | 1);
        wish.permanent = true;
        wish.anySource = true;
        related.expect(master | 1, wish, nowMs);
        child(1, Ipv4.PROTO_TCP);
        NewConnection stranger = keys(Ipv4.PROTO_TCP, 0x01020304, 9, client(1), 2000);
        assertNotEquals(
                Expectations.NONE,
                related.find(stranger.addresses, stranger.portsAndZone, ZONE, stranger.wide, 0, 0));
        assertEquals(1, table.expectations().count());
    }

    @Test
    void theyAreBoundedInAllByMasterAndByZone() {
        table.expectations().configure(new ExpectationSettings(4, 2, 3, 300, 300, true));
        int master = master(1, Helper.FTP);
        for (int port = 5001; port <= 5004; port++) {
            wish.follow(tracker, master | 1);
            wish.dstPort = port;
            assertEquals(Expectations.Outcome.MADE, related.expect(master | 1, wish, nowMs));
        }
        assertEquals(List.of(5003, 5004), ports());
        assertEquals(Expectations.Outcome.MADE, expect(master(2, Helper.FTP)));
        assertEquals(Expectations.Outcome.FULL, expect(master(3, Helper.FTP)));
        tracker.end(master);
        assertEquals(List.of(2000), ports());
        table.expectations().configure(new ExpectationSettings(2, 2, 0, 300, 300, true));
        assertEquals(Expectations.Outcome.MADE, expect(master(4, Helper.FTP)));
        assertEquals(Expectations.Outcome.FULL, expect(master(5, Helper.FTP)));
        nowMs += 60_000;
        NewConnection late = keys(Ipv4.PROTO_TCP, client(6), 2000, SERVER, 21);
        late.helper = Helper.FTP;
        flush(21);
        // What waits for nothing any more makes room at once.
        assertEquals(Expectations.Outcome.MADE, expect(make(late)));
    }

    /** Or one client could have all of them in one chain, which every packet to it walks. */
    @Test
    void oneAddressAndPortHasFew() {
        int made = 0;
        int last = 0;
        for (int number = 0; number < 2 * Expectations.MAX_CHAIN; number++) {
            NewConnection fresh = keys(Ipv4.PROTO_UDP, client(1), 2000, SERVER + number, 69);
            fresh.helper = Helper.TFTP;
            last = make(fresh);
            wish.follow(tracker, last | 1);
            made += related.expect(last | 1, wish, nowMs) == Expectations.Outcome.MADE ? 1 : 0;
        }
        assertEquals(Expectations.MAX_CHAIN, made);
        wish.follow(tracker, last | 1);
        assertEquals(Expectations.Outcome.FULL, related.expect(last | 1, wish, nowMs));
        wish.dstPort++;
        assertEquals(Expectations.Outcome.MADE, related.expect(last | 1, wish, nowMs));
    }

    /** A flood of requests that find no room must not have each of them look at hundreds. */
    @Test
    void inOneMillisecondFewAreVisited() {
        int all = 40;
        table.expectations().configure(new ExpectationSettings(all, 1, 0, 300, 300, true));
        for (int number = 0; number < all; number++) {
            assertEquals(Expectations.Outcome.MADE, expect(master(number, Helper.FTP)));
        }
        int late = master(all, Helper.FTP);
        assertEquals(Expectations.Outcome.FULL, expect(late));
        for (int number = 0; number < all; number++) {
            NewConnection each = keys(Ipv4.PROTO_TCP, client(number), 2000, SERVER, 21);
            long hash = TupleHash.secret(each.addresses, each.portsAndZone);
            int ended = table.find(each.addresses, each.portsAndZone, hash, nowMs);
            table.kill(ended, EndReason.FLUSH);
        }
        assertEquals(Expectations.Outcome.MADE, expect(late));
        int left = table.expectations().count();
        assertTrue(left > all / 2, left + " are left");
        nowMs++;
        table.expectations().configure(new ExpectationSettings(1, 1, 0, 300, 300, true));
        assertEquals(Expectations.Outcome.MADE, expect(late));
        assertEquals(1, table.expectations().count());
    }

    private List<Integer> ports() {
        List<Integer> ports = new ArrayList<>();
        table.expectations().forEach(nowMs, each -> ports.add(each.tuple().dstPort()));
        ports.sort(null);
        return ports;
    }

    @Test
    void twoMastersCannotExpectTheSame() {
        int master = master(1, Helper.FTP);
        int other = master(2, Helper.FTP);
        expect(master);
        wish.follow(tracker, master | 1);
        wish.anySource = true;
        assertEquals(Expectations.Outcome.CLASH, related.expect(other | 1, wish, nowMs));
        assertEquals(Expectations.Outcome.MADE, related.expect(master | 1, wish, nowMs));
        tracker.end(master);
        assertEquals(Expectations.Outcome.MASTER_ENDED, related.expect(master | 1, wish, nowMs));
        assertEquals(0, table.expectations().count());
    }
}
