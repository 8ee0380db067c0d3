package io.sluice.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.IpAddress;
import io.sluice.packet.Ipv4;
import io.sluice.packet.TupleHash;
import io.sluice.packet.TupleKey;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random operations on the table and on a plain map, which must agree after each. */
class ConnTableModelTest {
    private static final TcpSegment NO_TCP = new TcpSegment();

    private static final int CAPACITY = 300;
    private static final int STEPS = 60_000;
    private static final int ZONES = 3;
    private static final int SERVER = 0x0A000001;

    private record Key(boolean ipv6, int client, int port, int zone, int replyZone) {
        private static final long PREFIX = 0x20010DB800000000L;

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

        long replyPortsAndZone() {
            return TupleKey.withScope(TupleKey.invertPorts(portsAndZone()), replyZone);
        }

        boolean isIn(int wanted) {
            return zone == wanted || replyZone == wanted;
        }

        long[] wide() {
            return new long[] {PREFIX, client, PREFIX, SERVER, PREFIX, SERVER, PREFIX, client};
        }

        IpAddress address(int ofIpv4) {
            return ipv6 ? IpAddress.ofIpv6(PREFIX, ofIpv4) : IpAddress.ofIpv4(ofIpv4);
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
                    connection.zone(),
                    connection.replyZone());
        }
    }

    /** What the table should know of a connection. */
    private record Known(
            int madeMs, int lastSeenMs, int answers, int answeredMs, boolean stream, int mark) {
        static Known begun(int nowMs, int mark) {
            return new Known(nowMs, nowMs, 0, nowMs, false, mark);
        }

        boolean replied() {
            return answers > 0;
        }

        Known asked(int nowMs) {
            // Within a millisecond nobody can say which came last.
            boolean after = answers > 1 || (replied() && nowMs > answeredMs);
            return new Known(madeMs, nowMs, answers, answeredMs, after && isOld(nowMs), mark);
        }

        Known answered(int nowMs) {
            return new Known(madeMs, nowMs, answers + 1, nowMs, replied() && isOld(nowMs), mark);
        }

        private boolean isOld(int nowMs) {
            return nowMs - madeMs > 2000;
        }
    }

    private final Map<Key, Known> known = new HashMap<>();
    private final int[] limits = new int[ZONES];
    private final int[] unrepliedMs = {30_000, 30_000, 30_000};
    private int max = CAPACITY;
    private int nowMs = -5_000_000;
    private Random random;
    private ConnTable table;
    private ConnOwner owner;
    private Tracker tracker;
    private long evictions;
    private long refusedByLimit;
    private long clashes;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void theTableAgreesWithAMap(long seed) {
        random = new Random(seed);
        try (ArenaMemory memory = new ArenaMemory()) {
            table = new ConnTable(CAPACITY, memory);
            owner = new ConnOwner(table);
            tracker = new Tracker(table, owner);
            for (int step = 0; step < STEPS; step++) {
                step("seed " + seed + ", step " + step);
                owner.quiet();
            }
            check("seed " + seed + ", at the end");
            assertTrue(evictions > 100, evictions + " evictions");
            assertTrue(refusedByLimit > 100, refusedByLimit + " refused by a limit");
            assertTrue(clashes > 100, clashes + " clashes of replies");
            drain();
        }
    }

    private void step(String where) {
        int zone = random.nextInt(ZONES);
        Key key =
                new Key(
                        random.nextInt(3) == 0,
                        random.nextInt(20),
                        random.nextInt(12),
                        zone,
                        random.nextInt(3) == 0 ? random.nextInt(ZONES) : zone);
        int what = random.nextInt(1000);
        if (what < 600) {
            packet(key, where);
        } else if (what < 860) {
            answer(key, where);
        } else if (what < 960) {
            nowMs += random.nextInt(2000);
            dropExpired();
        } else if (what < 980) {
            sweep(10);
        } else if (what < 990) {
            check(where);
        } else {
            rareStep(key, where);
        }
    }

    private void rareStep(Key key, String where) {
        int zone = key.zone();
        switch (random.nextInt(8)) {
            case 0 -> {
                long flushed = table.flush(ConnFilter.ofZone(zone), nowMs);
                assertTrue(flushed >= count(zone), where);
                known.keySet().removeIf(other -> other.isIn(zone));
            }
            case 1 -> {
                ConnFilter filter = ofMark(zone, random.nextInt(4), 3);
                int before = known.size();
                known.entrySet()
                        .removeIf(each ->
                                each.getKey().isIn(zone)
                                        && (each.getValue().mark() & 3)
                                                == filter.mark().getAsInt());
                assertEquals(before - known.size(), table.flush(filter, nowMs), where);
            }
            case 2 -> {
                long before = known.values().stream().filter(Known::replied).count();
                known.values().removeIf(Known::replied);
                assertEquals(before, table.flush(ofState("REPLIED"), nowMs), where);
            }
            case 3 -> {
                long before = known.keySet().stream().filter(k -> sameTuple(k, key)).count();
                known.keySet().removeIf(other -> sameTuple(other, key));
                assertEquals(before, table.flush(ofReplyTuple(key), nowMs), where);
            }
            case 4 -> {
                limits[zone] = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(150);
                table.zones().setLimit(zone, limits[zone]);
            }
            case 5 -> {
                max = CAPACITY / 2 + random.nextInt(CAPACITY / 2 + 1);
                table.setMaxConnections(max);
            }
            case 6 -> {
                // What has expired must not come back with a longer timeout.
                sweep(CAPACITY);
                int seconds = 1 + random.nextInt(60);
                unrepliedMs[zone] = seconds * 1000;
                table.zones().setTimeouts(zone, new Timeouts(Map.of("udp-unreplied", seconds)));
                dropExpired();
            }
            default -> {
                if (random.nextInt(4) == 0) {
                    table.flush(ConnFilter.ALL, nowMs);
                    known.clear();
                }
            }
        }
    }

    private void sweep(int times) {
        for (int i = 0; i < times; i++) {
            owner.sweep(0, 1, nowMs);
            owner.quiet();
            owner.keepPace(nowMs);
        }
    }

    private static boolean sameTuple(Key one, Key other) {
        return one.ipv6() == other.ipv6()
                && one.client() == other.client()
                && one.port() == other.port();
    }

    private static ConnFilter ofMark(int zone, int mark, int mask) {
        return new ConnFilter(
                OptionalInt.of(zone),
                OptionalInt.of(mark),
                mask,
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                ConnFilter.Direction.ANY,
                ConnFilter.Direction.ANY);
    }

    private static ConnFilter ofState(String state) {
        return new ConnFilter(
                OptionalInt.empty(),
                OptionalInt.empty(),
                0,
                Optional.empty(),
                Optional.of(state),
                OptionalInt.of(Ipv4.PROTO_UDP),
                ConnFilter.Direction.ANY,
                ConnFilter.Direction.ANY);
    }

    private static ConnFilter ofReplyTuple(Key key) {
        return new ConnFilter(
                OptionalInt.empty(),
                OptionalInt.empty(),
                0,
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                ConnFilter.Direction.ANY,
                new ConnFilter.Direction(
                        Optional.of(key.address(SERVER)),
                        Optional.of(key.address(key.client())),
                        OptionalInt.of(53),
                        OptionalInt.of(key.port())));
    }

    private long count(int zone) {
        return known.keySet().stream().filter(key -> key.isIn(zone)).count();
    }

    /** The connection that is found by the key's packets of this direction. */
    private Optional<Key> find(Key key, boolean reply) {
        return known.keySet().stream()
                .filter(other -> sameTuple(other, key))
                .filter(other ->
                        reply ? other.replyZone() == key.replyZone() : other.zone() == key.zone())
                .findAny();
    }

    /** A packet of the original direction, committed when it is new. */
    private void packet(Key key, String where) {
        int state =
                tracker.track(
                        key.addresses(),
                        key.portsAndZone(),
                        key.replyZone(),
                        key.wide(),
                        0,
                        NO_TCP,
                        100,
                        nowMs);
        Key itsKey = find(key, false).orElse(key);
        Known before = known.get(itsKey);
        assertEquals(before != null, tracker.reference() != ConnTable.NONE, where);
        boolean established = before != null && before.replied();
        assertEquals(
                CtState.TRACKED | (established ? CtState.ESTABLISHED : CtState.NEW), state, where);
        if (before != null) {
            assertEquals(itsKey.zone(), tracker.zone(tracker.reference()), where);
            known.put(itsKey, before.asked(nowMs));
            return;
        }
        int mark = random.nextInt(16);
        if (commit(key, mark, where)) {
            known.put(key, Known.begun(nowMs, mark));
        }
    }

    private boolean commit(Key key, int mark, String where) {
        NewConnection fresh = new NewConnection();
        fresh.addresses = key.addresses();
        fresh.portsAndZone = key.portsAndZone();
        fresh.replyAddresses = key.replyAddresses();
        fresh.replyPortsAndZone = key.replyPortsAndZone();
        System.arraycopy(key.wide(), 0, fresh.wide, 0, fresh.wide.length);
        fresh.mark = mark;
        // Places of connections that have ended count until they are swept.
        long inZone = table.zones().live(key.zone());
        int inTable = table.size();
        long evictedBefore = evicted();
        boolean clash = find(key, true).isPresent();
        int made = tracker.commit(fresh, NO_TCP, 100, nowMs);
        long evictedNow = evicted() - evictedBefore;
        evictions += evictedNow;
        assertEquals(clash, made == ConnTable.CLASH_REPLY, where);
        if (clash) {
            clashes++;
            return false;
        }
        boolean overLimit = limits[key.zone()] != 0 && inZone >= limits[key.zone()];
        assertEquals(overLimit, made == ConnTable.ZONE_LIMIT, where);
        if (overLimit) {
            refusedByLimit++;
            assertEquals(0, evictedNow, where);
            return false;
        }
        if (made < 0) {
            assertEquals(ConnTable.TABLE_FULL, made, where);
            assertTrue(inTable >= max, where);
        } else {
            assertEquals(0, made & 1, where);
            assertTrue(table.size() <= max, where);
        }
        forgetEvicted(evictedNow, key, where);
        return made >= 0;
    }

    private long evicted() {
        long all = 0;
        for (int zone = 0; zone < ZONES; zone++) {
            all += table.zones().stats(zone).evicted();
        }
        return all;
    }

    /** What gave way must not have been established. */
    private void forgetEvicted(long count, Key cause, String where) {
        if (count == 0) {
            return;
        }
        assertEquals(1, count, where);
        Set<Key> gone = new HashSet<>(known.keySet());
        gone.removeAll(found().keySet());
        gone.remove(cause);
        assertEquals(1, gone.size(), where);
        Key victim = gone.iterator().next();
        assertFalse(known.remove(victim).replied(), where);
    }

    /** A packet of the reply direction. */
    private void answer(Key key, String where) {
        // By the reply's zone alone, or with the other one, where it is not found.
        boolean both = random.nextBoolean();
        int state =
                tracker.track(
                        key.replyAddresses(),
                        TupleKey.withScope(
                                key.replyPortsAndZone(), both ? key.replyZone() : key.zone()),
                        key.replyZone(),
                        key.wide(),
                        4,
                        NO_TCP,
                        100,
                        nowMs);
        Key itsKey = find(key, true).orElse(key);
        Known before = known.get(itsKey);
        if (before == null) {
            assertEquals(CtState.TRACKED | CtState.NEW, state, where);
        } else {
            assertEquals(CtState.TRACKED | CtState.ESTABLISHED | CtState.REPLY, state, where);
            known.put(itsKey, before.answered(nowMs));
        }
    }

    private void dropExpired() {
        known.entrySet()
                .removeIf(each -> {
                    int timeoutMs =
                            each.getValue().stream() ? 120_000 : unrepliedMs[each.getKey().zone()];
                    return nowMs - each.getValue().lastSeenMs() >= timeoutMs;
                });
    }

    private Map<Key, Integer> found() {
        Map<Key, Integer> found = new HashMap<>();
        table.forEach(
                ConnFilter.ALL,
                nowMs,
                connection -> found.merge(Key.of(connection), 1, Integer::sum));
        return found;
    }

    private void check(String where) {
        Map<Key, Integer> found = found();
        assertEquals(known.keySet(), found.keySet(), where);
        found.forEach((key, times) -> assertEquals(1, times, where + ": " + key + " is double"));
        long live = 0;
        for (int zone = 0; zone < ZONES; zone++) {
            Zones.Stats stats = table.zones().stats(zone);
            assertEquals(stats.created() - stats.closed(), stats.live(), where);
            int its = zone;
            long known = this.known.keySet().stream().filter(key -> key.zone() == its).count();
            assertTrue(stats.live() >= known, where);
            live += stats.live();
        }
        assertTrue(table.size() >= live, where);
    }

    /** Everything expires: every record must come back, and every one be usable again. */
    private void drain() {
        nowMs += 120_000;
        sweep(CAPACITY);
        assertEquals(0, table.size());
        for (int zone = 0; zone < ZONES; zone++) {
            assertEquals(0, table.zones().stats(zone).live());
            assertFalse(table.zones().hasSplit(zone));
            table.zones().setLimit(zone, 0);
        }
        table.setMaxConnections(CAPACITY);
        known.clear();
        limits[0] = 0;
        max = CAPACITY;
        for (int i = 0; i < CAPACITY; i++) {
            packet(new Key(i % 2 == 0, 1000 + i, 1, 0, 0), "after the drain, " + i);
        }
        assertEquals(CAPACITY, known.size());
        assertEquals(CAPACITY, table.size());
    }
}
