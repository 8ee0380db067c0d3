package io.sluice.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sluice.control.flow.ChangeReader;
import io.sluice.control.flow.FlowFilter;
import io.sluice.control.flow.FlowFormat;
import io.sluice.control.flow.FlowLine;
import io.sluice.control.flow.FlowStore;
import io.sluice.control.flow.PacketText;
import io.sluice.control.flow.PortNames;
import io.sluice.control.text.Span;
import io.sluice.fastpath.LearnedFlows.Lesson;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Packets teach flows, and the flows take packets: both sides of {@code learn} together. */
class LearningTest {
    private static final PortNames PORTS = PortNames.of(Map.of("p1", 1, "p2", 2));
    private static final String TCP =
            "tcp,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02,nw_src=10.1.1.1,nw_dst=10.2.2.2,"
                    + "nw_ttl=64,tp_src=4000,tp_dst=80,tcp_flags=";

    @AutoClose private final Lab lab = new Lab(2, true, 256);
    private final FlowStore store = new FlowStore(lab::publish);
    private int refused;

    private void apply(String text) {
        store.apply(new ChangeReader(PORTS, ChangeReader.Verb.ADD, Optional.empty()).read(text));
    }

    /** The packet goes in, and what it teaches is learned. */
    private void receive(String packet) {
        long[] key = PacketText.read(Span.of(packet), PORTS).key();
        lab.receive(1, PacketComposer.compose(key, Optional.empty()));
        List<Lesson> lessons = new ArrayList<>();
        lab.upcalls.drain(
                new UpcallHandler() {
                    @Override
                    public void packetIn(Upcall sentUp) {}

                    @Override
                    public void learn(Upcall taught, LearnedFlow flow) {
                        lessons.add(Lesson.of(flow, taught.teacher(), taught.key()));
                    }
                });
        refused += store.learn(lessons);
    }

    private List<Flow> learned() {
        return store.flows(FlowLine.filter(Span.of("table=1"), PORTS, false));
    }

    private String timeouts() {
        Flow only = learned().getFirst();
        return only.idleTimeoutSeconds() + " " + only.hardTimeoutSeconds();
    }

    /** After so many seconds from now. */
    private void expireIn(int seconds) {
        lab.pipeline.fold();
        store.expire(System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds));
    }

    private void learnWith(String timeouts) {
        apply(
                "table=0,tcp,actions=learn(table=1,"
                        + timeouts
                        + ",eth_type=0x800,nw_proto=6,tcp_src),resubmit(,1)");
    }

    @Test
    void theEndOfAConnectionShortensTheTimeoutsOfItsFlow() {
        learnWith("idle_timeout=60,hard_timeout=20,fin_idle_timeout=3,fin_hard_timeout=50");
        receive(TCP + "syn");
        receive(TCP + "ack");
        receive(TCP + "ack");
        assertEquals("60 20", timeouts());
        expireIn(10);
        receive(TCP + "fin|ack");
        // The hard timeout was shorter already.
        assertEquals("3 20", timeouts());
        Flow ending = learned().getFirst();
        String shown = FlowFormat.show(ending, System.nanoTime());
        assertEquals(3, FlowLine.flow(Span.of(shown), PORTS).options().idleTimeoutSeconds());
        receive(TCP + "ack");
        assertEquals("3 20", timeouts());
        assertEquals(List.of(ending), learned());
        expireIn(2);
        assertEquals(1, learned().size());
        expireIn(6);
        assertEquals(0, learned().size());
        assertEquals(1, store.flows(FlowFilter.ALL).size());
    }

    @Test
    void aFlowWithoutTimeoutsGetsThemWhenItsConnectionEnds() {
        learnWith("fin_hard_timeout=9");
        receive(TCP + "ack");
        receive(TCP + "ack");
        assertEquals("0 0", timeouts());
        expireIn(1_000_000);
        receive(TCP + "rst");
        assertEquals("0 9", timeouts());
        expireIn(8);
        assertEquals(1, learned().size());
        expireIn(10);
        assertEquals(0, learned().size());
    }

    private void expectSentTo(int port, String sourceMac, int times) {
        for (int i = 0; i < times; i++) {
            receive((TCP + "ack").replace("02:00:00:00:00:01", sourceMac));
            assertEquals(port == 1 ? 1 : 0, lab.sent(1).size(), sourceMac + ", time " + i);
            assertEquals(port == 2 ? 1 : 0, lab.sent(2).size(), sourceMac + ", time " + i);
        }
    }

    @Test
    void theResultSaysWhetherTheLimitAllowsAFlow() {
        apply(
                """
                table=0,in_port=1,actions=learn(table=1,priority=9,cookie=5,limit=2,\
                result_dst=reg0[3],eth_dst=eth_src,load:1->reg1),resubmit(,2)
                table=1,priority=9,cookie=6,dl_dst=02:00:00:00:00:bb,actions=drop
                table=1,priority=8,cookie=6,dl_dst=02:00:00:00:00:cc,actions=drop
                table=2,reg0=8,actions=2
                table=2,reg0=0,actions=in_port
                """);
        expectSentTo(2, "02:00:00:00:00:01", 3);
        expectSentTo(2, "02:00:00:00:00:02", 3);
        assertEquals(0, refused);
        // Full: only flows that are there, with whatever cookie, are taught again.
        expectSentTo(1, "02:00:00:00:00:03", 3);
        assertEquals(1, refused, "cached ways teach seldom");
        expectSentTo(2, "02:00:00:00:00:01", 3);
        expectSentTo(2, "02:00:00:00:00:bb", 3);
        expectSentTo(1, "02:00:00:00:00:cc", 3);
        apply("delete table=1,dl_dst=02:00:00:00:00:01\ndelete table=1,dl_dst=02:00:00:00:00:bb");
        expectSentTo(2, "02:00:00:00:00:03", 3);
        expectSentTo(1, "02:00:00:00:00:01", 3);
        // Without the flow that asks, nobody keeps the limits.
        apply("delete table=0");
        apply("table=0,in_port=1,actions=learn(table=1,limit=1,eth_dst=eth_src),2");
        expectSentTo(2, "02:00:00:00:00:01", 1);
    }

    @Test
    void aTraceShortensNothing() {
        apply("table=1,tcp,actions=fin_timeout(idle_timeout=3),2");
        long[] key = PacketText.read(Span.of(TCP + "fin"), PORTS).key();
        apply("table=0,actions=resubmit(,1)");
        lab.trace(1, PacketComposer.compose(key, Optional.empty()));
        assertEquals("0 0", timeouts());
        receive(TCP + "fin");
        assertEquals("3 0", timeouts());
        assertEquals(1, lab.sent(2).size());
    }
}
