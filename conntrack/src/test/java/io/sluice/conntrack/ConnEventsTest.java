package io.sluice.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.IpAddress;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Tcp;
import io.sluice.packet.TupleHash;
import io.sluice.packet.TupleKey;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What one worker tells about its connections. */
class ConnEventsTest {
    private static final int ZONE = 5;
    private static final int RING = 64;
    private static final int CAPACITY = 1000;
    private static final int HEADERS = 60;
    private static final EventFilter ALL =
            new EventFilter(EnumSet.allOf(EventType.class), ConnFilter.ALL);

    private final ArenaMemory memory = new ArenaMemory();
    private final ConnTable table = new ConnTable(CAPACITY, memory, RING);
    private final ConnOwner owner = new ConnOwner(table);
    private final Tracker tracker = new Tracker(table, owner);
    private final Map<NewConnection, int[]> sequences = new HashMap<>();
    private int nowMs = 1000;

    @AfterEach
    void giveBack() {
        memory.close();
    }

    private NewConnection keys(int client, int protocol) {
        NewConnection fresh = new NewConnection();
        fresh.addresses = TupleKey.addresses(0x0A000000 + client, 0xC0000201);
        fresh.portsAndZone =
                TupleKey.portsAndScope(TupleKey.ports(4000 + client, 80), ZONE, protocol);
        // Translated: another host answers.
        fresh.replyAddresses = TupleKey.addresses(0x0A000909, 0x0A000000 + client);
        fresh.replyPortsAndZone =
                TupleKey.portsAndScope(TupleKey.ports(8080, 4000 + client), ZONE, protocol);
        return fresh;
    }

    private void make(NewConnection fresh, int flags) {
        sequences.put(fresh, new int[] {100, 0});
        TcpSegment segment = segment(fresh, 0, flags, 0);
        tracker.track(fresh.addresses, fresh.portsAndZone, fresh.wide, 0, segment, HEADERS, nowMs);
        assertTrue(tracker.commit(fresh, segment, HEADERS, nowMs) >= 0);
    }

    private void packet(NewConnection of, boolean reply, int flags, int payloadBytes) {
        nowMs += 10;
        TcpSegment segment = segment(of, reply ? 1 : 0, flags, payloadBytes);
        int bytes = HEADERS + payloadBytes;
        int state =
                reply
                        ? tracker.track(
                                of.replyAddresses,
                                of.replyPortsAndZone,
                                of.wide,
                                4,
                                segment,
                                bytes,
                                nowMs)
                        : tracker.track(
                                of.addresses, of.portsAndZone, of.wide, 0, segment, bytes, nowMs);
        assertEquals(0, state & CtState.INVALID);
        assertTrue(tracker.reference() >= 0, "it is known");
    }

    /** The next one of the direction, as two hosts that lose nothing send it. */
    private TcpSegment segment(NewConnection of, int direction, int flags, int payloadBytes) {
        int[] next = sequences.get(of);
        TcpSegment segment = new TcpSegment();
        segment.flags = flags;
        segment.sequence = next[direction];
        segment.acknowledgment = (flags & Tcp.ACK) != 0 ? next[direction ^ 1] : 0;
        segment.sack = segment.acknowledgment;
        segment.window = 1 << 15;
        segment.scale = TcpSegment.NO_SCALE;
        next[direction] += payloadBytes + ((flags & (Tcp.SYN | Tcp.FIN)) != 0 ? 1 : 0);
        segment.end = next[direction];
        return segment;
    }

    private void sweepAll() {
        for (int i = 0; i < CAPACITY; i++) {
            owner.sweep(0, 1, nowMs);
            owner.quiet();
        }
    }

    private List<ConnEvent> events() {
        List<ConnEvent> events = new ArrayList<>();
        table.events().drain(Integer.MAX_VALUE, event -> events.add(ConnEvent.read(event)));
        return events;
    }

    private static List<String> summary(List<ConnEvent> events) {
        return events.stream()
                .map(event ->
                        event.type().text()
                                + event.reason().map(reason -> " " + reason.text()).orElse("")
                                + " "
                                + event.connection().state())
                .toList();
    }

