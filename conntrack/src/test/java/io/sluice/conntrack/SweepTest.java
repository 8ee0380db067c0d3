package io.sluice.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.Ipv4;
import io.sluice.packet.TupleKey;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SweepTest {
    private static final TcpSegment NO_TCP = new TcpSegment();

    /** A million with -Dsluice.sweep.connections=1000000. */
    private static final int CONNECTIONS = Integer.getInteger("sluice.sweep.connections", 200_000);

    private static final int ZONE = 7;

    @Test
    void aSweepIsBoundedHoweverManyExpireTogether() {
        try (ArenaMemory memory = new ArenaMemory()) {
            ConnTable table = new ConnTable(CONNECTIONS, memory);
            ConnOwner owner = new ConnOwner(table);
            Tracker tracker = new Tracker(table, owner);
            NewConnection fresh = new NewConnection();
            for (int i = 0; i < CONNECTIONS; i++) {
                setKeys(fresh, i);
                assertTrue(tracker.commit(fresh, NO_TCP, 60, 0) >= 0);
            }
            assertEquals(CONNECTIONS, table.size());
            int nowMs = 30_000;
            setKeys(fresh, 1);
            assertFalse(
                    tracker.isTaken(fresh.addresses, fresh.portsAndZone, nowMs),
                    "expired connections must be invisible at once");
            int calls = 0;
            int behind = 0;
            long longestNs = 0;
            while (table.size() > 0) {
                int sizeBefore = table.size();
                long visitedBefore = owner.visited();
                long start = System.nanoTime();
                behind += owner.sweep(0, 1, nowMs) ? 1 : 0;
                longestNs = Math.max(longestNs, System.nanoTime() - start);
                owner.quiet();
                calls++;
                assertTrue(owner.visited() - visitedBefore <= ConnOwner.MAX_SWEEP);
                assertTrue(sizeBefore - table.size() <= ConnOwner.MAX_FREED);
                assertTrue(calls < CONNECTIONS, "the sweep does not get on");
            }
            System.out.printf(
                    "%d connections expired together: freed in %d sweeps, %d at the limit, the"
                            + " longest %d us%n",
                    CONNECTIONS, calls, behind, longestNs / 1000);
            assertEquals(0, table.zones().stats(ZONE).live());
            assertEquals(CONNECTIONS, table.zones().stats(ZONE).closed());
        }
    }

    /** However short connections live, and however many are made meanwhile. */
    @Test
    void asManyAreFreedAsAreMade() {
        int madeEachMs = 100;
        int aliveAtMost = 1000 * madeEachMs;
        try (ArenaMemory memory = new ArenaMemory()) {
            ConnTable table = new ConnTable(4 * aliveAtMost, memory);
            table.zones().setTimeouts(ZONE, new Timeouts(Map.of("udp-unreplied", 1)));
            ConnOwner owner = new ConnOwner(table);
            Tracker tracker = new Tracker(table, owner);
            NewConnection fresh = new NewConnection();
            int most = 0;
            long mostFreed = 0;
            int key = 0;
            for (int nowMs = 0; nowMs < 8000; nowMs++) {
                for (int i = 0; i < madeEachMs; i++) {
                    // No key comes again while its connection lives.
                    setKeys(fresh, key++ % (2 * aliveAtMost));
                    assertTrue(tracker.commit(fresh, NO_TCP, 60, nowMs) >= 0);
                }
                owner.quiet();
                long closed = table.zones().stats(ZONE).closed();
                owner.keepPace(nowMs);
                mostFreed = Math.max(mostFreed, table.zones().stats(ZONE).closed() - closed);
                most = Math.max(most, table.size());
            }
            Zones.Stats stats = table.zones().stats(ZONE);
            System.out.printf(
                    "%d made and %d freed, at most %d in the table for %d alive, %d freed by one"
                            + " call at most%n",
                    stats.created(), stats.closed(), most, aliveAtMost, mostFreed);
            assertEquals(8000L * madeEachMs, stats.created());
            assertTrue(most <= 2.1 * aliveAtMost, most + " in the table");
            assertTrue(table.pool().everUsed() <= 2.2 * aliveAtMost);
            assertTrue(mostFreed <= PacedSweep.MAX_VISITS);
        }
    }

    private static void setKeys(NewConnection fresh, int key) {
        fresh.addresses = TupleKey.addresses(key, 1);
        fresh.portsAndZone = TupleKey.portsAndScope(TupleKey.ports(7, 53), ZONE, Ipv4.PROTO_UDP);
        fresh.replyAddresses = TupleKey.invertAddresses(fresh.addresses);
        fresh.replyPortsAndZone = TupleKey.invertPorts(fresh.portsAndZone);
    }
}
