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
    private final List<Flow> flows = new ArrayList<>();
    private final FlowStore store =
            new FlowStore(change -> {
                flows.removeAll(change.removed());
                flows.addAll(change.added());
                lab.publish(flows, change.groups(), change.meters());
            });

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
        store.learn(lessons);
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
