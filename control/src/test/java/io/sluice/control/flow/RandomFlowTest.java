package io.sluice.control.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sluice.control.text.Span;
import io.sluice.control.text.SyntaxException;
import io.sluice.fastpath.Flow;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Random flows are shown and read back; random damage to them never ends in anything but a
 * sentence.
 */
class RandomFlowTest {
    private static final int ROUNDS = 5_000;
    private static final PortNames PORTS = PortNames.of(Map.of());

    @Test
    void flowsSurviveBeingShownAndRead() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            Flow flow = RandomFlows.flow(random, true);
            String text = FlowFormat.show(flow, System.nanoTime());
            String where = "seed " + seed + ", round " + round + ":" + text;
            Flow read = FlowLine.flow(Span.of(text), PORTS);
            assertEquals(flow.match(), read.match(), where);
            assertEquals(flow.actions(), read.actions(), where);
            assertEquals(flow.table(), read.table(), where);
            assertEquals(flow.priority(), read.priority(), where);
            assertEquals(flow.cookie(), read.cookie(), where);
        }
    }

    @Test
    void damagedFlowsAreReadOrRefused() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            StringBuilder text =
                    new StringBuilder(FlowFormat.show(RandomFlows.flow(random, true), 0));
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                char c = "(),:=/-+>0x9aZ# \t".charAt(random.nextInt(17));
                text.setCharAt(random.nextInt(text.length()), c);
            }
            try {
                FlowLine.flow(Span.of(text.toString()), PORTS);
            } catch (SyntaxException e) {
                boolean inside = e.column() >= 1 && e.column() <= text.length() + 1;
                assertEquals(true, inside, "seed " + seed + ", round " + round + ":" + text);
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", round " + round + ":" + text, e);
            }
        }
    }
}
