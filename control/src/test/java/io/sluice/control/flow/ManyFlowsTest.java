package io.sluice.control.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.fastpath.RuleTables;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** 100,000 flows in 50 tables, from text to what workers look up. */
class ManyFlowsTest {
    private static final int FLOWS = 100_000;
    private static final int CHANGES = 200;

    private RuleTables tables = RuleTables.EMPTY;
    private final FlowStore store =
            new FlowStore(change -> tables = tables.with(change.removed(), change.added()));

    @Test
    void areLoadedAndOneMoreAtATime() {
        Duration start = cpuTime();
        assertEquals("100000 flows added", store.replace(read(many())).sentence());
        Duration load = cpuTime().minus(start);
        assertEquals(FLOWS, tables.size());
        Duration loaded = cpuTime();
        for (int i = 0; i < CHANGES; i++) {
            store.apply(read("table=7,tcp,nw_src=172.16.0.%d,tp_dst=5,actions=1".formatted(i)));
        }
        Duration each = cpuTime().minus(loaded).dividedBy(CHANGES);
        assertEquals(FLOWS + CHANGES, tables.size());
        // To be read, not judged: machines differ.
        System.out.println("100,000 flows: %s of CPU; one more: %s".formatted(load, each));
    }

    /** Of this thread: whatever else the machine does is not our time. */
    private static Duration cpuTime() {
        return Duration.ofNanos(ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime());
    }

    @Test
    void onlyOthersAreReplaced() {
        store.replace(read(many()));
        RuleTables before = tables;
        List<String> lines = new ArrayList<>(many().lines().toList());
        lines.set(5, "table=5,tcp,actions=7");
        assertEquals(
                "1 flow added, 1 flow deleted",
                store.replace(read(String.join("\n", lines))).sentence());
        assertTrue(before != tables);
        assertEquals(FLOWS, tables.size());
        assertEquals("100000 flows deleted", store.apply(read("delete")).sentence());
        assertEquals(0, tables.size());
    }

    /** A reader that looks again at all that it has read takes minutes here. */
    @Test
    void aStatementMayBeLong() {
        int parts = 50_000;
        store.apply(read("group_id=1,type=all" + ",bucket=actions=2".repeat(parts)));
        assertEquals(parts, store.groups().iterator().next().buckets().size());
        List<String> lines = new ArrayList<>(Collections.nCopies(parts, "type=drop rate=1"));
        lines.addFirst("meter=1 kbps bands=");
        Statement only = Statement.of(lines).getFirst();
        assertEquals(parts + 1, only.line(only.text().length()));
    }

    private static List<Change.Placed> read(String text) {
        return new ChangeReader(PortNames.of(Map.of()), ChangeReader.Verb.ADD, Optional.empty())
                .read(text);
    }

    /** Of several kinds in each table. */
    private static String many() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < FLOWS; i++) {
            int high = i >> 8;
            int low = i & 0xFF;
            String match =
                    switch (i / 50 % 4) {
                        case 0 ->
                                "tcp,nw_src=10.%d.%d.%d,tp_dst=80"
                                        .formatted(high >> 8, high & 0xFF, low);
                        case 1 ->
                                "ip,nw_dst=10.%d.%d.0/24,nw_proto=%d"
                                        .formatted(high >> 8, high & 0xFF, low);
                        case 2 -> "udp,in_port=%d,ct_state=+trk,tp_src=%d".formatted(1 + high, low);
                        default ->
                                "dl_src=02:00:00:%02x:%02x:%02x"
                                        .formatted(high >> 8, high & 0xFF, low);
                    };
            text.append(
                    "table=%d,priority=%d,%s,actions=mod_dl_dst:02:00:00:00:00:09,resubmit(,60),2\n"
                            .formatted(i % 50, 100 + i % 7, match));
        }
        return text.toString();
    }
}
