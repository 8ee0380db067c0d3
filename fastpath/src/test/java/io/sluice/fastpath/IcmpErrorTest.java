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
import io.sluice.conntrack.FragmentSettings;
import io.sluice.conntrack.NewConnection;
import io.sluice.conntrack.TcpSegment;
import io.sluice.conntrack.Tracker;
import io.sluice.natlb.NatRange;
import io.sluice.packet.AddressText;
import io.sluice.packet.FrameBuilder;
import io.sluice.packet.Icmp;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Ipv6;
import io.sluice.packet.Tcp;
import io.sluice.packet.TupleHash;
import io.sluice.packet.TupleKey;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ICMP errors through flows that send related packets on; whole frames are compared. */
class IcmpErrorTest {
    private static final int INSIDE = 1;
    private static final int OUTSIDE = 2;
    private static final String CLIENT = "10.1.1.1";
    private static final String SERVER = "203.0.113.7";
    private static final String ROUTER = "198.51.100.254";
    private static final String OUTER = "198.51.100.1";
    private static final int RELATED = CtState.TRACKED | CtState.RELATED;

    private static Lab lab(boolean flowCache, List<Flow> flows) {
        Lab lab = new Lab(2, flowCache, 1024);
        lab.publish(flows, List.of());
        return lab;
    }

    /** Who is inside begins connections, and related packets pass in the direction they have. */
    private static List<Flow> translating(Action commit) {
        return List.of(
                flow(0, 1, any(), ctNat(5, 1)),
                flow(1, 4, state(any(), RELATED | CtState.REPLY, CtState.ESTABLISHED), output(1)),
                flow(1, 3, state(any(), RELATED, CtState.REPLY | CtState.ESTABLISHED), output(2)),
                flow(1, 2, isNew(any()).exact(Field.IN_PORT, INSIDE), commit, output(OUTSIDE)),
                flow(1, 1, isEstablished(any()).exact(Field.IN_PORT, INSIDE), output(OUTSIDE)),
                flow(1, 1, isEstablished(any()).exact(Field.IN_PORT, OUTSIDE), output(INSIDE)));
    }

    private static Action to(NatRange range) {
        return commit(5, range);
    }

    private static byte[] only(List<byte[]> frames) {
        assertEquals(1, frames.size());
        return frames.getFirst();
    }

    /** The IP packet of a frame, cut to so many bytes. */
    private static byte[] quote(byte[] frame, int bytes) {
        return Arrays.copyOfRange(frame, 14, Math.min(14 + bytes, frame.length));
    }

    private static byte[] error(String from, String to, int type, byte[] quoted) {
        return new FrameBuilder().ip(from, to).icmpType(type).icmpCode(1).payload(quoted).icmp();
    }

    private static byte[] unreachable(String from, String to, byte[] quoted) {
        return error(from, to, Icmp.DESTINATION_UNREACHABLE, quoted);
    }

    private static FrameBuilder request() {
        return new FrameBuilder().ip(CLIENT, SERVER).ports(4000, 53).payload(new byte[33]);
    }

