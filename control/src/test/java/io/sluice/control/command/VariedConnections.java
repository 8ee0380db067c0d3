package io.sluice.control.command;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.conntrack.ConnOwner;
import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.NewConnection;
import io.sluice.conntrack.SctpChunks;
import io.sluice.conntrack.Segment;
import io.sluice.conntrack.TcpSegment;
import io.sluice.conntrack.Tracker;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Memory;
import io.sluice.packet.Sctp;
import io.sluice.packet.TupleHash;
import io.sluice.packet.TupleKey;
import java.lang.foreign.Arena;
import java.util.Random;

/** A table with connections of all kinds that a dump tells apart. */
final class VariedConnections implements AutoCloseable {
    private static final int[] PROTOCOLS = {6, 17, 132, 47, 200};
    private static final int ICMP = 1;
    private static final int ICMPV6 = 58;
    private static final int PING = 8 << 8;
    private static final int PING_V6 = 128 << 8;
    private static final int TCP_BYTES = 20;
    private static final int SYN_AT = 13;
    private static final int NOW_MS = 5;

    final ConnTable table;
    private final Arena arena = Arena.ofShared();
    private final Tracker tracker;
    private final TcpSegment syn = new TcpSegment();
    private final SctpChunks init = new SctpChunks();
    private final Random random;

    VariedConnections(int count, long seed) {
        random = new Random(seed);
        table = new ConnTable(count, bytes -> arena.allocate(bytes, 4096).address());
        tracker = new Tracker(table, new ConnOwner(table));
        long header = arena.allocate(TCP_BYTES, 8).address();
        Memory.putByte(header + SYN_AT - 1, (TCP_BYTES / 4) << 4);
        Memory.putByte(header + SYN_AT, 2);
        syn.read(header, TCP_BYTES, TCP_BYTES);
        int sctpBytes = Sctp.HEADER_LENGTH + Sctp.INIT_LENGTH;
        long sctp = arena.allocate(sctpBytes, 8).address();
        Memory.putByte(sctp + Sctp.HEADER_LENGTH, Sctp.INIT);
        Memory.putByte(sctp + Sctp.HEADER_LENGTH + 3, Sctp.INIT_LENGTH);
        init.read(sctp, sctpBytes);
        for (int i = 0; i < count; i++) {
            make(i);
        }
    }

    private void make(int client) {
        NewConnection fresh = new NewConnection();
        boolean ipv6 = random.nextBoolean();
        int kind = random.nextInt(PROTOCOLS.length + 1);
        boolean icmp = kind == PROTOCOLS.length;
        int protocol = icmp ? (ipv6 ? ICMPV6 : ICMP) : PROTOCOLS[kind];
        int ports =
                TupleKey.ports(
                        random.nextInt(1 << 16),
                        icmp ? (ipv6 ? PING_V6 : PING) : random.nextInt(1 << 16));
        long word = TupleKey.portsAndScope(ports, random.nextInt(3), protocol);
        fresh.portsAndZone = ipv6 ? TupleKey.ofIpv6(word) : word;
        fresh.replyPortsAndZone = TupleKey.invertPorts(fresh.portsAndZone);
        if (random.nextInt(4) == 0) {
            // In another zone in that direction.
            fresh.replyPortsAndZone ^= TupleKey.portsAndScope(0, 4, 0);
        }
        fresh.addresses = TupleKey.addresses(client, random.nextInt());
        fresh.replyAddresses = TupleKey.invertAddresses(fresh.addresses);
        if (ipv6) {
            long high = random.nextBoolean() ? 0x20010db8_00000000L : random.nextLong();
            long[] wide = {high, client, random.nextInt(2), 3, random.nextInt(2), 3, high, client};
            System.arraycopy(wide, 0, fresh.wide, 0, wide.length);
            fresh.addresses = TupleHash.wide(wide, 0);
            fresh.replyAddresses = TupleHash.wide(wide, 4);
        }
        fresh.mark = random.nextInt(3) == 0 ? random.nextInt() : random.nextInt(3);
        fresh.labelHigh = random.nextInt(3) == 0 ? random.nextLong() : 0;
        fresh.labelLow = random.nextInt(3) == 0 ? random.nextLong() : random.nextInt(2);
        Segment first = protocol == Ipv4.PROTO_SCTP ? init : syn;
        assertTrue(tracker.commit(fresh, first, random.nextInt(1500), NOW_MS) >= 0);
    }

    /** The table's clock. */
    int nowMs() {
        return NOW_MS + 1500;
    }

    @Override
    public void close() {
        arena.close();
    }
}
