package io.sluice.control.event;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.conntrack.BlockEventWriter;
import io.sluice.conntrack.ConnFilter;
import io.sluice.conntrack.ConnOwner;
import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.EventType;
import io.sluice.conntrack.NewConnection;
import io.sluice.conntrack.TcpSegment;
import io.sluice.conntrack.Tracker;
import io.sluice.packet.IpAddress;
import io.sluice.packet.Ipv4;
import io.sluice.packet.TupleKey;
import java.lang.foreign.Arena;

/** A connection table whose only worker is the test's thread. */
final class TableMaker implements AutoCloseable {
    static final int CAPACITY = 40_000;
    static final int ZONE = 5;
    private static final TcpSegment NO_TCP = new TcpSegment();

    private final Arena arena = Arena.ofShared();
    final ConnTable table = new ConnTable(CAPACITY, bytes -> arena.allocate(bytes, 4096).address());
    private final ConnOwner owner = new ConnOwner(table);
    private final Tracker tracker = new Tracker(table, owner);
    private final BlockEventWriter blocks = tracker.newBlockEventWriter();
    private int nowMs = 5;

    /** Makes UDP connections from as many ports, in zone 5. */
    void make(int fromPort, int count) {
        NewConnection fresh = new NewConnection();
        for (int port = fromPort; port < fromPort + count; port++) {
            fresh.addresses = TupleKey.addresses(0x0A000001, 0xC0000201);
            fresh.portsAndZone =
                    TupleKey.portsAndScope(TupleKey.ports(port, 53), ZONE, Ipv4.PROTO_UDP);
            fresh.replyAddresses = TupleKey.invertAddresses(fresh.addresses);
            fresh.replyPortsAndZone = TupleKey.invertPorts(fresh.portsAndZone);
            fresh.mark = port;
            tracker.track(fresh.addresses, fresh.portsAndZone, fresh.wide, 0, NO_TCP, 60, nowMs);
            assertTrue(tracker.commit(fresh, NO_TCP, 60, nowMs) >= 0);
        }
    }

    /** Tells of a port block of as many ports. */
    void tellBlock(EventType type, IpAddress client, IpAddress outside, int firstPort, int count) {
        if (blocks.begin(type, client.ipv6())) {
            blocks.client(ZONE, client.high(), client.low());
            blocks.outside(ZONE, outside.high(), outside.low());
            blocks.end(firstPort, firstPort + count - 1, nowMs);
        }
    }

    /** Ends all connections. */
    void endAll() {
        table.flush(ConnFilter.ofZone(ZONE), nowMs);
        while (table.size() > 0) {
            owner.sweep(0, 1, nowMs);
            owner.quiet();
        }
    }

    /** The table's clock. */
    long clockMs() {
        return nowMs;
    }

    void sleep(int ms) {
        nowMs += ms;
    }

    @Override
    public void close() {
        arena.close();
    }
}
