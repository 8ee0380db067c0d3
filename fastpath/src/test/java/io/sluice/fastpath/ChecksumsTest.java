package io.sluice.fastpath;

import static io.sluice.fastpath.Flows.any;
import static io.sluice.fastpath.Flows.commit;
import static io.sluice.fastpath.Flows.ct;
import static io.sluice.fastpath.Flows.flow;
import static io.sluice.fastpath.Flows.output;
import static io.sluice.fastpath.Flows.state;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.conntrack.CtState;
import io.sluice.dpdk.Mbuf;
import io.sluice.packet.FrameBuilder;
import io.sluice.packet.Icmpv6;
import io.sluice.packet.Memory;
import io.sluice.packet.Tcp;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChecksumsTest {
    private static final int CLIENTS = 1;
    private static final int SERVERS = 2;
    private static final int INVALID = 3;

    enum Kind {
        TCP,
        UDP,
        SCTP,
        ICMP,
        TCP6,
        UDP6,
        SCTP6,
        ICMP6;

        private byte[] build(FrameBuilder ipv4) {
            FrameBuilder builder = isIpv4() ? ipv4 : ipv4.ipv6(0xFD00L << 48, 1, 0xFD00L << 48, 2);
            return switch (this) {
                case TCP, TCP6 -> builder.tcp();
                case UDP, UDP6 -> builder.udp();
                case SCTP, SCTP6 -> builder.sctpInit();
                case ICMP -> builder.icmp();
                case ICMP6 -> builder.icmpType(Icmpv6.ECHO).icmpv6();
            };
        }

        byte[] frame(int payloadBytes) {
            byte[] payload = new byte[payloadBytes];
            for (int i = 0; i < payloadBytes; i++) {
                payload[i] = (byte) (i * 7 + 1);
            }
            return build(new FrameBuilder().tcpFlags(Tcp.SYN).ports(1000, 80).payload(payload));
        }

        boolean isIpv4() {
            return ordinal() < TCP6.ordinal();
        }
    }

    /** What is not inv is let through, one way as the other. */
    private static Lab lab(boolean cache, Checksums.Verify verify) {
        Lab lab = new Lab(3, cache, 64, verify, TimeExceededSource.NONE);
        Match.Builder fromClients = any().exact(Field.IN_PORT, CLIENTS);
        Match.Builder fromServers = any().exact(Field.IN_PORT, SERVERS);
        lab.publish(
                List.of(
                        flow(0, 1, any(), ct(1, 1)),
                        flow(1, 9, state(any(), CtState.INVALID, 0), output(INVALID)),
                        flow(1, 1, fromClients, commit(1), output(SERVERS)),
                        flow(1, 1, fromServers, output(CLIENTS))),
                List.of());
        return lab;
    }

    private static int count(Lab lab, int port) {
        return lab.sent(port).size();
    }

    private static byte[] damaged(byte[] frame, int at) {
        byte[] copy = frame.clone();
        copy[at] ^= 0x10;
        return copy;
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aPacketThatBeginsAConnectionMustBeWhole(Kind kind) {
        try (Lab lab = lab(true, Checksums.Verify.STATE)) {
            for (int payload = 0; payload < 5; payload++) {
                byte[] frame = kind.frame(payload);
                int l4 = kind.isIpv4() ? 34 : 54;
                int checked = frame.length;
                for (int at = l4; at < checked; at++) {
                    // Of the fields that make another kind of packet of it, those are left alone.
                    if (at == l4 || isStructure(kind, at - l4)) {
                        continue;
                    }
                    lab.receive(CLIENTS, damaged(frame, at));
                    assertEquals(0, count(lab, SERVERS), "byte " + at);
                    assertEquals(1, count(lab, INVALID), "byte " + at);
                }
                assertTrue(lab.connections().isEmpty());
            }
            lab.receive(CLIENTS, kind.frame(5));
            assertEquals(1, count(lab, SERVERS));
            assertEquals(0, count(lab, INVALID));
        }
    }

    /** TCP's header length and flags, UDP's length, ICMP's type and code. */
    private static boolean isStructure(Kind kind, int offset) {
        return switch (kind) {
            case TCP, TCP6 -> offset == 12 || offset == 13;
            case UDP, UDP6 -> offset == 4 || offset == 5;
            case ICMP, ICMP6 -> offset < 2;
            case SCTP, SCTP6 -> false;
        };
    }

    @ParameterizedTest
    @ValueSource(ints = {24, 25, 15, 18})
    void theIpv4HeaderCountsToo(int at) {
        try (Lab lab = lab(true, Checksums.Verify.STATE)) {
            lab.receive(CLIENTS, damaged(Kind.UDP.frame(8), at));
            assertEquals(1, count(lab, INVALID));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void dataOfAnEstablishedConnectionIsLetThrough(boolean cache) {
        FrameBuilder there = new FrameBuilder().ip("10.0.0.1", "10.0.0.2").ports(1000, 80);
        FrameBuilder back = new FrameBuilder().ip("10.0.0.2", "10.0.0.1").ports(80, 1000);
        byte[] request = there.payload(new byte[4]).udp();
        byte[] answer = back.payload(new byte[4]).udp();
        try (Lab lab = lab(cache, Checksums.Verify.STATE)) {
            lab.receive(CLIENTS, request);
            assertEquals(1, count(lab, SERVERS));
            lab.receive(SERVERS, damaged(answer, 44));
            assertEquals(1, count(lab, INVALID), "the first answer moves the connection");
            lab.receive(CLIENTS, damaged(request, 44));
            assertEquals(1, count(lab, SERVERS));
            lab.receive(SERVERS, answer);
            lab.receive(SERVERS, damaged(answer, 44));
            assertEquals(2, count(lab, CLIENTS));
            assertEquals(0, count(lab, INVALID));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void unlessAllAreToBeVerified(boolean cache) {
        try (Lab lab = lab(cache, Checksums.Verify.ALL)) {
            for (Kind kind : List.of(Kind.UDP, Kind.UDP6)) {
                byte[] frame = kind.frame(7);
                lab.receive(CLIENTS, frame);
                lab.receive(CLIENTS, frame, frame, damaged(frame, frame.length - 1), frame);
                assertEquals(4, count(lab, SERVERS));
                assertEquals(1, count(lab, INVALID));
            }
            assertEquals(cache ? 4 : 0, lab.pipeline.hits());
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void noneIsAsked(Kind kind) {
        try (Lab lab = lab(true, Checksums.Verify.NONE)) {
            byte[] frame = kind.frame(9);
            lab.receive(CLIENTS, damaged(frame, frame.length - 1));
            assertEquals(1, count(lab, SERVERS));
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void sumsGoOnFromOneMbufToTheNext(Kind kind) {
        try (Lab lab = lab(false, Checksums.Verify.STATE)) {
            byte[] frame = kind.frame(61);
            int headers = (kind.isIpv4() ? 34 : 54) + 20;
            for (int first = headers; first < frame.length; first++) {
                for (int second = first; second < frame.length; second += 7) {
                    assertTrue(isRight(lab, frame, first, second), "split at " + first);
                }
            }
            byte[] wrong = damaged(frame, frame.length - 1);
            assertFalse(isRight(lab, wrong, headers, headers + 1));
        }
    }

    private static boolean isRight(Lab lab, byte[] frame, int first, int second) {
        long one = segment(lab, Arrays.copyOf(frame, first));
        long two = segment(lab, Arrays.copyOfRange(frame, first, second));
        long three = segment(lab, Arrays.copyOfRange(frame, second, frame.length));
        Memory.putLong(one + Mbuf.NEXT, two);
        Memory.putLong(two + Mbuf.NEXT, three);
        Memory.putShort(one + Mbuf.NB_SEGS, 3);
        Memory.putInt(one + Mbuf.PKT_LEN, frame.length);
        SlowPacket packet = new SlowPacket();
        assertEquals(SlowPacket.NOT_MALFORMED, packet.parse(one, CLIENTS));
        boolean right = Checksums.areRight(packet);
        Mbuf.free(one);
        return right;
    }

    private static long segment(Lab lab, byte[] bytes) {
        long mbuf = Mbuf.alloc(lab.pool);
        Memory.copy(bytes, Mbuf.append(mbuf, bytes.length));
        return mbuf;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatTheNicSaysIsBelieved(boolean good) {
        try (Lab lab = lab(false, Checksums.Verify.STATE)) {
            byte[] frame = Kind.TCP.frame(8);
            byte[] other = good ? damaged(damaged(frame, 24), 60) : frame;
            long mbuf = segment(lab, other);
            long flags =
                    good
                            ? (Mbuf.RX_IP_CHECKSUM_MASK & ~Mbuf.RX_IP_CHECKSUM_BAD)
                                    | (Mbuf.RX_L4_CHECKSUM_MASK & ~Mbuf.RX_L4_CHECKSUM_BAD)
                            : Mbuf.RX_L4_CHECKSUM_BAD;
            Memory.putLong(mbuf + Mbuf.OL_FLAGS, flags);
            SlowPacket packet = new SlowPacket();
            packet.parse(mbuf, CLIENTS);
            assertEquals(good, Checksums.areRight(packet));
            Mbuf.free(mbuf);
        }
    }
}
