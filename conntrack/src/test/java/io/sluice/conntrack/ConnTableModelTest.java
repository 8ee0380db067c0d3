package io.sluice.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sluice.packet.IpAddress;
import io.sluice.packet.Ipv4;
import io.sluice.packet.TupleHash;
import io.sluice.packet.TupleKey;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random operations on the table and on a plain map, which must agree after each. */
class ConnTableModelTest {
    private static final TcpSegment NO_TCP = new TcpSegment();
    private static final int CAPACITY = 300;
    private static final int STEPS = 60_000;
    private static final int ZONES = 3;
    private static final int UDP_TIMEOUT_MS = 30_000;

    private record Key(boolean ipv6, int client, int port, int zone) {
        private static final long PREFIX = 0x20010DB800000000L;
        private static final int SERVER = 0x0A000001;

        long addresses() {
            return ipv6 ? TupleHash.wide(wide(), 0) : TupleKey.addresses(client, SERVER);
        }

        long replyAddresses() {
            return ipv6 ? TupleHash.wide(wide(), 4) : TupleKey.invertAddresses(addresses());
        }

        long portsAndZone() {
            long word = TupleKey.portsAndScope(TupleKey.ports(port, 53), zone, Ipv4.PROTO_UDP);
            return ipv6 ? TupleKey.ofIpv6(word) : word;
        }

        long[] wide() {
            return new long[] {PREFIX, client, PREFIX, SERVER, PREFIX, SERVER, PREFIX, client};
        }

        static Key of(Connection connection) {
            IpAddress client = connection.original().src();
            IpAddress server = connection.original().dst();
            assertEquals(client.ipv6() ? PREFIX : 0, client.high());
            assertEquals(connection.reply().src(), server);
            assertEquals(connection.reply().dst(), client);
            assertEquals(SERVER, (int) server.low());
            return new Key(
                    client.ipv6(),
                    (int) client.low(),
                    connection.original().srcPort(),
                    connection.zone());
        }
    }

    private final Map<Key, Integer> lastSeenMs = new HashMap<>();
    private int nowMs = -5_000_000;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void theTableAgreesWithAMap(long seed) {
        Random random = new Random(seed);
        try (ArenaMemory memory = new ArenaMemory()) {
            ConnTable table = new ConnTable(CAPACITY, memory);
            ConnOwner owner = new ConnOwner(table);
            Tracker tracker = new Tracker(table, owner);
            for (int step = 0; step < STEPS; step++) {
                step(random, table, owner, tracker, "seed " + seed + ", step " + step);
                owner.quiet();
            }
            check(table, "seed " + seed + ", at the end");
            drain(table, owner);
        }
    }

    private void step(
            Random random, ConnTable table, ConnOwner owner, Tracker tracker, String where) {
        Key key =
                new Key(
                        random.nextInt(3) == 0,
                        random.nextInt(14),
                        random.nextInt(12),
                        random.nextInt(ZONES));
        int what = random.nextInt(1000);
        if (what < 800) {
            packet(key, tracker, where);
        } else if (what < 950) {
            nowMs += random.nextInt(2000);
            dropExpired();
        } else if (what < 990) {
            for (int i = 0; i < 10; i++) {
                owner.sweep(0, 1, nowMs);
                owner.quiet();
            }
        } else if (what < 995) {
            table.flush(ConnFilter.ofZone(key.zone()), nowMs);
            lastSeenMs.keySet().removeIf(other -> other.zone() == key.zone());
        } else {
            check(table, where);
        }
    }

    /** A packet of the original direction, committed when it is new. */
    private void packet(Key key, Tracker tracker, String where) {
        int state =
                tracker.track(
                        key.addresses(), key.portsAndZone(), key.wide(), 0, NO_TCP, 100, nowMs);
        assertEquals(CtState.TRACKED | CtState.NEW, state, where);
        boolean known = lastSeenMs.containsKey(key);
        assertEquals(known, tracker.reference() != ConnTable.NONE, where);
        if (!known) {
            NewConnection fresh = new NewConnection();
            fresh.addresses = key.addresses();
            fresh.portsAndZone = key.portsAndZone();
            fresh.replyAddresses = key.replyAddresses();
            fresh.replyPortsAndZone = TupleKey.invertPorts(key.portsAndZone());
            System.arraycopy(key.wide(), 0, fresh.wide, 0, fresh.wide.length);
            int made = tracker.commit(fresh, NO_TCP, 100, nowMs);
            if (made < 0) {
                // Full: records of ended connections count until they are swept.
                assertEquals(ConnTable.TABLE_FULL, made, where);
                return;
            }
            assertEquals(0, made & 1, where);
        }
        lastSeenMs.put(key, nowMs);
    }

    private void dropExpired() {
        for (Iterator<Integer> seen = lastSeenMs.values().iterator(); seen.hasNext(); ) {
            if (nowMs - seen.next() >= UDP_TIMEOUT_MS) {
                seen.remove();
            }
        }
    }

    private void check(ConnTable table, String where) {
        Map<Key, Integer> found = new HashMap<>();
        table.forEach(
                ConnFilter.ALL,
                nowMs,
                connection -> found.merge(Key.of(connection), 1, Integer::sum));
        assertEquals(lastSeenMs.keySet(), found.keySet(), where);
        found.forEach((key, times) -> assertEquals(1, times, where + ": " + key + " is double"));
        for (int zone = 0; zone < ZONES; zone++) {
            Zones.Stats stats = table.zones().stats(zone);
            assertEquals(stats.created() - stats.closed(), stats.live(), where);
        }
    }

    /** Everything expires: every record must come back, and every one be usable again. */
    private void drain(ConnTable table, ConnOwner owner) {
        nowMs += UDP_TIMEOUT_MS;
        for (int i = 0; i < 100; i++) {
            owner.sweep(0, 1, nowMs);
            owner.quiet();
        }
        assertEquals(0, table.size());
        for (int zone = 0; zone < ZONES; zone++) {
            assertEquals(0, table.zones().stats(zone).live());
        }
        Tracker tracker = new Tracker(table, owner);
        lastSeenMs.clear();
        for (int i = 0; i < CAPACITY; i++) {
            packet(new Key(i % 2 == 0, 1000 + i, 1, 0), tracker, "after the drain, " + i);
        }
        assertEquals(CAPACITY, lastSeenMs.size());
    }
}
