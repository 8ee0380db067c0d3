package io.sluice.control.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.fastpath.Flow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every flow of the packet tests, together in one store: what a dump says can be fed back. */
class DumpedFlowsTest {
    private static final Path FOLDER = Path.of("src/test/resources/packets");
    private static final PortNames PORTS = PortNames.of(Map.of("p1", 1, "p2", 2, "p3", 3, "p4", 4));

    /** What a flow is, without what has happened to it. */
    private static String identity(Flow flow) {
        return "table=%d,priority=%d,cookie=%d %s %s"
                .formatted(
                        flow.table(), flow.priority(), flow.cookie(), flow.match(), flow.actions());
    }

    /** Flow lines, then the groups and meters that they name. */
    private static List<String> lines() throws IOException {
        Set<String> flows = new LinkedHashSet<>();
        List<String> others = new ArrayList<>();
        try (Stream<Path> files = Files.list(FOLDER)) {
            for (Path file : files.sorted().toList()) {
                for (String line : Files.readAllLines(file)) {
                    if (line.startsWith("flow ")) {
                        String text = line.substring("flow ".length());
                        boolean isFlow =
                                !text.startsWith("group_id=") && !text.startsWith("meter=");
                        if (isFlow) {
                            flows.add(text);
                        } else if (!others.contains(text)) {
                            others.add(text);
                        }
                    }
                }
            }
        }
        List<String> all = new ArrayList<>(flows);
        // Cases reuse numbers: the first of each serves all flows here.
        Set<String> numbers = new LinkedHashSet<>();
        others.stream().filter(line -> numbers.add(line.split("[, ]", -1)[0])).forEach(all::add);
        return all;
    }

    private static FlowStore store(List<String> lines) {
        FlowStore store = new FlowStore(change -> {});
        ChangeReader reader = new ChangeReader(PORTS, ChangeReader.Verb.ADD, Optional.empty());
        store.replace(reader.read(String.join("\n", lines)));
        return store;
    }

    @Test
    void aDumpFedBackIsTheSameSet() throws IOException {
        // Each line in a priority of its own, so that none replaces another.
        List<String> lines = new ArrayList<>();
        int priority = 1000;
        int flowLines = 0;
        for (String line : lines()) {
            boolean isFlow = !line.startsWith("group_id=") && !line.startsWith("meter=");
            flowLines += isFlow ? 1 : 0;
            lines.add(
                    isFlow
                            ? line.replaceFirst("priority=[0-9]+,", "")
                                    .replaceFirst("^", "priority=" + priority++ + ",")
                            : line);
        }
        assertTrue(flowLines >= 150, flowLines + " flow lines");
        FlowStore first = store(lines);
        List<Flow> flows = first.flows(FlowFilter.ALL);
        assertEquals(flowLines, flows.size());
        long nowNs = System.nanoTime();
        List<String> dumped = new ArrayList<>();
        flows.forEach(flow -> dumped.add(FlowFormat.show(flow, nowNs)));
        lines.stream()
                .filter(line -> line.startsWith("group_id=") || line.startsWith("meter="))
                .forEach(dumped::add);
        FlowStore second = store(dumped);
        assertEquals(
                flows.stream()
                        .map(DumpedFlowsTest::identity)
                        .sorted()
                        .collect(Collectors.joining("\n")),
                second.flows(FlowFilter.ALL).stream()
                        .map(DumpedFlowsTest::identity)
                        .sorted()
                        .collect(Collectors.joining("\n")));
    }
}
