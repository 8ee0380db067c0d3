package io.sluice.fastpath;

import static io.sluice.fastpath.Flows.any;
import static io.sluice.fastpath.Flows.commit;
import static io.sluice.fastpath.Flows.ct;
import static io.sluice.fastpath.Flows.dnat;
import static io.sluice.fastpath.Flows.flow;
import static io.sluice.fastpath.Flows.ip;
import static io.sluice.fastpath.Flows.output;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.FrameBuilder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GrowingCacheTest {
    private static final int CONNECTIONS = 12_000;

    @Test
    void packetsGoTheirCachedWaysWhileTheCacheGrows() {
        try (Lab lab = new Lab(2, true, 1 << 15)) {
            lab.publish(
                    List.of(
                            flow(0, 1, ip(), ct(5, 1)),
                            flow(
                                    1,
                                    1,
                                    any(),
                                    commit(5, dnat("10.0.0.11", "10.0.0.14", 0)),
                                    output(2))),
                    List.of());
            int before = lab.pipeline.cacheEntries();
            // Made, compiled, and once more what was forgotten between two doublings.
            round(lab);
            round(lab);
            round(lab);
            assertTrue(lab.pipeline.cacheEntries() >= 4 * before, "the cache was to grow");
            long hits = lab.pipeline.hits();
            for (int i = 0; i < 3; i++) {
                round(lab);
            }
            long missed = 3L * CONNECTIONS - (lab.pipeline.hits() - hits);
            assertTrue(missed < CONNECTIONS / 100, missed + " packets took the slow path");
            assertEquals(CONNECTIONS, lab.connections().size());
        }
    }

    private static void round(Lab lab) {
        for (int from = 0; from < CONNECTIONS; from += Pipeline.BURST) {
            List<byte[]> burst = new ArrayList<>();
            for (int i = from; i < Math.min(CONNECTIONS, from + Pipeline.BURST); i++) {
                burst.add(
                        new FrameBuilder()
                                .ip("10.1." + i % 7 + "." + i % 251, "192.0.2.10")
                                .ports(1024 + i, 80)
                                .udp());
            }
            lab.receive(1, burst);
            List<byte[]> sent = lab.sent(2);
            assertEquals(burst.size(), sent.size());
            for (int i = 0; i < sent.size(); i++) {
                assertEquals(Frames.src(burst.get(i)), Frames.src(sent.get(i)));
                assertEquals(Frames.srcPort(burst.get(i)), Frames.srcPort(sent.get(i)));
                assertTrue(Frames.dst(sent.get(i)).startsWith("10.0.0.1"));
                assertTrue(Frames.hasRightChecksums(sent.get(i)));
            }
        }
    }
}
