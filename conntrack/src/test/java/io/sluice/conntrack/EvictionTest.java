package io.sluice.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.Ipv4;
import io.sluice.packet.Tcp;
import io.sluice.packet.TupleKey;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What gives way in a full table, or to a limit that was lowered. So few connections that a clock
 * hand looks at all of them.
 */
class EvictionTest {
    private static final TcpSegment NO_TCP = new TcpSegment();

    private static final int CAPACITY = 8;
    private static final int ZONE = 5;

    private final ArenaMemory memory = new ArenaMemory();
    private final ConnTable table = new ConnTable(CAPACITY, memory);
    private final ConnOwner owner = new ConnOwner(table);
    private final Tracker tracker = new Tracker(table, owner);
    private int nowMs = 1000;

    @AfterEach
    void free() {
        memory.close();
    }

    /** A packet of the connection of this number; returns what commit said, 0 if it was known. */
    private int packet(int number, int protocol, boolean reply, int tcpFlags) {
        NewConnection fresh = new NewConnection();
        fresh.addresses = TupleKey.addresses(number, 1);
        fresh.portsAndZone = TupleKey.portsAndScope(TupleKey.ports(number, 80), ZONE, protocol);
        fresh.replyAddresses = TupleKey.invertAddresses(fresh.addresses);
        fresh.replyPortsAndZone = TupleKey.invertPorts(fresh.portsAndZone);
        TcpSegment segment = segment(reply, tcpFlags);
        tracker.track(
                reply ? fresh.replyAddresses : fresh.addresses,
                reply ? fresh.replyPortsAndZone : fresh.portsAndZone,
                fresh.wide,
                0,
                segment,
                40,
                nowMs);
        int made =
                tracker.reference() == ConnTable.NONE
                        ? tracker.commit(fresh, segment, 40, nowMs)
                        : 0;
        owner.quiet();
        nowMs++;
        return made;
    }

    /** Without data, and within every window. */
    private static TcpSegment segment(boolean reply, int flags) {
        TcpSegment segment = new TcpSegment();
        boolean syn = (flags & Tcp.SYN) != 0;
        segment.flags = flags;
        segment.sequence = (reply ? 2000 : 1000) + (syn ? 0 : 1);
        segment.acknowledgment = (flags & Tcp.ACK) != 0 ? (reply ? 1001 : 2001) : 0;
        segment.end = segment.sequence + (syn ? 1 : 0) + (flags & Tcp.FIN);
        segment.window = 60_000;
        segment.sack = segment.acknowledgment;
        segment.scale = TcpSegment.NO_SCALE;
        return segment;
    }

    private void udp(int number) {
        packet(number, Ipv4.PROTO_UDP, false, 0);
    }

    private void answeredUdp(int number) {
        udp(number);
        packet(number, Ipv4.PROTO_UDP, true, 0);
    }

    private void halfOpenTcp(int number) {
        packet(number, Ipv4.PROTO_TCP, false, Tcp.SYN);
        packet(number, Ipv4.PROTO_TCP, true, Tcp.SYN | Tcp.ACK);
    }

    private void establishedTcp(int number) {
        halfOpenTcp(number);
        packet(number, Ipv4.PROTO_TCP, false, Tcp.ACK);
    }

    private void closingTcp(int number) {
        establishedTcp(number);
        packet(number, Ipv4.PROTO_TCP, false, Tcp.FIN | Tcp.ACK);
    }

    private Set<Integer> numbers() {
        Set<Integer> numbers = new TreeSet<>();
        table.forEach(
                ConnFilter.ALL,
                nowMs,
                each -> assertTrue(numbers.add((int) each.original().src().low())));
        return numbers;
    }

    /** Makes the connection 100 and says which of those from 1 on is not there afterwards. */
    private int whoGivesWay() {
        assertEquals(CAPACITY, table.size());
        int made = packet(100, Ipv4.PROTO_UDP, false, 0);
        assertTrue(made >= 0, "refused: " + made);
        assertEquals(CAPACITY, table.size());
        Set<Integer> numbers = numbers();
        for (int number = 1; number <= CAPACITY; number++) {
            if (!numbers.contains(number)) {
                return number;
            }
        }
        throw new AssertionError("more connections than the maximum: " + numbers);
    }

    private void fill(int from, IntConsumer maker) {
        for (int number = from; number <= CAPACITY; number++) {
            maker.accept(number);
        }
    }

    private long evicted() {
        return table.zones().stats(ZONE).evicted();
    }

    @Test
    void whatHasExpiredGoesFirst() {
        answeredUdp(1);
        answeredUdp(2);
        nowMs += 119_000;
        answeredUdp(1);
        closingTcp(3);
        fill(4, this::udp);
        // Only the second is silent for 120 s then.
        nowMs += 1_000;
        assertEquals(2, whoGivesWay());
        assertEquals(0, evicted());
    }