    /** What connections are made of, as its sender builds it. */
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
                    builder -> builder.ipv4(47, new byte[20]));

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void sourceNatIsUndoneInsideAndOutside(boolean flowCache) {
        try (Lab lab = lab(flowCache, translating(to(snat(OUTER, 5000, 5000))))) {
            for (Kind kind : KINDS) {
                for (int bytes : new int[] {28, 32, 36, 40, 41, 48, 60, 1000}) {
                    lab.forgetAll();
                    byte[] sent = kind.frame(request());
                    lab.receive(INSIDE, sent);
                    byte[] outside = only(lab.sent(OUTSIDE));
                    List<String> before = lab.connections();
                    lab.nowMs += 7;
                    for (String from : List.of(SERVER, ROUTER)) {
                        lab.receive(OUTSIDE, unreachable(from, OUTER, quote(outside, bytes)));
                        byte[] inside = only(lab.sent(INSIDE));
                        assertArrayEquals(unreachable(from, CLIENT, quote(sent, bytes)), inside);
                    }
                    lab.nowMs -= 7;
                    assertEquals(before, lab.connections(), "the connection is to notice nothing");
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void destinationNatIsUndoneAndTheErrorComesFromTheServiceThen(boolean flowCache) {
        try (Lab lab = lab(flowCache, translating(to(dnat(OUTER, OUTER, 8080))))) {
            for (Kind kind : KINDS) {
                for (int bytes : new int[] {28, 40, 48, 1000}) {
                    lab.forgetAll();
                    byte[] sent = kind.frame(request());
                    lab.receive(INSIDE, sent);
                    byte[] outside = only(lab.sent(OUTSIDE));
                    // Netfilter does not let routers behind a translated destination be seen.
                    for (String from : List.of(OUTER, ROUTER)) {
                        lab.receive(OUTSIDE, unreachable(from, CLIENT, quote(outside, bytes)));
                        byte[] inside = only(lab.sent(INSIDE));
                        assertArrayEquals(unreachable(SERVER, CLIENT, quote(sent, bytes)), inside);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void errorsAboutAnswersAreTranslatedInTheOriginalDirection(boolean flowCache) {
        String inner = "10.1.1.254";
        try (Lab lab = lab(flowCache, translating(to(snat(OUTER, 5000, 5000))))) {
            lab.receive(INSIDE, request().udp());
            byte[] answer = new FrameBuilder().ip(SERVER, OUTER).ports(53, 5000).udp();
            lab.receive(OUTSIDE, answer);
            byte[] inside = only(lab.sent(INSIDE));
            lab.sent(OUTSIDE);
            for (String from : List.of(CLIENT, inner)) {
                lab.receive(INSIDE, unreachable(from, SERVER, quote(inside, 28)));
                // A router inside cannot be seen from outside either.
                assertArrayEquals(
                        unreachable(OUTER, SERVER, quote(answer, 28)), only(lab.sent(OUTSIDE)));
            }
        }
        try (Lab lab = lab(flowCache, translating(to(dnat(OUTER, OUTER, 8080))))) {
            lab.receive(INSIDE, request().udp());
            byte[] answer = new FrameBuilder().ip(OUTER, CLIENT).ports(8080, 4000).udp();
            lab.receive(OUTSIDE, answer);
            byte[] inside = only(lab.sent(INSIDE));
            assertEquals(SERVER, Frames.src(inside));
            lab.sent(OUTSIDE);
            lab.receive(INSIDE, unreachable(inner, SERVER, quote(inside, 28)));
            assertArrayEquals(
                    unreachable(inner, OUTER, quote(answer, 28)), only(lab.sent(OUTSIDE)));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void zonesTranslateOneAfterTheOther(boolean flowCache) {
        List<Flow> flows =
                List.of(
                        flow(0, 1, any().exact(Field.IN_PORT, INSIDE), ctNat(1, 1)),
                        flow(
                                1,
                                1,
                                isNew(any()),
                                to(1, dnat("10.2.2.2", "10.2.2.2", 8080)),
                                ctNat(2, 2)),
                        flow(2, 1, isNew(any()), to(2, snat(OUTER, 5000, 5000)), output(OUTSIDE)),
                        flow(0, 1, any().exact(Field.IN_PORT, OUTSIDE), ctNat(2, 3)),
                        flow(3, 1, state(any(), RELATED | CtState.REPLY, 0), ctNat(1, 4)),
                        flow(4, 1, state(any(), RELATED | CtState.REPLY, 0), output(INSIDE)));
        try (Lab lab = lab(flowCache, flows)) {
            for (Kind kind : KINDS) {
                lab.forgetAll();
                byte[] sent = kind.frame(request());
                lab.receive(INSIDE, sent);
                byte[] outside = only(lab.sent(OUTSIDE));
                lab.receive(OUTSIDE, unreachable(ROUTER, OUTER, quote(outside, 1000)));
                assertArrayEquals(
                        unreachable(SERVER, CLIENT, quote(sent, 1000)), only(lab.sent(INSIDE)));
            }
        }
    }

    private static Action to(int zone, NatRange range) {
        return commit(zone, range);
    }

    /** Outside, related and invalid packets go on with their ct_state as their MAC address. */
    private static Lab telling(boolean flowCache) {
        SubField state = new SubField(Field.CT_STATE, 0, 8);
        Action tell = new Action.Move(state, new SubField(Field.ETH_DST, 0, 8));
        return lab(
                flowCache,
                List.of(
                        flow(0, 2, any().exact(Field.IN_PORT, INSIDE), commit(5), output(OUTSIDE)),
                        flow(0, 1, any(), ct(5, 1)),
                        flow(1, 1, any().exact(Field.CT_ZONE, 5), tell, output(INSIDE))));
    }

    private static void assertState(int expected, Lab lab, byte[] error) {
        lab.receive(INSIDE, request().udp(), request6().udp());
        assertEquals(2, lab.sent(OUTSIDE).size());
        lab.receive(OUTSIDE, error, error);
        List<byte[]> told = lab.sent(INSIDE);
        assertEquals(2, told.size());
        assertEquals(expected, told.getFirst()[5] & 0xFF);
        assertEquals(expected, told.getLast()[5] & 0xFF);
        assertEquals(2, lab.connections().size());
    }

    private static FrameBuilder request6() {
        return new FrameBuilder().ipv6(1, 2, 3, 4).ports(4000, 53).payload(new byte[33]);
    }

    private static byte[] error6(int type, byte[] quoted) {
        return new FrameBuilder().ipv6(9, 9, 1, 2).icmpType(type).payload(quoted).icmpv6();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void errorsAreRelatedInTheirDirection(boolean flowCache) {
        try (Lab lab = telling(flowCache)) {
            int reply = RELATED | CtState.REPLY;
            byte[] about = quote(request().udp(), 1000);
            for (int type : new int[] {3, 4, 5, 11, 12}) {
                assertState(reply, lab, error(ROUTER, CLIENT, type, about));
            }
            for (int type : new int[] {1, 2, 3, 4}) {
                assertState(reply, lab, error6(type, quote(request6().udp(), 1000)));
            }
            byte[] answer = new FrameBuilder().ip(SERVER, CLIENT).ports(53, 4000).udp();
            assertState(RELATED, lab, unreachable(ROUTER, SERVER, quote(answer, 28)));
            byte[] withOptions = request().options(new byte[] {7, 7, 4, 0, 0, 0, 0, 1}).udp();
            assertState(reply, lab, unreachable(ROUTER, CLIENT, quote(withOptions, 36)));
            byte[] firstFragment = request().fragment(Ipv4.MORE_FRAGMENTS).udp();
            assertState(reply, lab, unreachable(ROUTER, CLIENT, quote(firstFragment, 28)));
            FrameBuilder deep = request6().extension(Ipv6.NEXT_HOP_BY_HOP, new byte[6]);
            for (int i = 0; i < 30; i++) {
                deep.extension(Ipv6.NEXT_DESTINATION, new byte[14]);
            }
            byte[] quoted =
                    quote(deep.fragmentHeader(Ipv6.MORE_FRAGMENTS).udp(), 40 + 8 + 480 + 8 + 8);
            assertState(reply, lab, error6(1, quoted));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatMatchesNothingIsInvalid(boolean flowCache) {
        try (Lab lab = telling(flowCache)) {
            int invalid = CtState.TRACKED | CtState.INVALID;
            byte[] about = quote(request().udp(), 1000);
            // To another than the sender, about another packet, and about one in the other
            // direction.
            assertState(invalid, lab, unreachable(ROUTER, "10.1.1.2", about));
            byte[] unknown = quote(request().ports(4001, 53).udp(), 28);
            assertState(invalid, lab, unreachable(ROUTER, CLIENT, unknown));
            byte[] backwards = new FrameBuilder().ip(SERVER, CLIENT).ports(4000, 53).udp();
            assertState(invalid, lab, unreachable(ROUTER, SERVER, quote(backwards, 28)));
            // Too short, a later fragment, an error about an error, and one of the wrong version.
            for (int bytes = 0; bytes < 24; bytes++) {
                assertState(
                        invalid, lab, unreachable(ROUTER, CLIENT, quote(request().udp(), bytes)));
            }
            byte[] later = request().fragment(1).udp();
            assertState(invalid, lab, unreachable(ROUTER, CLIENT, quote(later, 28)));
            byte[] inner = new FrameBuilder().ip(CLIENT, SERVER).icmpType(3).payload(about).icmp();
            assertState(invalid, lab, unreachable(ROUTER, CLIENT, quote(inner, 1000)));
            assertState(invalid, lab, unreachable(ROUTER, CLIENT, quote(request6().udp(), 48)));
            assertState(invalid, lab, error6(1, about));
            assertState(invalid, lab, error6(1, quote(request6().fragmentHeader(8).udp(), 56)));
            // Types that are no errors, a wrong checksum, and a fragment.
            assertState(invalid, lab, error(ROUTER, CLIENT, 7, about));
            assertState(invalid, lab, error6(137, quote(request6().udp(), 48)));
            byte[] wrong = unreachable(ROUTER, CLIENT, about);
            wrong[36] ^= 1;
            assertState(invalid, lab, wrong);
            byte[] wrong6 = error6(1, quote(request6().udp(), 48));
            wrong6[56] ^= 1;
            assertState(invalid, lab, wrong6);
            // That does not wait for the others.
            lab.table.fragments().configure(FragmentSettings.DEFAULT.withEnabled(false, false));
            FrameBuilder part = new FrameBuilder().ip(ROUTER, CLIENT).fragment(Ipv4.MORE_FRAGMENTS);
            assertState(invalid, lab, part.icmpType(3).payload(about).icmp());
        }
    }

    @Test
    void aRedirectThroughNatIsDropped() {
        try (Lab lab = lab(true, translating(to(snat(OUTER, 5000, 5000))))) {
            lab.receive(INSIDE, request().udp());
            byte[] about = quote(only(lab.sent(OUTSIDE)), 28);
            lab.receive(OUTSIDE, error(ROUTER, OUTER, Icmp.REDIRECT, about));
            assertEquals(0, lab.sent(INSIDE).size());
            assertEquals(1, lab.dropped(DropReason.NAT_REDIRECT));
        }
        try (Lab lab = lab(true, translating(commit(5)))) {
            lab.receive(INSIDE, request().udp());
            byte[] about = quote(only(lab.sent(OUTSIDE)), 28);
            byte[] redirect = error(ROUTER, CLIENT, Icmp.REDIRECT, about);
            lab.receive(OUTSIDE, redirect);
            assertArrayEquals(redirect, only(lab.sent(INSIDE)));
        }
    }

    @Test
    void anErrorInSeveralBuffersAndVlansIsWhole() {
        try (Lab lab = lab(true, translating(to(snat(OUTER, 5000, 5000))))) {
            FrameBuilder tagged = request().vlan(0x8100, 7).payload(new byte[1200]);
            byte[] sent = tagged.udp();
            lab.receive(INSIDE, sent);
            byte[] outside = only(lab.sent(OUTSIDE));
            byte[] quoted = Arrays.copyOfRange(outside, 18, outside.length);
            FrameBuilder error = new FrameBuilder().vlan(0x8100, 7).icmpType(11);
            lab.receiveInPieces(OUTSIDE, error.ip(ROUTER, OUTER).payload(quoted).icmp(), 301);
            byte[] was = Arrays.copyOfRange(sent, 18, sent.length);
            assertArrayEquals(error.ip(ROUTER, CLIENT).payload(was).icmp(), only(lab.sent(INSIDE)));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void relatedPacketsHaveTheFieldsOfTheirConnectionAndMakeNone(boolean flowCache) {
        Match.Builder marked =
                state(any(), RELATED | CtState.REPLY, 0)
                        .exact(Field.CT_MARK, 7)
                        .exact(Field.CT_NW_SRC, AddressText.parseIpv4(CLIENT))
                        .exact(Field.CT_NW_DST, AddressText.parseIpv4(SERVER))
                        .exact(Field.CT_NW_PROTO, Ipv4.PROTO_UDP)
                        .exact(Field.CT_TP_SRC, 4000)
                        .exact(Field.CT_TP_DST, 53);
        List<Flow> flows =
                List.of(
                        flow(0, 2, any().exact(Field.IN_PORT, INSIDE), commitMark(5, 7), output(2)),
                        flow(0, 1, any(), ct(5, 1)),
                        flow(1, 1, marked, commitMark(5, 9), commit(6), output(INSIDE)));
        try (Lab lab = lab(flowCache, flows)) {
            lab.receive(INSIDE, request().udp());
            lab.sent(OUTSIDE);
            byte[] error = unreachable(ROUTER, CLIENT, quote(request().udp(), 28));
            lab.receive(OUTSIDE, error);
            assertArrayEquals(error, only(lab.sent(INSIDE)));
            assertEquals(1, lab.connections().size());
            assertTrue(lab.connections().getFirst().startsWith("17 5 9 "), "its mark is to be 9");
            assertEquals(1, lab.table.zones().stats(6).packets());
        }
    }

    @Test
    void tracesSayWhatHappens() {
        try (Lab lab = lab(true, translating(to(snat(OUTER, 5000, 5000))))) {
            lab.receive(INSIDE, request().udp());
            byte[] error = unreachable(ROUTER, OUTER, quote(only(lab.sent(OUTSIDE)), 28));
            List<String> before = lab.connections();
            TraceResult result = lab.trace(OUTSIDE, error);
            String said = result.events().toString();
            int expected = RELATED | CtState.REPLY | CtState.DESTINATION_NAT;
            assertTrue(said.contains("state=" + expected + ","), said);
            assertTrue(said.contains("quoted=Optional[Tuple[src=10.1.1.1, dst=203.0.113.7"), said);
            assertTrue(said.contains("SentTo[port=1"), said);
            assertEquals(before, lab.connections());
            assertEquals(0, lab.sent(INSIDE).size());
        }
    }

    @Test
    void whatABucketTranslatedIsBackAfterIt() {
        Group group =
                new Group(
                        1,
                        Group.Type.ALL,
                        Selection.DEFAULT,
                        List.of(
                                new Group.Bucket(1, List.of(ctNat(5, -1), output(INSIDE))),
                                new Group.Bucket(2, List.of(output(INSIDE)))));
        List<Flow> flows =
                List.of(
                        flow(
                                0,
                                2,
                                any().exact(Field.IN_PORT, INSIDE),
                                to(snat(OUTER, 5000, 5000)),
                                output(2)),
                        flow(0, 1, any(), new Action.Group(1)));
        try (Lab lab = new Lab(2, true, 64)) {
            lab.publish(flows, List.of(group));
            byte[] sent = request().udp();
            lab.receive(INSIDE, sent);
            byte[] outside = only(lab.sent(OUTSIDE));
            byte[] error = unreachable(ROUTER, OUTER, quote(outside, 1000));
            lab.receive(OUTSIDE, error);
            List<byte[]> both = lab.sent(INSIDE);
            assertEquals(2, both.size());
            assertArrayEquals(unreachable(ROUTER, CLIENT, quote(sent, 1000)), both.getFirst());
            assertArrayEquals(error, both.getLast());
        }
    }

    /** A connection of IPv6 that is translated at both ends, errors about it in both directions. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void errorsOfIpv6AreTranslatedToo(boolean flowCache) {
        long[] outer = {0x20010db8_00000001L, 7, 0x20010db8_00000002L, 9};
        try (Lab lab = lab(flowCache, translating(commit(5)))) {
            commitTranslated(lab, outer);
            FrameBuilder there = request6().extension(Ipv6.NEXT_DESTINATION, new byte[6]);
            byte[] sent = there.udp();
            byte[] outside =
                    there.ipv6(outer[0], outer[1], outer[2], outer[3]).ports(5000, 8053).udp();
            for (int bytes : new int[] {56, 60, 64, 1000}) {
                FrameBuilder error = new FrameBuilder().icmpType(2).payload(quote(outside, bytes));
                lab.receive(OUTSIDE, error.ipv6(9, 9, outer[0], outer[1]).icmpv6());
                // From the other end's own address, as its destination is translated.
                error.payload(quote(sent, bytes)).ipv6(3, 4, 1, 2);
                assertArrayEquals(error.icmpv6(), only(lab.sent(INSIDE)));
            }
            byte[] answer = there.ipv6(3, 4, 1, 2).ports(53, 4000).udp();
            byte[] inside =
                    there.ipv6(outer[2], outer[3], outer[0], outer[1]).ports(8053, 5000).udp();
            FrameBuilder error = new FrameBuilder().icmpType(1).payload(quote(answer, 1000));
            lab.receive(INSIDE, error.ipv6(8, 8, 3, 4).icmpv6());
            error.payload(quote(inside, 1000)).ipv6(outer[0], outer[1], outer[2], outer[3]);
            assertArrayEquals(error.icmpv6(), only(lab.sent(OUTSIDE)));
        }
    }

    /** The connection of request6, whose packets leave with these addresses and other ports. */
    private static void commitTranslated(Lab lab, long[] outer) {
        NewConnection fresh = new NewConnection();
        long[] wide = {1, 2, 3, 4, outer[2], outer[3], outer[0], outer[1]};
        System.arraycopy(wide, 0, fresh.wide, 0, wide.length);
        fresh.addresses = TupleHash.wide(wide, 0);
        fresh.replyAddresses = TupleHash.wide(wide, 4);
        fresh.portsAndZone = udp6(4000, 53);
        fresh.replyPortsAndZone = udp6(8053, 5000);
        new Tracker(lab.table, lab.owner).commit(fresh, new TcpSegment(), 100, lab.nowMs);
        assertEquals(1, lab.connections().size());
    }

    private static long udp6(int from, int to) {
        int ports = TupleKey.ports(from, to);
        return TupleKey.ofIpv6(TupleKey.portsAndScope(ports, 5, Ipv4.PROTO_UDP));
    }
}
