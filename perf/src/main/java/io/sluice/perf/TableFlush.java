package io.sluice.perf;

import io.sluice.conntrack.ConnFilter;
import io.sluice.conntrack.ConnOwner;
import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.NewConnection;
import io.sluice.conntrack.TcpSegment;
import io.sluice.conntrack.Tracker;
import io.sluice.packet.Ipv4;
import io.sluice.packet.TupleKey;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/** How long the flush of a zone takes in a table of its own, without socket and threads. */
final class TableFlush {
    private static final int NOW_MS = 1;
    private static final int WARM_UP_ROUNDS = 50_000;

    private TableFlush() {}

    /**
     * Fills one zone again and again and flushes it, while others stay in another zone.
     *
     * @return nanoseconds of each flush
     */
    static List<Double> nanos(int others, int flushed, int rounds) {
        List<Double> nanos = new ArrayList<>();
        try (Arena arena = Arena.ofShared()) {
            ConnTable table =
                    new ConnTable(others + flushed, bytes -> arena.allocate(bytes, 4096).address());
            ConnOwner owner = new ConnOwner(table);
            Tracker tracker = new Tracker(table, owner);
            make(tracker, ZoneBed.BUSY_ZONE, 0, others);
            // Compiled, as it is in a program that flushes often.
            for (int i = 0; i < WARM_UP_ROUNDS; i++) {
                table.flush(ConnFilter.ofZone(ZoneBed.IDLE_ZONE), NOW_MS);
            }
            for (int round = 0; round < rounds; round++) {
                make(tracker, ZoneBed.IDLE_ZONE, others, flushed);
                long before = System.nanoTime();
                long count = table.flush(ConnFilter.ofZone(ZoneBed.IDLE_ZONE), NOW_MS);
                nanos.add((double) (System.nanoTime() - before));
                if (count != flushed) {
                    throw new BenchException("flushed " + count + ", not " + flushed);
                }
                while (table.size() > others) {
                    owner.sweep(0, 1, NOW_MS);
                    owner.quiet();
                }
            }
        }
        return nanos;
    }

    private static void make(Tracker tracker, int zone, int first, int count) {
        NewConnection fresh = new NewConnection();
        TcpSegment noTcp = new TcpSegment();
        for (int client = first; client < first + count; client++) {
            fresh.addresses = TupleKey.addresses(client, Workload.VIRTUAL_ADDRESS);
            fresh.portsAndZone =
                    TupleKey.portsAndScope(TupleKey.ports(4000, 53), zone, Ipv4.PROTO_UDP);
            fresh.replyAddresses = TupleKey.invertAddresses(fresh.addresses);
            fresh.replyPortsAndZone = TupleKey.invertPorts(fresh.portsAndZone);
            int made = tracker.commit(fresh, noTcp, 60, NOW_MS);
            if (made < 0) {
                throw new BenchException("connection " + client + " was not made: " + made);
            }
        }
    }
}
