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
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random flows, written by us, read and written by {@code ovs-ofctl} where it is installed. */
class OpenVSwitchTest {
    private static final int FLOWS = 2_000;
    private static final String ANY_VERSION = "OpenFlow10,OpenFlow13,OpenFlow14,OpenFlow15";
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

    @Test
    void openVSwitchWritesMatchesAsWeDo() throws IOException, InterruptedException {
        assumeTrue(isInstalled(), "ovs-ofctl is not installed");
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<String> ours = new ArrayList<>();
        for (int i = 0; i < FLOWS; i++) {
            String match = MatchFormat.show(RandomMatches.match(random));
            ours.add("table=0," + match + (match.isEmpty() ? "" : " ") + "actions=drop");
        }
        List<String> theirs = parseFlows(ours);
        assertEquals(FLOWS, theirs.size(), "seed " + seed);
        for (int i = 0; i < FLOWS; i++) {
            assertEquals(ours.get(i), theirs.get(i), "seed " + seed);
        }
    }

    /** Of every kind, in the tables' canonical text and as people write it. */
    @Test
    void openVSwitchReadsActionsAsWeDo() throws IOException, InterruptedException {
        assumeTrue(isInstalled(), "ovs-ofctl is not installed");
        for (String version : List.of("10", "13", "15", "")) {
            List<ActionRows.Row> rows =
                    ActionRows.all()
                            .filter(row -> !row.flow().contains("p0") && !row.flow().contains("p1"))
                            .filter(row -> row.openVSwitch().equals(version))
                            .filter(row -> row.flow().equals(withoutOurs(row.flow())))
                            .toList();
            String protocol = "OpenFlow" + (version.isEmpty() ? "13,OpenFlow10" : version);
            List<String> theirs =
                    parseFlows(rows.stream().map(ActionRows.Row::flow).toList(), "-O", protocol);
            assertEquals(rows.size(), theirs.size(), "OpenFlow " + version);
            for (int i = 0; i < rows.size() && !version.isEmpty(); i++) {
                String actions = theirs.get(i).replaceFirst(".*actions=", "");
                assertEquals(rows.get(i).shown(), actions, rows.get(i).flow());
            }
        }
    }

    @Test
    void openVSwitchReadsWhatWeWrite() throws IOException, InterruptedException {
        assumeTrue(isInstalled(), "ovs-ofctl is not installed");
        long seed = System.nanoTime();
        RandomActions random = new RandomActions(new Random(seed));
        List<String> ours = new ArrayList<>();
        for (int i = 0; i < FLOWS; i++) {
            Flow flow = random.flow();
            String text = FlowFormat.show(flow, 0).replaceFirst(".* n_bytes=0, ", "");
            if (isReadable(text)) {
                ours.add("table=" + flow.table() + "," + withoutOurs(text));
            }
        }
        // The flows of a file need a version of OpenFlow in common, and meters need a later one.
        Map<Boolean, List<String>> byMeter =
                ours.stream().collect(Collectors.partitioningBy(text -> text.contains("meter")));
        for (List<String> flows : byMeter.values()) {
            assertEquals(flows.size(), parseFlows(flows, "-O", ANY_VERSION).size(), "seed " + seed);
        }
    }

    /** What only we have. */
    private static String withoutOurs(String text) {
        return text.replaceAll("(ct\\(commit(,force)?),log", "$1")
                .replaceAll("(zone_orig=[^,)]*),zone_reply=[^,)]*", "$1")
                .replaceAll("zone_(orig|reply)=", "zone=")
                .replaceAll(",[a-z-]+-(mapping|filtering)", "")
                .replaceAll(",?(port-block-size|max-port-blocks|port-block-hold)=\\d+", "")
                .replaceAll("(ct\\([^ ]*)untied,?", "$1");
    }

    /**
     * No version of OpenFlow has all that may be done to tags where there may be none, or a meter
     * beside it; where goto_table becomes a resubmit, it stands too late. Open vSwitch's ct_state
     * and arp_op are wider, it has no room for a long mask of an IPv6 address, and it knows no port
     * of more than 16 bits and no impossible ip_frag. It writes ports of the null translation in a
     * way that it cannot read.
     */
    private static boolean isReadable(String text) {
        boolean hasLongMask = text.matches(".*/[0-9a-f:]+->(ipv6_src|ipv6_dst|nd_target).*");
        boolean hasTags = text.contains("vlan");
        boolean hasNullPorts = text.matches(".*nat\\(...=(0\\.0\\.0\\.0|\\[::\\]):.*");
        return !hasNullPorts
                && !text.contains("push_vlan")
                && !(text.contains("meter") && hasTags)
                && !(text.contains("write_metadata") && text.contains("goto_table"))
                && !text.contains("CT_STATE[]")
                && !text.contains("ARP_OP[]")
                && !text.contains("OXM_OF_IN_PORT[]=0x")
                && !text.contains("IP_FRAG[]=0x")
                && !hasLongMask;
    }

    private List<String> parseFlows(List<String> flows, String... options)
            throws IOException, InterruptedException {
        Path file = Files.write(folder.resolve("flows"), flows);
        Path out = folder.resolve("out");
        List<String> command = new ArrayList<>(List.of("ovs-ofctl"));
        command.addAll(List.of(options));
        command.addAll(List.of("parse-flows", file.toString()));
        Process process =
                new ProcessBuilder(command)
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

    static boolean isInstalled() {
        return Stream.of(System.getenv("PATH").split(":", -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "ovs-ofctl")));
    }
}
