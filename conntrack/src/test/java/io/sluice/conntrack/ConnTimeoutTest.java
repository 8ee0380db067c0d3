package io.sluice.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sluice.packet.Ipv4;
import io.sluice.packet.TupleKey;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How long connections without states of their own are kept, as Netfilter keeps them. */
class ConnTimeoutTest {
    private static final int ESP = 50;
    private static final TcpSegment NO_TCP = new TcpSegment();

    private final ArenaMemory memory = new ArenaMemory();
    private final ConnTable table = new ConnTable(16, memory);
    private final Tracker tracker = new Tracker(table, new ConnOwner(table));
    private int nowMs = -500;

    @AfterEach
    void free() {
        memory.close();
    }

    private long seconds(int protocol, boolean reply) {
        NewConnection keys = new NewConnection();
        keys.addresses = TupleKey.addresses(1, 2);
        keys.portsAndZone = TupleKey.portsAndScope(0, 0, protocol);
        keys.replyAddresses = TupleKey.invertAddresses(keys.addresses);
        keys.replyPortsAndZone = TupleKey.invertPorts(keys.portsAndZone);
        long addresses = reply ? keys.replyAddresses : keys.addresses;
        tracker.track(addresses, keys.portsAndZone, keys.wide, 0, NO_TCP, 60, nowMs);
        if (tracker.reference() == ConnTable.NONE) {
            tracker.commit(keys, NO_TCP, 60, nowMs);
        }
        return table.remainingMs(tracker.reference(), nowMs) / 1000;
    }

    @Test
    void udpIsAStreamAfterTwoSeconds() {
        assertEquals(30, seconds(Ipv4.PROTO_UDP, false));
        assertEquals(30, seconds(Ipv4.PROTO_UDP, true));
        nowMs += 2000;
        assertEquals(30, seconds(Ipv4.PROTO_UDP, false), "not after it");
        nowMs += 1;
        assertEquals(120, seconds(Ipv4.PROTO_UDP, false));
        nowMs += 119_000;
        assertEquals(120, seconds(Ipv4.PROTO_UDP, true));
    }

    @Test
    void aLateFirstAnswerIsNoStreamYet() {
        seconds(Ipv4.PROTO_UDP, false);
        nowMs += 10_000;
        assertEquals(30, seconds(Ipv4.PROTO_UDP, true));
        assertEquals(120, seconds(Ipv4.PROTO_UDP, true));
    }

    @Test
    void questionsWithoutAnswersAreNoStream() {
        for (int i = 0; i < 10; i++) {
            assertEquals(30, seconds(Ipv4.PROTO_UDP, false));
            nowMs += 1000;
        }
    }

    @Test
    void greIsAStreamAfterItsFirstAnswer() {
        assertEquals(30, seconds(Ipv4.PROTO_GRE, false));
        assertEquals(30, seconds(Ipv4.PROTO_GRE, true));
        nowMs += 1;
        assertEquals(180, seconds(Ipv4.PROTO_GRE, false));
        assertEquals(180, seconds(Ipv4.PROTO_GRE, true));
    }

    @Test
    void othersAreNot() {
        assertEquals(600, seconds(ESP, false));
        assertEquals(600, seconds(ESP, true));
    }

    @Test
    void theyCanBeConfigured() {
        table.zones()
                .setDefaultTimeouts(
                        new Timeouts(
                                Map.of("gre-unreplied", 7, "gre-replied", 8, "udp-unreplied", 9)));
        assertEquals(7, seconds(Ipv4.PROTO_GRE, false));
        nowMs += 1;
        seconds(Ipv4.PROTO_GRE, true);
        nowMs += 1;
        assertEquals(8, seconds(Ipv4.PROTO_GRE, false));
        assertEquals(9, seconds(Ipv4.PROTO_UDP, false));
    }
}