    @Test
    void aTcpConnectionFromItsFirstPacketToItsEnd() {
        table.events().want(List.of(ALL), false);
        NewConnection tcp = keys(1, Ipv4.PROTO_TCP);
        tcp.mark = 7;
        make(tcp, Tcp.SYN);
        packet(tcp, true, Tcp.SYN | Tcp.ACK, 0);
        packet(tcp, false, Tcp.ACK, 0);
        packet(tcp, false, Tcp.ACK, 440);
        packet(tcp, false, Tcp.FIN | Tcp.ACK, 0);
        packet(tcp, true, Tcp.FIN | Tcp.ACK, 0);
        packet(tcp, false, Tcp.ACK, 0);
        tracker.setMark(tracker.reference(), 9, -1);
        int lastMs = nowMs;
        nowMs += 120_000;
        sweepAll();
        List<ConnEvent> events = events();
        assertEquals(
                List.of(
                        "new SYN_SENT",
                        "update SYN_RECV",
                        "update ESTABLISHED",
                        "update FIN_WAIT",
                        "update LAST_ACK",
                        "update TIME_WAIT",
                        "update TIME_WAIT",
                        "destroy fin TIME_WAIT"),
                summary(events));
        ConnEvent begin = events.getFirst();
        assertEquals(7, begin.connection().mark());
        assertEquals(new ConnEvent.Counted(1, 60), begin.original());
        assertEquals(new ConnEvent.Counted(0, 0), begin.reply());
        ConnEvent end = events.getLast();
        assertEquals(9, end.connection().mark());
        assertEquals(ZONE, end.connection().zone());
        assertEquals(
                new Tuple(ip(0x0A000001), ip(0xC0000201), 4001, 80), end.connection().original());
        assertEquals(
                new Tuple(ip(0x0A000909), ip(0x0A000001), 8080, 4001), end.connection().reply());
        assertEquals(new ConnEvent.Counted(5, 5 * HEADERS + 440), end.original());
        assertEquals(new ConnEvent.Counted(2, 2 * HEADERS), end.reply());
        assertEquals(1000, end.firstMs());
        assertEquals(lastMs, end.lastMs());
        assertEquals(60, end.durationMs());
        assertEquals(nowMs, end.timeMs());
    }

    @Test
    void eachEndHasItsReason() {
        table.events()
                .want(
                        List.of(new EventFilter(EnumSet.of(EventType.DESTROY), ConnFilter.ALL)),
                        false);
        NewConnection reset = keys(1, Ipv4.PROTO_TCP);
        make(reset, Tcp.SYN);
        packet(reset, true, Tcp.RST | Tcp.ACK, 0);
        make(keys(2, Ipv4.PROTO_TCP), Tcp.SYN);
        make(keys(3, Ipv4.PROTO_UDP), 0);
        nowMs += 120_000;
        sweepAll();
        assertEquals(
                List.of(
                        "destroy rst CLOSE",
                        "destroy timeout SYN_SENT",
                        "destroy timeout UNREPLIED"),
                summary(events()).stream().sorted().toList());

        make(keys(4, Ipv4.PROTO_UDP), 0);
        assertEquals(1, table.flush(ConnFilter.ofZone(ZONE), nowMs));
        make(keys(5, Ipv4.PROTO_UDP), 0);
        int replaced = tracker.reference();
        sweepAll();
        assertEquals(List.of("destroy flush UNREPLIED"), summary(events()));
        tracker.end(replaced);
        assertEquals(List.of("destroy replaced UNREPLIED"), summary(events()));

        make(keys(6, Ipv4.PROTO_TCP), Tcp.SYN);
        make(keys(7, Ipv4.PROTO_TCP), Tcp.SYN);
        ConnFilter seventh =
                new ConnFilter(
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        0,
                        Optional.empty(),
                        Optional.empty(),
                        OptionalInt.empty(),
                        new ConnFilter.Direction(
                                Optional.of(ip(0x0A000007)),
                                Optional.empty(),
                                OptionalInt.empty(),
                                OptionalInt.empty()),
                        ConnFilter.Direction.ANY);
        assertEquals(1, table.flush(seventh, nowMs));
        sweepAll();
        List<ConnEvent> flushed = events();
        assertEquals(List.of("destroy flush SYN_SENT"), summary(flushed));
        assertEquals(ip(0x0A000007), flushed.getFirst().connection().original().src());

        make(keys(8, Ipv4.PROTO_UDP), 0);
        table.kill(tracker.reference(), EndReason.EVICTED);
        table.kill(tracker.reference(), EndReason.FLUSH);
        sweepAll();
        assertEquals(List.of("destroy evicted UNREPLIED"), summary(events()), "the first counts");

        table.flush(ConnFilter.ALL, nowMs);
        make(keys(9, Ipv4.PROTO_UDP), 0);
        make(keys(10, Ipv4.PROTO_TCP), Tcp.SYN);
        nowMs += 30_000;
        make(keys(11, Ipv4.PROTO_UDP), 0);
        table.zones().setLimit(ZONE, 1);
        table.loweredLimits().enforce(_ -> true, () -> nowMs);
        sweepAll();
        assertEquals(
                List.of("destroy timeout UNREPLIED", "destroy limit SYN_SENT"),
                summary(events()).stream()
                        .filter(event -> event.startsWith("destroy") && !event.contains("flush"))
                        .toList());
    }

