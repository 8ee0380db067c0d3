package io.sluice.fastpath;

import static io.sluice.fastpath.Flows.any;
import static io.sluice.fastpath.Flows.commit;
import static io.sluice.fastpath.Flows.commitMark;
import static io.sluice.fastpath.Flows.ct;
import static io.sluice.fastpath.Flows.ctNat;
import static io.sluice.fastpath.Flows.dnat;
import static io.sluice.fastpath.Flows.flow;
import static io.sluice.fastpath.Flows.isEstablished;
import static io.sluice.fastpath.Flows.isNew;
import static io.sluice.fastpath.Flows.output;
import static io.sluice.fastpath.Flows.snat;
import static io.sluice.fastpath.Flows.state;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.conntrack.CtState;
import io.sluice.conntrack.FragmentOutcome;
import io.sluice.conntrack.FragmentSettings;
import io.sluice.conntrack.Helper;
import io.sluice.natlb.NatRange;
import io.sluice.packet.FrameBuilder;
import io.sluice.packet.Icmp;
import io.sluice.packet.Icmpv6;
import io.sluice.packet.IpAddress;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Ipv6;
import io.sluice.packet.Tcp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Fragments through flows that track them; whole frames are compared. */
class FragmentTest {
    private static final int INSIDE = 1;
    private static final int OUTSIDE = 2;
    private static final int ASIDE = 3;
    private static final String CLIENT = "10.1.1.1";
    private static final String SERVER = "203.0.113.7";
    private static final String OUTER = "198.51.100.1";
    private static final String BACKEND = "192.168.7.7";
    private static final long NET = 0x20010db8_00000000L;
    private static final int INVALID = CtState.TRACKED | CtState.INVALID;
    private static final int PORT = 4000;

    private final Random random = new Random(20261124);

    private static Lab lab(List<Flow> flows) {
        Lab lab = new Lab(4, true, 1024);
        allow(lab, FragmentSettings.DEFAULT.withMin(false, 0).withMin(true, 0));
        lab.publish(flows, List.of());
        return lab;
    }

    private static void allow(Lab lab, FragmentSettings settings) {
        lab.table.fragments().configure(settings);
    }

    private static List<Flow> tracking(Action commit) {
        return List.of(
                flow(0, 1, any(), ctNat(5, 1)),
                flow(1, 3, state(any(), INVALID, 0), output(ASIDE)),
                flow(1, 2, isNew(any()).exact(Field.IN_PORT, INSIDE), commit, output(OUTSIDE)),
                flow(1, 1, isEstablished(any()).exact(Field.IN_PORT, INSIDE), output(OUTSIDE)),
                flow(1, 1, isEstablished(any()).exact(Field.IN_PORT, OUTSIDE), output(INSIDE)));
    }

    private static NatRange source6(long low) {
        IpAddress address = IpAddress.ofIpv6(NET, low);
        return new NatRange(NatRange.Side.SOURCE, address, address, 0, 0, NatRange.Pick.DEFAULT);
    }

    private byte[] payload(int bytes) {
        byte[] payload = new byte[bytes];
        random.nextBytes(payload);
        return payload;
    }

    /** What datagrams are made of, as its sender builds it. */
    private interface Kind {
        byte[] frame(FrameBuilder builder);
    }

    private static final List<Kind> KINDS =
            List.of(
                    FrameBuilder::udp,
                    builder -> builder.withoutUdpChecksum().udp(),
                    builder -> builder.tcpFlags(Tcp.SYN).tcp(),
                    FrameBuilder::sctpInit,
                    builder -> builder.icmpType(Icmp.ECHO).icmp(),
                    builder -> builder.ipv4(Ipv4.PROTO_GRE, new byte[3000]));