    @Test
    void thenWhatIsClosing() {
        udp(1);
        establishedTcp(2);
        closingTcp(3);
        fill(4, this::udp);
        assertEquals(3, whoGivesWay());
        assertEquals(1, evicted());
    }

    @Test
    void thenWhatWasNeverAnsweredTheLongestSilentFirst() {
        establishedTcp(1);
        answeredUdp(2);
        udp(3);
        udp(4);
        fill(5, this::answeredUdp);
        udp(3);
        assertEquals(4, whoGivesWay());
    }

    @Test
    void aHandshakeThatIsNotThroughIsNotEstablished() {
        establishedTcp(1);
        halfOpenTcp(2);
        fill(3, this::establishedTcp);
        assertEquals(2, whoGivesWay());
    }

    @Test
    void aConnectionPickedUpInMidStreamIsEstablishedOnceItIsAnswered() {
        packet(1, Ipv4.PROTO_TCP, false, Tcp.ACK);
        packet(2, Ipv4.PROTO_TCP, false, Tcp.ACK);
        packet(1, Ipv4.PROTO_TCP, true, Tcp.ACK);
        fill(3, this::answeredUdp);
        assertEquals(2, whoGivesWay());
    }

    @Test
    void anEstablishedOneNever() {
        fill(
                1,
                number -> {
                    if (number % 2 == 0) {
                        establishedTcp(number);
                    } else {
                        answeredUdp(number);
                    }
                });
        Set<Integer> before = numbers();
        for (int i = 0; i < 100; i++) {
            assertEquals(ConnTable.TABLE_FULL, packet(100 + i, Ipv4.PROTO_UDP, false, 0));
        }
        assertEquals(before, numbers());
        assertEquals(0, evicted());
    }

    @Test
    void aFloodTakesTheTableOnlyFromItself() {
        establishedTcp(1);
        answeredUdp(2);
        nowMs += 3000;
        packet(2, Ipv4.PROTO_UDP, true, 0);
        for (int i = 0; i < 100_000; i++) {
            int made = packet(1000 + i, Ipv4.PROTO_TCP, false, Tcp.SYN);
            // Of so few buckets both may be full, once in a long while.
            assertTrue(made >= 0 || made == ConnTable.BUCKET_FULL, i + ": " + made);
        }
        assertTrue(numbers().contains(1));
        assertTrue(numbers().contains(2));
        assertTrue(evicted() > 99_000, evicted() + " evicted");
        assertEquals(table.zones().stats(ZONE).closed(), evicted());
        assertEquals(CAPACITY, table.size());
    }

    /** Those that were made together lie together in memory. */
    @Test
    void aRunOfEstablishedOnesHidesNobody() {
        int many = 10_000;
        ConnTable large = new ConnTable(2 * many, memory);
        ConnOwner worker = new ConnOwner(large);
        Tracker of = new Tracker(large, worker);
        NewConnection fresh = new NewConnection();
        for (int i = 0; i < 7 * many; i++) {
            fresh.addresses = TupleKey.addresses(i, 1);
            fresh.portsAndZone =
                    TupleKey.portsAndScope(TupleKey.ports(9, 53), ZONE, Ipv4.PROTO_UDP);
            fresh.replyAddresses = TupleKey.invertAddresses(fresh.addresses);
            fresh.replyPortsAndZone = TupleKey.invertPorts(fresh.portsAndZone);
            int made = of.commit(fresh, NO_TCP, 40, nowMs);
            // Both buckets of a key are full once in some 100,000 times, whoever gives way.
            assertTrue(made >= 0 || made == ConnTable.BUCKET_FULL, i + ": " + made);
            if (i < many) {
                of.track(
                        fresh.replyAddresses,
                        fresh.replyPortsAndZone,
                        fresh.wide,
                        4,
                        NO_TCP,
                        40,
                        nowMs);
            }
            worker.quiet();
        }
        long gaveWay = large.zones().stats(ZONE).evicted();
        assertTrue(gaveWay > 5L * many - 20, gaveWay + " evicted");
        int[] established = {0};
        large.forEach(
                ConnFilter.ALL,
                nowMs,
                each -> established[0] += each.state().equals("REPLIED") ? 1 : 0);
        assertTrue(established[0] > many - 20, established[0] + " established");
    }

    @Test
    void aConnectionOverItsZonesLimitHasNobodyGiveWay() {
        fill(1, this::udp);
        table.zones().setLimit(ZONE, CAPACITY);
        assertEquals(ConnTable.ZONE_LIMIT, packet(100, Ipv4.PROTO_UDP, false, 0));
        assertEquals(CAPACITY, numbers().size());
        assertEquals(0, evicted());
    }