    /** The old connection's end is told before the beginning of the next one. */
    @Test
    void anEndComesBeforeTheNextBeginningOfItsTuple() {
        table.events().want(List.of(ALL), false);
        NewConnection udp = keys(1, Ipv4.PROTO_UDP);
        make(udp, 0);
        nowMs += 30_000;
        make(udp, 0);
        table.flush(ConnFilter.ofZone(ZONE), nowMs);
        make(udp, 0);
        NewConnection tcp = keys(2, Ipv4.PROTO_TCP);
        make(tcp, Tcp.SYN);
        packet(tcp, true, Tcp.RST | Tcp.ACK, 0);
        // The same client again: tracked as new, for the old one is over.
        make(tcp, Tcp.SYN);
        assertEquals(
                List.of(
                        "new UNREPLIED",
                        "destroy timeout UNREPLIED",
                        "new UNREPLIED",
                        "destroy flush UNREPLIED",
                        "new UNREPLIED",
                        "new SYN_SENT",
                        "update CLOSE",
                        "destroy rst CLOSE",
                        "new SYN_SENT"),
                summary(events()));
    }

    @Test
    void filtersRunWhereEventsAreWritten() {
        make(keys(1, Ipv4.PROTO_UDP), 0);
        assertEquals(0, table.events().written(EventType.NEW), "nobody wants events");
        ConnFilter marked =
                new ConnFilter(
                        OptionalInt.of(ZONE),
                        OptionalInt.of(0x10),
                        0xF0,
                        Optional.of(new ConnFilter.Label(1L << 60, 2, 1L << 60, 2)),
                        Optional.of("UNREPLIED"),
                        OptionalInt.of(Ipv4.PROTO_UDP),
                        ConnFilter.Direction.ANY,
                        new ConnFilter.Direction(
                                Optional.of(ip(0x0A000909)),
                                Optional.empty(),
                                OptionalInt.of(8080),
                                OptionalInt.empty()));
        table.events().want(List.of(new EventFilter(EnumSet.of(EventType.NEW), marked)), false);
        make(keys(2, Ipv4.PROTO_UDP), 0);
        NewConnection wanted = keys(3, Ipv4.PROTO_UDP);
        wanted.mark = 0x13;
        make(wanted, 0);
        assertEquals(List.of(), events(), "the label is missing");
        tracker.end(tracker.reference());
        wanted.labelHigh = 3L << 60;
        wanted.labelLow = 2;
        make(wanted, 0);
        NewConnection tcp = keys(4, Ipv4.PROTO_TCP);
        tcp.mark = 0x13;
        make(tcp, Tcp.SYN);
        tracker.setMark(tracker.reference(), 0x12, -1);
        List<ConnEvent> events = events();
        assertEquals(List.of("new UNREPLIED"), summary(events));
        assertEquals(0x13, events.getFirst().connection().mark());
        assertEquals(3L << 60, events.getFirst().connection().labelHigh());
        assertEquals(2, events.getFirst().connection().labelLow());
        assertEquals(1, table.events().written(EventType.NEW));
        assertEquals(0, table.events().written(EventType.UPDATE));
        table.events().want(List.of(), false);
        wanted = keys(5, Ipv4.PROTO_UDP);
        wanted.mark = 0x13;
        make(wanted, 0);
        assertEquals(List.of(), events());
    }

    @Test
    void loggedConnectionsAreToldWhateverFiltersSay() {
        table.events().want(List.of(), true);
        NewConnection logged = keys(1, Ipv4.PROTO_UDP);
        logged.logged = true;
        make(logged, 0);
        make(keys(2, Ipv4.PROTO_UDP), 0);
        NewConnection third = keys(3, Ipv4.PROTO_UDP);
        make(third, 0);
        tracker.setLogged(tracker.reference());
        packet(third, true, 0, 0);
        table.flush(ConnFilter.ofZone(ZONE), nowMs);
        sweepAll();
        List<Integer> clients =
                events().stream()
                        .map(event -> (int) event.connection().original().src().low() & 0xFF)
                        .toList();
        assertEquals(List.of(1, 3), clients.stream().sorted().toList());
    }