    private static final List<Kind> KINDS6 =
            List.of(
                    FrameBuilder::udp,
                    builder -> builder.tcpFlags(Tcp.SYN).tcp(),
                    FrameBuilder::sctpInit,
                    builder -> builder.icmpType(Icmpv6.ECHO).icmpv6(),
                    builder -> builder.extension(Ipv6.NEXT_HOP_BY_HOP, new byte[6]).udp(),
                    builder ->
                            builder.extension(Ipv6.NEXT_HOP_BY_HOP, new byte[14])
                                    .extension(Ipv6.NEXT_DESTINATION, new byte[6])
                                    .udp());

    private void send(Lab lab, int port, List<byte[]> parts) {
        List<byte[]> shuffled = new ArrayList<>(parts);
        Collections.shuffle(shuffled, random);
        List<byte[]> sent = new ArrayList<>(shuffled);
        // Before the last, which completes them: some once more.
        for (int i = 0; i + 1 < shuffled.size(); i++) {
            if (random.nextInt(3) == 0) {
                sent.add(i + 1, shuffled.get(random.nextInt(i + 1)));
            }
        }
        for (int from = 0; from < sent.size(); from += 32) {
            lab.receive(port, sent.subList(from, Math.min(sent.size(), from + 32)));
        }
        lab.pipeline.fold();
    }