    private List<LoweredLimits.Outcome> lower(int limit) {
        table.zones().setLimit(ZONE, limit);
        return table.loweredLimits().enforce(zone -> zone == ZONE, () -> nowMs);
    }

    private static List<LoweredLimits.Outcome> outcome(int limit, int ended, int above) {
        return List.of(new LoweredLimits.Outcome(ZONE, limit, ended, above));
    }

    @Test
    void aLowerLimitEndsWhatIsClosingThenTheLongestSilentOfTheUnanswered() {
        udp(1);
        establishedTcp(2);
        halfOpenTcp(3);
        answeredUdp(4);
        closingTcp(5);
        udp(6);
        nowMs += 10_000;
        udp(7);
        udp(1);
        assertEquals(outcome(6, 1, 0), lower(6));
        assertEquals(Set.of(1, 2, 3, 4, 6, 7), numbers());
        assertEquals(outcome(4, 2, 0), lower(4));
        assertEquals(Set.of(1, 2, 4, 7), numbers());
        assertEquals(outcome(3, 1, 0), lower(3));
        assertEquals(3, numbers().size());
        assertTrue(numbers().containsAll(Set.of(2, 4)));
        // The places are free before the records are swept.
        assertEquals(7, table.size());
        assertEquals(3, table.zones().live(ZONE));
        assertEquals(ConnTable.ZONE_LIMIT, packet(100, Ipv4.PROTO_UDP, false, 0));
        assertEquals(outcome(1, 1, 1), lower(1));
        assertEquals(Set.of(2, 4), numbers());
        assertEquals(outcome(1, 0, 1), lower(1));
        table.zones().setLimit(ZONE, 3);
        assertTrue(packet(100, Ipv4.PROTO_UDP, false, 0) >= 0);
        for (int i = 0; i < CAPACITY; i++) {
            owner.sweep(0, 1, nowMs);
            owner.quiet();
        }
        assertEquals(3, table.size());
        assertEquals(3, table.zones().live(ZONE));
        assertEquals(5, table.zones().stats(ZONE).closed());
        assertEquals(0, evicted());
    }

    @Test
    void whatHasExpiredIsNotHeldAgainstTheLimit() {
        udp(1);
        udp(2);
        nowMs += 29_000;
        fill(3, this::udp);
        nowMs += 1_500;
        assertEquals(List.of(), lower(6));
        assertEquals(Set.of(3, 4, 5, 6, 7, 8), numbers());
        assertEquals(outcome(5, 1, 0), lower(5));
        // What expired holds its place until it is swept.
        assertEquals(7, table.zones().live(ZONE));
    }

    @Test
    void aLowerLimitIsEnforcedWhereItIsAsked() {
        fill(1, this::udp);
        table.zones().setDefaultLimit(2);
        assertEquals(List.of(), table.loweredLimits().enforce(zone -> zone != ZONE, () -> nowMs));
        assertEquals(CAPACITY, numbers().size());
        table.zones().setLimit(ZONE, 0);
        assertEquals(List.of(), table.loweredLimits().enforce(_ -> true, () -> nowMs));
        table.zones().clearLimit(ZONE);
        assertEquals(
                outcome(2, CAPACITY - 2, 0), table.loweredLimits().enforce(_ -> true, () -> nowMs));
        assertEquals(2, numbers().size());
    }

    @Test
    void aLowerMaximumEndsNoConnection() {
        fill(1, this::udp);
        table.setMaxConnections(4);
        assertEquals(ConnTable.TABLE_FULL, packet(100, Ipv4.PROTO_UDP, false, 0));
        assertEquals(CAPACITY, numbers().size());
        nowMs += 30_000;
        fill(5, this::udp);
        assertEquals(4, numbers().size());
        assertEquals(0, evicted());
        udp(100);
        assertEquals(4, numbers().size());
        assertEquals(1, evicted());
    }

    @Test
    void theMaximumIsBoundedByWhatWasMapped() {
        String sentence =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> table.setMaxConnections(CAPACITY + 1))
                        .getMessage();
        assertEquals(
                "the maximum is 9, not within 1-8: memory was mapped for"
                        + " conntrack.max-connections at the start",
                sentence);
    }

    @Test
    void aLongerTimeoutDoesNotDoubleAConnectionThatExpired() {
        udp(1);
        nowMs += 31_000;
        udp(1);
        table.zones().setTimeouts(ZONE, new Timeouts(Map.of("udp-unreplied", 1000)));
        assertEquals(1, numbers().size());
    }
}
