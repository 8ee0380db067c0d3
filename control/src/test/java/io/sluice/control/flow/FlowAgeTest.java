package io.sluice.control.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.sluice.control.text.Span;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.Flow;
import io.sluice.fastpath.LearnedFlow;
import io.sluice.fastpath.LearnedFlow.Part;
import io.sluice.fastpath.LearnedFlows.Lesson;
import io.sluice.fastpath.RuleTables;
import io.sluice.fastpath.SubField;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Flows that come and go by themselves. */
class FlowAgeTest {
    private static final PortNames PORTS = PortNames.of(Map.of());
    private static final long MAC = 0x020000000001L;

    private RuleTables tables = RuleTables.EMPTY;
    private final FlowStore store =
            new FlowStore(change -> tables = tables.with(change.removed(), change.added()));
    private final long startNs = System.nanoTime();

    private void add(String text) {
        store.apply(new ChangeReader(PORTS, ChangeReader.Verb.ADD, Optional.empty()).read(text));
    }

    private void modify(String text) {
        store.apply(new ChangeReader(PORTS, ChangeReader.Verb.MODIFY, Optional.empty()).read(text));
    }

    private List<String> shown() {
        return store.flows(FlowFilter.ALL).stream()
                .map(flow -> MatchFormat.show(flow.match()))
                .toList();
    }

    private Flow only(String filter) {
        List<Flow> found = store.flows(FlowLine.filter(Span.of(filter), PORTS, false));
        assertEquals(1, found.size());
        return found.getFirst();
    }

    /** Seconds after the test began, and a bit. */
    private long at(double seconds) {
        return startNs + (long) (seconds * 1e9) + TimeUnit.MILLISECONDS.toNanos(500);
    }

    @Test
    void timeoutsEndFlows() {
        add("tcp,idle_timeout=10,actions=1\nudp,hard_timeout=20,actions=1\narp,actions=1");
        assertEquals(0, store.expire(at(8)));
        assertEquals(1, store.expire(at(11)));
        assertEquals(List.of("udp", "arp"), shown());
        assertEquals(0, store.expire(at(18)));
        assertEquals(1, store.expire(at(21)));
        assertEquals(List.of("arp"), shown());
        assertEquals(1, tables.size());
        assertEquals(0, store.expire(at(1e6)));
    }

    @Test
    void packetsKeepAFlowAliveAndModificationDoes() {
        add("tcp,idle_timeout=10,actions=1\nudp,hard_timeout=20,actions=1");
        only("tcp").clock().observe(7, at(8));
        long modifiedBefore = only("udp").clock().modifiedNs();
        modify("udp,actions=2");
        assertEquals(true, only("udp").clock().modifiedNs() > modifiedBefore);
        // Counters say 0 packets: a change from the 7 that were observed.
        assertEquals(0, store.expire(at(15)));
        assertEquals(2, store.expire(at(26)));
    }

    @Test
    void dumpsShowTimeoutsAndFlagsAndAreReadBack() {
        String line =
                "table=3,cookie=0x7,priority=5,idle_timeout=10,hard_timeout=20,importance=4,"
                        + "no_byte_counts,send_flow_rem,reset_counts,tcp,actions=output:1";
        add(line);
        Flow flow = only("table=3");
        String shown = FlowFormat.show(flow, flow.clock().createdNs() + 3_500_000_000L);
        assertEquals(
                " cookie=0x7, duration=3.500s, table=3, n_packets=0, n_bytes=0, idle_timeout=10,"
                        + " hard_timeout=20, send_flow_rem reset_counts no_byte_counts"
                        + " importance=4, idle_age=3, priority=5,tcp actions=output:1",
                shown);
        Flow read = FlowLine.flow(Span.of(shown), PORTS);
        assertEquals(flow.options(), read.options());
        flow.clock().modified(flow.clock().createdNs() + 2_000_000_000L);
        String later = FlowFormat.show(flow, flow.clock().createdNs() + 3_500_000_000L);
        assertEquals(shown.replace("idle_age=3, ", "idle_age=3, hard_age=1, "), later);
        assertEquals(flow.options(), FlowLine.flow(Span.of(later), PORTS).options());
    }