    private static void assertFrames(List<byte[]> expected, List<byte[]> actual) {
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), actual.get(i), "fragment " + i);
        }
    }

    private FrameBuilder request(String from, String to, byte[] payload) {
        return new FrameBuilder().ip(from, to).ports(PORT, 53).payload(payload);
    }

    @Test
    void everyFragmentIsTranslatedAsItsDatagram() {
        for (boolean source : new boolean[] {true, false}) {
            NatRange range = source ? snat(OUTER, 0, 0) : dnat(BACKEND, BACKEND, 0);
            try (Lab lab = lab(tracking(commit(5, range)))) {
                for (Kind kind : KINDS) {
                    for (int bytes : new int[] {40, 480, 1480}) {
                        lab.forgetAll();
                        byte[] payload = payload(1500 + random.nextInt(1000));
                        byte[] asked = kind.frame(request(CLIENT, SERVER, payload));
                        byte[] seen =
                                kind.frame(
                                        request(
                                                source ? OUTER : CLIENT,
                                                source ? SERVER : BACKEND,
                                                payload));
                        send(lab, INSIDE, Fragmentation.cut(asked, bytes, 77));
                        assertFrames(Fragmentation.cut(seen, bytes, 77), lab.sent(OUTSIDE));
                        List<String> connections = lab.connections();
                        assertEquals(1, connections.size());
                        // Packets and bytes: one, as long as all of it.
                        String counted = " 1 " + (asked.length - 14) + " ";
                        assertTrue(connections.getFirst().contains(counted), connections::toString);
                    }
                }
            }
        }
    }

    @Test
    void answersInFragmentsFindTheirConnection() {
        try (Lab lab = lab(tracking(commit(5, snat(OUTER, 7000, 7000))))) {
            byte[] payload = payload(4000);
            lab.receive(INSIDE, request(CLIENT, SERVER, new byte[10]).udp());
            assertEquals(7000, Frames.srcPort(lab.sent(OUTSIDE).getFirst()));
            byte[] answer =
                    new FrameBuilder().ip(SERVER, OUTER).ports(53, 7000).payload(payload).udp();
            byte[] inside =
                    new FrameBuilder().ip(SERVER, CLIENT).ports(53, PORT).payload(payload).udp();
            send(lab, OUTSIDE, Fragmentation.cut(answer, 1480, 9));
            assertFrames(Fragmentation.cut(inside, 1480, 9), lab.sent(INSIDE));
            // The port in the first, the checksum over all of them.
            byte[] more = request(CLIENT, SERVER, payload).udp();
            byte[] outside =
                    new FrameBuilder().ip(OUTER, SERVER).ports(7000, 53).payload(payload).udp();
            send(lab, INSIDE, Fragmentation.cut(more, 800, 10));
            assertFrames(Fragmentation.cut(outside, 800, 10), lab.sent(OUTSIDE));
        }
    }

    @Test
    void fragmentsOfIpv6WithExtensionHeadersAreTranslated() {
        try (Lab lab = lab(tracking(commit(5, source6(0xFF))))) {
            for (Kind kind : KINDS6) {
                for (int bytes : new int[] {64, 1232}) {
                    lab.forgetAll();
                    byte[] payload = payload(2000 + random.nextInt(1000));
                    byte[] asked = kind.frame(request6(1, payload));
                    byte[] seen = kind.frame(request6(0xFF, payload));
                    send(lab, INSIDE, Fragmentation.cut(asked, bytes, 0x12345678));
                    assertFrames(Fragmentation.cut(seen, bytes, 0x12345678), lab.sent(OUTSIDE));
                    assertEquals(1, lab.connections().size());
                }
            }
        }
    }

    private static FrameBuilder request6(long client, byte[] payload) {
        return new FrameBuilder().ipv6(NET, client, NET, 2).ports(PORT, 53).payload(payload);
    }

    @Test
    void aDatagramWithAWrongChecksumIsInvalid() {
        try (Lab lab = lab(tracking(commit(5)))) {
            for (Kind kind : KINDS.subList(2, 5)) {
                byte[] frame = kind.frame(request(CLIENT, SERVER, payload(3001)));
                for (int at : new int[] {60, 1600, frame.length - 1}) {
                    byte[] wrong = frame.clone();
                    wrong[at] ^= 1;
                    List<byte[]> parts = Fragmentation.cut(wrong, 1480, at);
                    send(lab, INSIDE, parts);
                    assertFrames(parts, lab.sent(ASIDE));
                }
                assertEquals(List.of(), lab.connections());
                send(lab, INSIDE, Fragmentation.cut(frame, 1480, 5));
                assertEquals(3, lab.sent(OUTSIDE).size());
                lab.forgetAll();
            }
        }
    }

    @Test
    void whatIsNotTrackedDoesNotWait() {
        try (Lab lab =
                lab(
                        List.of(
                                flow(0, 2, any().exact(Field.IN_PORT, INSIDE), output(OUTSIDE)),
                                flow(0, 1, any(), ct(5, 1)),
                                flow(1, 1, any(), output(INSIDE))))) {
            List<byte[]> parts =
                    Fragmentation.cut(request(CLIENT, SERVER, payload(3000)).udp(), 1480, 1);
            lab.receive(INSIDE, parts.get(1));
            assertFrames(List.of(parts.get(1)), lab.sent(OUTSIDE));
            // RFC 6946: an atomic fragment is a packet.
            byte[] atomic = request6(1, payload(20)).fragmentHeader(0).udp();
            lab.receive(OUTSIDE, atomic, parts.get(0));
            assertFrames(List.of(atomic), lab.sent(INSIDE));
            assertEquals(1, lab.table.fragments().waiting());
        }
    }

    @Test
    void disabledFragmentsAreInvalid() {
        try (Lab lab = lab(tracking(commit(5)))) {
            allow(lab, FragmentSettings.DEFAULT.withEnabled(false, false));
            List<byte[]> parts =
                    Fragmentation.cut(request(CLIENT, SERVER, payload(3000)).udp(), 1480, 1);
            lab.receive(INSIDE, parts.toArray(byte[][]::new));
            assertFrames(parts, lab.sent(ASIDE));
        }
    }

    /** What is done before the ct() is done once, and what flows match is each fragment's own. */
    @Test
    void flowsSeeEachFragmentOnce() {
        Match.Builder later = isNew(any()).exact(Field.NW_FRAG, Field.FRAG_ANY | Field.FRAG_LATER);
        try (Lab lab =
                lab(
                        List.of(
                                flow(0, 1, any(), output(ASIDE), new Action.DecTtl(), ct(5, 1)),
                                flow(1, 2, later.exact(Field.CT_TP_DST, 53), output(INSIDE)),
                                flow(
                                        1,
                                        1,
                                        isNew(any()).masked(Field.NW_FRAG, 1, 3),
                                        commit(6),
                                        output(OUTSIDE))))) {
            for (FrameBuilder builder :
                    List.of(request(CLIENT, SERVER, payload(3000)), request6(1, payload(3000)))) {
                lab.forgetAll();
                List<byte[]> parts = Fragmentation.cut(builder.ttl(64).udp(), 1200, 1);
                List<byte[]> older = Fragmentation.cut(builder.ttl(63).udp(), 1200, 1);
                for (byte[] part : parts.reversed()) {
                    lab.receive(ASIDE + 1, part);
                }
                assertFrames(parts, lab.sent(ASIDE));
                assertFrames(older.subList(1, 3), lab.sent(INSIDE));
                assertFrames(older.subList(0, 1), lab.sent(OUTSIDE));
            }
        }
    }

    /** As the first one saw them, though it has changed them since. */
    @Test
    void connectionsFieldsAreTheSameForAllFragments() {
        Match.Builder unmarked = isNew(any()).exact(Field.CT_MARK, 0);
        try (Lab lab =
                lab(
                        List.of(
                                flow(0, 1, any(), ct(5, 1)),
                                flow(1, 2, unmarked, commitMark(5, 9), output(OUTSIDE)),
                                flow(1, 1, any(), commitMark(5, 0), output(INSIDE))))) {
            byte[] frame = request(CLIENT, SERVER, payload(3000)).udp();
            for (int round = 0; round < 3; round++) {
                lab.forgetAll();
                List<byte[]> parts = Fragmentation.cut(frame, 1480, 3 * round);
                send(lab, ASIDE, parts);
                assertFrames(parts, lab.sent(OUTSIDE));
                List<byte[]> more = Fragmentation.cut(frame, 1480, 3 * round + 1);
                send(lab, ASIDE, more);
                assertFrames(more, lab.sent(INSIDE));
                List<byte[]> again = Fragmentation.cut(frame, 1480, 3 * round + 2);
                send(lab, ASIDE, again);
                assertFrames(again, lab.sent(OUTSIDE));
            }
        }
    }

    @Test
    void copiesAreTrackedAsTheirDatagram() {
        try (Lab lab =
                lab(
                        List.of(
                                flow(
                                        0,
                                        1,
                                        any(),
                                        new Action.Clone(List.of(ct(5, 1))),
                                        output(ASIDE)),
                                flow(1, 2, isNew(any()), commit(5), output(OUTSIDE))))) {
            for (Kind kind : KINDS) {
                byte[] frame = kind.frame(request(CLIENT, SERVER, payload(3001)));
                List<byte[]> parts = Fragmentation.cut(frame, 1480, 3);
                send(lab, INSIDE, parts);
                assertFrames(parts, lab.sent(OUTSIDE));
                assertFrames(parts, lab.sent(ASIDE));
                // The copy of the first is as good for the checksum as itself.
                assertEquals(1, lab.connections().size());
                lab.forgetAll();
            }
        }
    }

    private static Group.Bucket bucket(int server, int port) {
        String address = "10.0.0." + server;
        return new Group.Bucket(
                server,
                address,
                1,
                OptionalInt.empty(),
                OptionalInt.empty(),
                List.of(commit(5, dnat(address, address, 0)), output(port)));
    }

    @Test
    void turnsAreTheDatagrams() {
        try (Lab lab = lab(List.of())) {
            lab.publish(
                    List.of(flow(0, 1, any(), ctNat(5, 1)), flow(1, 1, any(), new Action.Group(1))),
                    List.of(
                            new Group(
                                    1,
                                    Group.Type.SELECT,
                                    new Selection(
                                            Selection.Method.ROUND_ROBIN, 0, List.of(), 0, 1024),
                                    List.of(bucket(2, OUTSIDE), bucket(3, ASIDE)))));
            boolean before = false;
            for (int i = 0; i < 6; i++) {
                FrameBuilder builder = request(CLIENT, SERVER, payload(3000)).ports(PORT + i, 53);
                send(lab, INSIDE, Fragmentation.cut(builder.udp(), 1480, i));
                List<byte[]> here = lab.sent(OUTSIDE);
                List<byte[]> there = lab.sent(ASIDE);
                // All of it went through one bucket, and the one before it through the other.
                assertEquals(3, Math.max(here.size(), there.size()));
                assertEquals(0, Math.min(here.size(), there.size()));
                assertTrue(i == 0 || before != here.isEmpty(), "turn " + i);
                before = here.isEmpty();
            }
        }
    }

    /** Its data could not grow; it is sent again, hardly in fragments for ever. */
    @Test
    void whatAHelperReadsIsNotInFragments() {
        Action.Ct control =
                new Action.Ct(5, true, false, -1, true, Optional.of(snat(OUTER, 0, 0)), 0, 0);
        try (Lab lab = lab(tracking(control.with(Helper.FTP, false)))) {
            FrameBuilder tcp = new FrameBuilder().ip(CLIENT, SERVER).ports(PORT, 21);
            lab.receive(INSIDE, tcp.sequence(99, 0).tcpFlags(Tcp.SYN).tcp());
            assertEquals(1, lab.sent(OUTSIDE).size());
            FrameBuilder answer = new FrameBuilder().ip(SERVER, OUTER).ports(21, PORT);
            lab.receive(OUTSIDE, answer.sequence(0, 100).tcpFlags(Tcp.SYN | Tcp.ACK).tcp());
            assertEquals(1, lab.sent(INSIDE).size());
            byte[] command = new byte[600];
            Arrays.fill(command, (byte) 'A');
            tcp.sequence(100, 1).tcpFlags(Tcp.ACK).payload(command).padTo(0);
            List<byte[]> parts = Fragmentation.cut(tcp.tcp(), 400, 3);
            // Bytes behind the first fragment's packet are not of it.
            parts.set(0, Arrays.copyOf(parts.get(0), parts.get(0).length + 500));
            lab.receive(INSIDE, parts.toArray(byte[][]::new));
            assertEquals(2, lab.dropped(DropReason.HELPER_NO_ROOM));
            assertEquals(List.of(), lab.sent(OUTSIDE));
        }
    }

    @Test
    void aRefusalIsEveryFragments() {
        try (Lab lab = lab(tracking(commit(5)))) {
            lab.table.zones().setLimit(5, 1);
            lab.receive(INSIDE, request(CLIENT, BACKEND, new byte[4]).udp());
            send(
                    lab,
                    INSIDE,
                    Fragmentation.cut(request(CLIENT, SERVER, payload(3000)).udp(), 1480, 1));
            assertEquals(3, lab.dropped(DropReason.CT_ZONE_LIMIT));
            assertEquals(1, lab.sent(OUTSIDE).size());
            assertEquals(1, lab.connections().size());
        }
    }

    @Test
    void twoZonesHaveTheirOwnVerdicts() {
        try (Lab lab =
                lab(
                        List.of(
                                flow(0, 1, any(), ct(1, 1)),
                                flow(1, 1, isNew(any()), commit(1), ctNat(2, 2)),
                                flow(
                                        2,
                                        1,
                                        isNew(any()),
                                        commit(2, snat(OUTER, 0, 0)),
                                        output(OUTSIDE))))) {
            byte[] payload = payload(5000);
            send(lab, INSIDE, Fragmentation.cut(request(CLIENT, SERVER, payload).udp(), 1480, 3));
            assertFrames(
                    Fragmentation.cut(request(OUTER, SERVER, payload).udp(), 1480, 3),
                    lab.sent(OUTSIDE));
            assertEquals(2, lab.connections().size());
        }
    }

    @Test
    void overlapsEndADatagramWithWhatIsStillToCome() {
        try (Lab lab = lab(tracking(commit(5)))) {
            for (byte[] frame :
                    List.of(
                            request(CLIENT, SERVER, payload(2000)).udp(),
                            request6(1, payload(2000)).udp())) {
                List<byte[]> parts = Fragmentation.cut(frame, 400, 5);
                long before = lab.dropped(DropReason.FRAGMENT_OVERLAP);
                lab.receive(INSIDE, parts.get(0), parts.get(2));
                lab.receive(INSIDE, Fragmentation.part(frame, 392, 800, true, 5));
                lab.receive(INSIDE, parts.get(1), parts.get(3), parts.get(4), parts.get(5));
                assertEquals(7, lab.dropped(DropReason.FRAGMENT_OVERLAP) - before);
                assertEquals(List.of(), lab.sent(OUTSIDE));
                assertEquals(0, lab.table.fragments().waiting());
                // Another datagram of the same sender is not touched.
                send(lab, INSIDE, Fragmentation.cut(frame, 400, 6));
                assertEquals(6, lab.sent(OUTSIDE).size());
            }
        }
    }

    @Test
    void impossibleAndTinyFragmentsAreRefused() {
        try (Lab lab = lab(tracking(commit(5)))) {
            byte[] udp = request(CLIENT, SERVER, payload(2000)).udp();
            lab.receive(INSIDE, Fragmentation.part(udp, 0, 804, true, 5));
            lab.receive(INSIDE, Fragmentation.part(udp, 800, 800, false, 5));
            lab.receive(
                    INSIDE, Fragmentation.part(request6(1, payload(900)).udp(), 0, 804, true, 5));
            assertEquals(3, lab.dropped(DropReason.FRAGMENT_MALFORMED));
            // Beyond 65535 bytes in all, by itself and with a first fragment's header.
            byte[] far = Fragmentation.part(udp, 0, 1000, false, 7);
            far[20] = 0x1F;
            far[21] = (byte) 0xFF;
            lab.receive(INSIDE, withHeaderChecksum(far));
            assertEquals(4, lab.dropped(DropReason.FRAGMENT_MALFORMED));
            // RFC 1858: flags that come behind, and a first fragment without them.
            byte[] tcp = request(CLIENT, SERVER, payload(2000)).tcpFlags(Tcp.SYN).tcp();
            lab.receive(INSIDE, Fragmentation.part(tcp, 8, 1008, true, 8));
            assertEquals(1, lab.dropped(DropReason.FRAGMENT_TOO_SMALL));
            lab.receive(INSIDE, Fragmentation.part(tcp, 0, 16, true, 8));
            assertEquals(1, lab.dropped(DropReason.L4_MALFORMED));
            // RFC 7112: the first has the whole chain of headers.
            byte[] chain =
                    request6(1, payload(900)).extension(Ipv6.NEXT_DESTINATION, new byte[62]).udp();
            lab.receive(INSIDE, Fragmentation.part(chain, 0, 32, true, 8));
            assertEquals(1, lab.dropped(DropReason.IPV6_MALFORMED));
            // Two fragment headers.
            lab.receive(INSIDE, request6(1, payload(90)).fragmentHeader(1).fragmentHeader(0).udp());
            assertEquals(2, lab.dropped(DropReason.IPV6_MALFORMED));
            allow(lab, FragmentSettings.DEFAULT);
            lab.receive(INSIDE, Fragmentation.part(udp, 0, 1176, true, 9));
            lab.receive(INSIDE, Fragmentation.part(udp, 0, 1184, true, 10));
            assertEquals(2, lab.dropped(DropReason.FRAGMENT_TOO_SMALL));
            assertEquals(1, lab.table.fragments().waiting());
        }
    }

    private static byte[] withHeaderChecksum(byte[] frame) {
        byte[] fixed = frame.clone();
        int sum = 0;
        fixed[24] = 0;
        fixed[25] = 0;
        for (int at = 14; at < Fragmentation.dataAt(fixed); at += 2) {
            sum += (fixed[at] & 0xFF) << 8 | (fixed[at + 1] & 0xFF);
        }
        sum = ~((sum & 0xFFFF) + (sum >>> 16));
        fixed[24] = (byte) (sum >>> 8);
        fixed[25] = (byte) sum;
        return fixed;
    }

    @Test
    void whatDoesNotComeInTimeIsDropped() {
        try (Lab lab = lab(tracking(commit(5)))) {
            List<byte[]> parts =
                    Fragmentation.cut(request(CLIENT, SERVER, payload(3000)).udp(), 1480, 5);
            lab.receive(INSIDE, parts.get(0), parts.get(2));
            int before = lab.pool.inUseCount();
            assertEquals(2, before);
            lab.nowMs += 14_999;
            lab.pipeline.expireFragments(lab.nowMs);
            assertEquals(2, lab.table.fragments().waiting());
            lab.nowMs += 1;
            lab.pipeline.expireFragments(lab.nowMs);
            assertEquals(0, lab.pool.inUseCount());
            assertEquals(2, lab.dropped(DropReason.FRAGMENT_TIMEOUT));
            assertEquals(2, lab.table.fragments().count(false, FragmentOutcome.EXPIRED));
            // Too late to complete anything.
            lab.receive(INSIDE, parts.get(1));
            assertEquals(List.of(), lab.sent(OUTSIDE));
        }
    }

    /** Buffers stay within the bound, honest datagrams find each other, and all is given back. */
    @Test
    void aFloodStaysWithinItsBound() {
        try (Lab lab = lab(tracking(commit(5)))) {
            int bound = 2047 / 4;
            lab.table.fragments().limitBuffers(bound);
            int most = 0;
            int completed = 0;
            for (int i = 0; i < 3000; i++) {
                byte[] frame = request(CLIENT, SERVER, new byte[500]).udp();
                List<byte[]> burst = new ArrayList<>();
                for (int each = 0; each < 20; each++) {
                    burst.add(Fragmentation.part(frame, 8 * each, 400, true, i * 20 + each));
                }
                byte[] honest = new FrameBuilder().ip(BACKEND, SERVER).payload(frame).udp();
                List<byte[]> parts = Fragmentation.cut(honest, 304, i);
                burst.add(5, parts.get(0));
                burst.add(15, parts.get(1));
                lab.receive(INSIDE, burst);
                most = Math.max(most, lab.pool.inUseCount());
                completed += lab.sent(OUTSIDE).size();
            }
            // What was sent lies in the port's ring until it is read.
            int inUse = most;
            assertTrue(most <= bound + 2, () -> inUse + " buffers in use");
            assertTrue(lab.table.fragments().waiting() <= bound);
            assertEquals(2 * 3000, completed);
            System.out.printf(
                    "60000 fragments that nothing completes: %d of 2047 buffers in use at most,"
                            + " %d of 3000 datagrams among them completed%n",
                    most, completed / 2);
            for (int i = 0; i < 60; i++) {
                lab.nowMs += 1000;
                lab.pipeline.expireFragments(lab.nowMs);
            }
            assertEquals(0, lab.pool.inUseCount());
        }
    }

    @Test
    void aFragmentInPiecesIsOne() {
        try (Lab lab = lab(tracking(commit(5, snat(OUTER, 0, 0))))) {
            byte[] payload = payload(3001);
            List<byte[]> parts = Fragmentation.cut(request(CLIENT, SERVER, payload).udp(), 1480, 1);
            for (byte[] part : parts) {
                lab.receiveInPieces(INSIDE, part, 101);
            }
            assertFrames(
                    Fragmentation.cut(request(OUTER, SERVER, payload).udp(), 1480, 1),
                    lab.sent(OUTSIDE));
            assertArrayEquals(
                    Arrays.copyOfRange(payload, 1472, 2952),
                    Fragmentation.data(parts.get(1)),
                    "the test's own cut");
        }
    }
}
