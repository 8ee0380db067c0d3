package io.sluice.fastpath;

import static io.sluice.fastpath.Flows.any;
import static io.sluice.fastpath.Flows.commit;
import static io.sluice.fastpath.Flows.ct;
import static io.sluice.fastpath.Flows.flow;
import static io.sluice.fastpath.Flows.output;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.conntrack.ConnTable;
import io.sluice.dpdk.HugeMemory;
import io.sluice.packet.Ethernet;
import io.sluice.packet.FrameBuilder;
import io.sluice.packet.Memory;
import io.sluice.packet.Tcp;
import io.sluice.packet.TupleKey;
import java.util.List;
import org.junit.jupiter.api.Test;

/** IPv6 on cached ways; that the cache changes nothing is shown by the tests that replay. */
class CachedIpv6Test {
    private static final int CLIENTS = 1;
    private static final int SERVERS = 2;
    private static final int SLOT = 0;

    private static FrameBuilder request() {
        return new FrameBuilder()
                .ipv6(0x20010DB8L << 32, 1, 0x20010DB8L << 32, 2)
                .ports(4000, 80)
                .payload(new byte[8]);
    }

    private static FrameBuilder answer() {
        return new FrameBuilder()
                .ipv6(0x20010DB8L << 32, 2, 0x20010DB8L << 32, 1)
                .ports(80, 4000)
                .payload(new byte[8]);
    }

    private static List<Flow> firewall() {
        Match fromClients = any().exact(Field.IN_PORT, CLIENTS).build();
        Match fromServers = any().exact(Field.IN_PORT, SERVERS).build();
        return List.of(
                flow(0, 1, any(), ct(1, 1)),
                new Flow(
                        1,
                        1,
                        0,
                        fromClients,
                        List.of(commit(1), new Action.DecTtl(), output(SERVERS))),
                new Flow(1, 1, 0, fromServers, List.of(output(CLIENTS))));
    }

    @Test
    void packetsOfAConnectionTakeTheCachedWayBothWays() {
        try (Lab lab = new Lab(2, true, 64)) {
            lab.publish(firewall(), List.of());
            lab.receive(CLIENTS, request().udp());
            lab.receive(SERVERS, answer().udp());
            for (int i = 0; i < 2; i++) {
                lab.receive(CLIENTS, request().udp());
                lab.receive(SERVERS, answer().udp());
            }
            long before = lab.pipeline.hits();
            lab.sent(SERVERS);
            lab.receive(CLIENTS, request().ttl(9).tos(0x10).label(7).udp());
            lab.receive(SERVERS, answer().udp());
            assertEquals(2, lab.pipeline.hits() - before);
            assertArrayEquals(
                    request().ttl(8).tos(0x10).label(7).udp(), lab.sent(SERVERS).getFirst());
            assertEquals(1, lab.connections().size());
            String connection = lab.connections().getFirst();
            // 40 bytes of header, 8 of UDP's, 8 of data, in four packets each way.
            assertTrue(connection.contains(" 8 448 "), connection);
            lab.sent(CLIENTS);
        }
    }

    @Test
    void aTcpSegmentBeyondTheWindowTakesTheSlowPath() {
        try (Lab lab = new Lab(2, true, 64)) {
            lab.publish(firewall(), List.of());
            lab.receive(CLIENTS, request().payload(new byte[0]).tcpFlags(Tcp.SYN).tcp());
            lab.receive(
                    SERVERS,
                    answer().payload(new byte[0]).tcpFlags(Tcp.SYN | Tcp.ACK).sequence(0, 1).tcp());
            lab.receive(CLIENTS, ack(1));
            lab.receive(CLIENTS, ack(1));
            lab.receive(CLIENTS, ack(9));
            long before = lab.pipeline.hits();
            lab.receive(CLIENTS, ack(17));
            assertEquals(1, lab.pipeline.hits() - before, lab.windows().toString());
            lab.receive(CLIENTS, ack(1 << 30));
            assertEquals(1, lab.pipeline.hits() - before);
            lab.sent(CLIENTS);
            lab.sent(SERVERS);
        }
    }

    private static byte[] ack(int sequence) {
        return request().tcpFlags(Tcp.ACK).sequence(sequence, 1).tcp();
    }

    @Test
    void packetsThatOnlyHashAlikeTakeNoCachedWay() {
        ConnTable table = new ConnTable(64, HugeMemory::allocate);
        FlowCache cache = new FlowCache(64, table, HugeMemory::allocate);
        Ways ways = new Ways(table.zones(), HugeMemory::allocate);
        CachedWays cached =
                new CachedWays(table, cache, ways, new Outputs(0, HugeMemory::allocate));
        byte[] bytes = request().udp();
        long frame = HugeMemory.allocate(2048);
        Memory.copy(bytes, frame);
        long addresses = frame + Ethernet.HEADER_LENGTH + 8;
        long slots = HugeMemory.allocate(SlotLayout.BYTES);
        long entry = cache.first(0);
        Memory.putLong(slots + SlotLayout.FRAME, frame);
        Memory.putLong(slots + SlotLayout.ENTRY, entry);
        Memory.putLong(entry + CacheLayout.PORTS_AND_SCOPE, TupleKey.portsAndScope(1, 1, 17));
        Memory.putInt(entry + CacheLayout.GENERATION, 1);
        Memory.putInt(entry + CacheLayout.FLAGS, CacheLayout.IPV6);
        for (int half = 0; half < 2; half++) {
            long to = cache.wideLine(entry) + half * (long) WideLayout.ADDRESSES_BYTES;
            for (int at = 0; at < WideLayout.ADDRESSES_BYTES; at += Long.BYTES) {
                Memory.putLong(to + at, Memory.getLong(addresses + at));
            }
        }
        assertEquals(1, cached.take(slots, SLOT, 1, 1, 1, 0));
        Memory.putByte(addresses + 31, 3);
        assertEquals(0, cached.take(slots, SLOT, 1, 1, 1, 0));
        Memory.putByte(addresses + 31, 2);
        Memory.putByte(addresses, 0x30);
        assertEquals(0, cached.take(slots, SLOT, 1, 1, 1, 0));
    }
}