    private static LearnedFlow teaching(int hardTimeout, boolean deleteLearned, int limit) {
        return new LearnedFlow(
                1,
                9,
                0x5,
                0,
                hardTimeout,
                0,
                0,
                deleteLearned,
                limit,
                Optional.empty(),
                List.of(
                        new Part.MatchField(
                                SubField.whole(Field.ETH_DST), SubField.whole(Field.ETH_SRC)),
                        new Part.MatchValue(SubField.whole(Field.ETH_TYPE), 0, 0x0800),
                        new Part.LoadField(
                                new SubField(Field.REG2, 8, 16),
                                new SubField(Field.IN_PORT, 0, 16)),
                        new Part.Output(SubField.whole(Field.IN_PORT))));
    }

    private static Lesson lesson(LearnedFlow teaching, long mac, int port) {
        long[] key = new long[Field.WORDS];
        Field.ETH_SRC.set(key, mac);
        Field.IN_PORT.set(key, port);
        return Lesson.of(teaching, Optional.empty(), key);
    }

    @Test
    void aPacketTeachesAFlow() {
        LearnedFlow teaching = teaching(60, false, 0);
        assertEquals(0, store.learn(List.of(lesson(teaching, MAC, 3))));
        Flow learned = only("table=1");
        assertEquals("ip,dl_dst=02:00:00:00:00:01", MatchFormat.show(learned.match()));
        assertEquals(9, learned.priority());
        assertEquals(5, learned.cookie());
        assertEquals(60, learned.options().hardTimeoutSeconds());
        assertEquals(
                List.of(new Action.Set(Field.REG2, 0, 0x300, 0, 0xFFFF00), new Action.Output(3)),
                learned.actions());

        long before = learned.clock().modifiedNs();
        store.learn(List.of(lesson(teaching, MAC, 3)));
        assertSame(learned, only("table=1"));
        assertEquals(true, learned.clock().modifiedNs() > before);

        store.learn(List.of(lesson(teaching, MAC, 4), lesson(teaching, MAC + 1, 4)));
        Flow moved = only("table=1,dl_dst=02:00:00:00:00:01");
        assertNotSame(learned, moved);
        assertSame(learned.counters(), moved.counters());
        assertEquals(new Action.Output(4), moved.actions().getLast());
        assertEquals(2, tables.size());
    }

    @Test
    void noMoreIsLearnedThanTheLimit() {
        LearnedFlow teaching = teaching(0, false, 2);
        assertEquals(
                2,
                store.learn(
                        List.of(
                                lesson(teaching, MAC, 1),
                                lesson(teaching, MAC + 1, 1),
                                lesson(teaching, MAC + 2, 1),
                                lesson(teaching, MAC + 3, 1))));
        assertEquals(1, store.learn(List.of(lesson(teaching, MAC + 4, 1))));
        assertEquals(0, store.learn(List.of(lesson(teaching, MAC, 2))));
        assertEquals(2, store.flowCount());
    }

    @Test
    void whatWasLearnedGoesWithItsLastTeacher() {
        LearnedFlow teaching = teaching(0, true, 0);
        Flow first = FlowLine.flow(Span.of("tcp,actions=drop"), PORTS);
        Flow second = FlowLine.flow(Span.of("udp,actions=drop"), PORTS);
        for (Flow each : List.of(first, second)) {
            Flow teacher = each.withActions(List.of(new Action.Learn(teaching)));
            store.apply(List.of(new Change.Placed(new Change.AddFlow(teacher), "")));
        }
        store.learn(List.of(lesson(teaching, MAC, 1), lesson(teaching, MAC + 1, 1)));
        add("table=1,cookie=6,tcp,actions=drop");
        assertEquals(5, store.flowCount());
        add("delete tcp,table=0");
        assertEquals(4, store.flowCount());
        modify("udp,actions=drop");
        assertEquals(List.of("udp", "tcp"), shown());
        // On its way while its teacher went.
        Flow gone = second.withActions(List.of(new Action.Learn(teaching)));
        store.learn(List.of(Lesson.of(teaching, Optional.of(gone), new long[Field.WORDS])));
        assertEquals(List.of("udp", "tcp"), shown());
    }
}