    @Test
    void aFullRingIsCountedByType() {
        table.events().want(List.of(ALL), false);
        for (int i = 0; i < RING + 20; i++) {
            make(keys(i, Ipv4.PROTO_UDP), 0);
        }
        tracker.setMark(tracker.reference(), 1, -1);
        table.flush(ConnFilter.ofZone(ZONE), nowMs);
        sweepAll();
        assertEquals(RING, table.events().written(EventType.NEW));
        assertEquals(20, table.events().lost(EventType.NEW));
        assertEquals(1, table.events().lost(EventType.UPDATE));
        assertEquals(RING + 20, table.events().lost(EventType.DESTROY));
        assertEquals(RING, events().size());
        make(keys(1, Ipv4.PROTO_UDP), 0);
        assertEquals(List.of("new UNREPLIED"), summary(events()), "there is room again");
    }

    /** The clock of 32 bits goes round after 49 days. */
    @Test
    void durationsMayBeLongerThanTheClock() {
        table.zones().setTimeouts(ZONE, new Timeouts(Map.of("udp-unreplied", 1_000_000)));
        NewConnection udp = keys(1, Ipv4.PROTO_UDP);
        make(udp, 0);
        int days = 130;
        for (int day = 0; day < days; day++) {
            nowMs += 86_400_000 - 10;
            owner.sweep(0, 1, nowMs);
            packet(udp, false, 0, 0);
        }
        table.events().want(List.of(ALL), false);
        tracker.setMark(tracker.reference(), 1, -1);
        ConnEvent last = events().getLast();
        assertEquals(days * 86_400_000L, last.durationMs());
        assertEquals(1000, last.firstMs());
        assertEquals(new ConnEvent.Counted(days + 1, (days + 1L) * HEADERS), last.original());
    }

    @Test
    void addressesOfIpv6AndLabelsAreThere() {
        long[] addresses = {
            0x20010DB800000000L, 1, 0x20010DB800000000L, 2,
            0x20010DB800000000L, 2, 0x20010DB800000000L, 1
        };
        NewConnection udp = new NewConnection();
        System.arraycopy(addresses, 0, udp.wide, 0, addresses.length);
        udp.addresses = TupleHash.wide(udp.wide, 0);
        udp.replyAddresses = TupleHash.wide(udp.wide, 4);
        udp.portsAndZone =
                TupleKey.ofIpv6(
                        TupleKey.portsAndScope(TupleKey.ports(4000, 53), ZONE, Ipv4.PROTO_UDP));
        udp.replyPortsAndZone = TupleKey.invertPorts(udp.portsAndZone);
        IpAddress client = IpAddress.ofIpv6(addresses[0], addresses[1]);
        IpAddress server = IpAddress.ofIpv6(addresses[2], addresses[3]);
        ConnFilter ofClient = ofSource(client);
        ConnFilter ofServer = ofSource(server);
        ConnFilter ofIpv4 = ofSource(ip((int) addresses[1]));
        table.events()
                .want(
                        List.of(
                                new EventFilter(EnumSet.of(EventType.DESTROY), ofServer),
                                new EventFilter(EnumSet.of(EventType.UPDATE), ofIpv4),
                                new EventFilter(EnumSet.of(EventType.NEW), ofClient)),
                        false);
        make(udp, 0);
        tracker.setLabel(tracker.reference(), 5, 6, -1, -1);
        assertEquals(List.of("new UNREPLIED"), summary(events()));
        table.events().want(List.of(ALL), false);
        tracker.setLabel(tracker.reference(), 7, 6, -1, -1);
        ConnEvent changed = events().getFirst();
        assertEquals(EventType.UPDATE, changed.type());
        assertEquals(new Tuple(client, server, 4000, 53), changed.connection().original());
        assertEquals(new Tuple(server, client, 53, 4000), changed.connection().reply());
        assertEquals(7, changed.connection().labelHigh());
        assertEquals(6, changed.connection().labelLow());
    }

    private static IpAddress ip(int address) {
        return IpAddress.ofIpv4(address);
    }

    private static ConnFilter ofSource(IpAddress source) {
        return new ConnFilter(
                OptionalInt.empty(),
                OptionalInt.empty(),
                0,
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                new ConnFilter.Direction(
                        Optional.of(source),
                        Optional.empty(),
                        OptionalInt.empty(),
                        OptionalInt.empty()),
                ConnFilter.Direction.ANY);
    }

    @Test
    void aRingTakesAPowerOfTwo() {
        assertThrows(IllegalArgumentException.class, () -> new EventRing(100, memory));
    }
}
