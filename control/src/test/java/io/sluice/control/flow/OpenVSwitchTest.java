package io.sluice.control.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.control.text.Span;
import io.sluice.fastpath.Flow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random flows, written by us, read and written by {@code ovs-ofctl} where it is installed. */
class OpenVSwitchTest {
    private static final int FLOWS = 2_000;
    private static final PortNames PORTS = PortNames.of(Map.of());

    @TempDir private Path folder;

    @Test
    void openVSwitchWritesFlowsAsWeDo() throws IOException, InterruptedException {
        assumeTrue(isInstalled(), "ovs-ofctl is not installed");
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<String> ours = new ArrayList<>();
        for (int i = 0; i < FLOWS; i++) {
            Flow flow = RandomFlows.flow(random, false);
            ours.add(
                    "table=%d,%s"
                            .formatted(
                                    flow.table(),
                                    FlowFormat.show(flow, 0)
                                            .replaceFirst(
                                                    ".* idle_age=0, (hard_age=[0-9]+, )?", "")));
        }
        List<String> theirs = parseFlows(ours);
        assertEquals(FLOWS, theirs.size(), "seed " + seed);
        for (int i = 0; i < FLOWS; i++) {
            assertEquals(ours.get(i), theirs.get(i), "seed " + seed);
            FlowLine.flow(Span.of(theirs.get(i)), PORTS);
        }
    }

    private List<String> parseFlows(List<String> flows) throws IOException, InterruptedException {
        Path file = Files.write(folder.resolve("flows"), flows);
        Path out = folder.resolve("out");
        Process process =
                new ProcessBuilder("ovs-ofctl", "parse-flows", file.toString())
                        .redirectOutput(out.toFile())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        assertEquals(0, process.waitFor());
        return Files.readAllLines(out).stream()
                .filter(line -> line.contains(": ADD "))
                .map(OpenVSwitchTest::asFlow)
                .toList();
    }

    /** {@code NXT_FLOW_MOD (xid=0x1): ADD table:3 tcp actions=drop}. */
    private static String asFlow(String line) {
        String flow = line.replaceFirst(".*: ADD ", "");
        return flow.startsWith("table:")
                ? flow.replaceFirst("table:([0-9]+) ", "table=$1,")
                : "table=0," + flow;
    }

    private static boolean isInstalled() {
        return Stream.of(System.getenv("PATH").split(":", -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "ovs-ofctl")));
    }
}
