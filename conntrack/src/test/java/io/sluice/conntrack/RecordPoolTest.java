package io.sluice.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.Ipv4;
import io.sluice.packet.TupleKey;
import org.junit.jupiter.api.Test;

class RecordPoolTest {
    private static final TcpSegment NO_TCP = new TcpSegment();

    /** Epochs pass once a millisecond: 2^31 of them are 25 days. */
    @Test
    void recordsComeBackTwoEpochsAfterTheirEndHoweverManyPassedBefore() {
        for (long first : new long[] {1, Integer.MAX_VALUE - 100L, (1L << 32) - 100}) {
            try (ArenaMemory memory = new ArenaMemory()) {
                ConnTable table = new ConnTable(4, memory);
                table.pool().beginAt(first);
                ConnOwner owner = new ConnOwner(table);
                Tracker tracker = new Tracker(table, owner);
                NewConnection fresh = new NewConnection();
                setKeys(fresh);
                int last = ConnTable.NONE;
                for (int i = 0; i < 1000; i++) {
                    int made = tracker.commit(fresh, NO_TCP, 60, 0);
                    assertTrue(made >= 0);
                    assertNotEquals(last, made, "a record was used again too early");
                    last = made;
                    tracker.end(made);
                    owner.sweep(0, 1, 0);
                    owner.quiet();
                }
                assertEquals(first + 1000, table.pool().epoch());
                assertTrue(
                        table.pool().everUsed() <= RecordPool.CHAIN, "records did not come back");
            }
        }
    }

    private static void setKeys(NewConnection fresh) {
        fresh.addresses = TupleKey.addresses(7, 1);
        fresh.portsAndZone = TupleKey.portsAndScope(TupleKey.ports(7, 53), 5, Ipv4.PROTO_UDP);
        fresh.replyAddresses = TupleKey.invertAddresses(fresh.addresses);
        fresh.replyPortsAndZone = TupleKey.invertPorts(fresh.portsAndZone);
    }
}
