package io.sluice.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.IpAddress;
import io.sluice.packet.Ipv4;
import io.sluice.packet.TupleHash;
import io.sluice.packet.TupleKey;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/**
 * Filters of random parts against random connections: in the table, and in the events of their
 * beginning.
 */
class ConnFilterTest {
    private static final int CONNECTIONS = 300;
    private static final int FILTERS = 2000;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private int taken;

    @Test
    void tableAndEventsTakeWhatAFilterSays() {
        try (ArenaMemory memory = new ArenaMemory()) {
            ConnTable table = new ConnTable(CONNECTIONS, memory);
            Tracker tracker = new Tracker(table, new ConnOwner(table));
            table.events().want(List.of(everyEvent(ConnFilter.ALL)), false);
            while (table.size() < CONNECTIONS) {
                make(tracker);
            }
            List<Connection> all = new ArrayList<>();
            table.forEach(ConnFilter.ALL, 0, all::add);
            assertEquals(CONNECTIONS, all.size());
            List<ConnFilter> filters = new ArrayList<>();
            for (int i = 0; i < FILTERS; i++) {
                filters.add(filter(all.get(random.nextInt(CONNECTIONS))));
            }
            for (ConnFilter filter : filters) {
                List<Connection> expected = all.stream().filter(taking(filter)).toList();
                List<Connection> found = new ArrayList<>();
                table.forEach(filter, 0, found::add);
                assertEquals(expected, found, () -> "seed " + seed + ": " + filter);
                taken += found.size();
            }
            List<EventFilter> ofEvents = filters.stream().map(ConnFilterTest::everyEvent).toList();
            int events =
                    table.events()
                            .drain(
                                    Integer.MAX_VALUE,
                                    event -> {
                                        Connection made = ConnEvent.read(event).connection();
                                        for (int i = 0; i < FILTERS; i++) {
                                            ConnFilter filter = filters.get(i);
                                            assertEquals(
                                                    taking(filter).test(made),
                                                    ofEvents.get(i).matches(event),
                                                    () -> "seed " + seed + ": " + filter);
                                        }
                                    });
            assertEquals(CONNECTIONS, events);
            assertTrue(taken > FILTERS / 2, "too few connections were taken: " + taken);
        }
    }

    private static EventFilter everyEvent(ConnFilter connections) {
        return new EventFilter(EnumSet.allOf(EventType.class), connections);
    }

    /** Few values for each part, so that filters take some connections and not others. */
    private void make(Tracker tracker) {
        NewConnection fresh = new NewConnection();
        boolean ipv6 = random.nextBoolean();
        int protocol = random.nextBoolean() ? Ipv4.PROTO_UDP : 47;
        int ports =
                protocol == 47 ? 0 : TupleKey.ports(random.nextInt(2000), 1 + random.nextInt(2));
        long word = TupleKey.portsAndScope(ports, random.nextInt(2), protocol);
        fresh.portsAndZone = ipv6 ? TupleKey.ofIpv6(word) : word;
        // Some in another zone in their reply direction.
        fresh.replyPortsAndZone =
                TupleKey.invertPorts(fresh.portsAndZone)
                        ^ TupleKey.portsAndScope(0, 2 * random.nextInt(2), 0);
        int client = random.nextInt(20);
        fresh.addresses = TupleKey.addresses(client, random.nextInt(2));
        // As after a translation.
        fresh.replyAddresses = TupleKey.addresses(3 + random.nextInt(2), client);
        if (ipv6) {
            long[] wide = {1, client, 2, random.nextInt(2), 2, 3 + random.nextInt(2), 1, client};
            System.arraycopy(wide, 0, fresh.wide, 0, wide.length);
            fresh.addresses = TupleHash.wide(wide, 0);
            fresh.replyAddresses = TupleHash.wide(wide, 4);
        }
        fresh.mark = random.nextInt(4);
        fresh.labelHigh = random.nextInt(2);
        fresh.labelLow = random.nextInt(2) == 0 ? 0 : -1L - random.nextInt(2);
        if (!tracker.isTaken(fresh.addresses, fresh.portsAndZone, 0)
                && !tracker.isTaken(fresh.replyAddresses, fresh.replyPortsAndZone, 0)) {
            int made = tracker.commit(fresh, new TcpSegment(), 100, 0);
            assertTrue(made >= 0, () -> "seed " + seed + ": " + made);
        }
    }

    /** Some parts of this connection. */
    private ConnFilter filter(Connection like) {
        int mask = random.nextInt(4);
        return new ConnFilter(
                maybe(like::zone),
                random.nextBoolean() ? OptionalInt.of(like.mark() & mask) : OptionalInt.empty(),
                mask,
                random.nextInt(3) == 0 ? Optional.of(label(like)) : Optional.empty(),
                random.nextInt(3) == 0 ? Optional.of("unreplied") : Optional.empty(),
                maybe(like::proto),
                direction(like.original(), like.zone()),
                direction(like.reply(), like.replyZone()));
    }

    private ConnFilter.Label label(Connection like) {
        long high = random.nextInt(2);
        long low = random.nextLong();
        return new ConnFilter.Label(like.labelHigh() & high, like.labelLow() & low, high, low);
    }

    private ConnFilter.Direction direction(Tuple like, int zone) {
        return new ConnFilter.Direction(
                address(like.src()),
                address(like.dst()),
                maybe(like::srcPort),
                maybe(like::dstPort),
                maybe(() -> zone));
    }

    private Optional<IpAddress> address(IpAddress like) {
        return switch (random.nextInt(8)) {
            case 0, 1 -> Optional.of(like);
            // The same number in the other version of IP.
            case 2 -> random.nextInt(4) == 0 ? Optional.of(other(like)) : Optional.empty();
            default -> Optional.empty();
        };
    }

    private static IpAddress other(IpAddress like) {
        return like.ipv6() ? IpAddress.ofIpv4((int) like.low()) : IpAddress.ofIpv6(1, like.low());
    }

    private OptionalInt maybe(IntSupplier value) {
        return random.nextInt(3) == 0 ? OptionalInt.of(value.getAsInt()) : OptionalInt.empty();
    }

    private static Predicate<Connection> taking(ConnFilter filter) {
        return each ->
                (agrees(filter.zone(), each.zone()) || agrees(filter.zone(), each.replyZone()))
                        && agrees(filter.proto(), each.proto())
                        && (filter.mark().isEmpty()
                                || (each.mark() & filter.markMask()) == filter.mark().getAsInt())
                        && filter.label()
                                .map(label ->
                                        (each.labelHigh() & label.maskHigh()) == label.high()
                                                && (each.labelLow() & label.maskLow())
                                                        == label.low())
                                .orElse(true)
                        && filter.state().map(each.state()::equalsIgnoreCase).orElse(true)
                        && agrees(filter.original().zone(), each.zone())
                        && agrees(filter.reply().zone(), each.replyZone())
                        && agrees(filter.original(), each.original())
                        && agrees(filter.reply(), each.reply());
    }

    private static boolean agrees(ConnFilter.Direction wanted, Tuple tuple) {
        return wanted.src().map(tuple.src()::equals).orElse(true)
                && wanted.dst().map(tuple.dst()::equals).orElse(true)
                && agrees(wanted.srcPort(), tuple.srcPort())
                && agrees(wanted.dstPort(), tuple.dstPort());
    }

    private static boolean agrees(OptionalInt wanted, int actual) {
        return wanted.isEmpty() || wanted.getAsInt() == actual;
    }
}
