package io.sluice.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sluice.control.flow.ChangeReader;
import io.sluice.control.flow.FlowStore;
import io.sluice.control.flow.PacketText;
import io.sluice.control.flow.PortNames;
import io.sluice.control.text.Span;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Packets in, packets out: every case of the files in {@code packets/}, with the flow cache and
 * without, each packet several times so that it also takes its cached way.
 */
class PacketTableTest {
    private static final Path FOLDER = Path.of("src/test/resources/packets");
    private static final int PORTS = 4;
    private static final int TIMES = 3;
    private static final PortNames PORT_NAMES =
            PortNames.of(Map.of("p1", 1, "p2", 2, "p3", 3, "p4", 4));

    static Stream<PacketTable.Case> cases() throws IOException {
        List<PacketTable.Case> cases = new ArrayList<>();
        try (Stream<Path> files = Files.list(FOLDER)) {
            files.sorted().forEach(file -> cases.addAll(PacketTable.read(file).cases()));
        }
        return cases.stream();
    }

    @AutoClose private static final Lab WITH_CACHE = new Lab(PORTS, true, 256);
    @AutoClose private static final Lab WITHOUT_CACHE = new Lab(PORTS, false, 256);

    @ParameterizedTest
    @MethodSource("cases")
    void comesOutAsWritten(PacketTable.Case tested) {
        run(WITH_CACHE, "with cache", tested);
        run(WITHOUT_CACHE, "without cache", tested);
    }

    private static void run(Lab lab, String how, PacketTable.Case tested) {
        lab.forgetAll();
        install(lab, tested.flows());
        for (PacketTable.Step step : tested.steps()) {
            for (int time = 1; time <= TIMES; time++) {
                run(lab, step, "%s, %s, time %d".formatted(step.where(), how, time));
            }
        }
    }

    private static void install(Lab lab, List<String> flows) {
        ChangeReader reader = new ChangeReader(PORT_NAMES, ChangeReader.Verb.ADD, Optional.empty());
        // All that a new store publishes is added.
        FlowStore store =
                new FlowStore(
                        change -> lab.publish(change.added(), change.groups(), change.meters()));
        store.apply(reader.read(String.join("\n", flows)));
    }

    private static void run(Lab lab, PacketTable.Step step, String which) {
        Map<DropReason, Long> before = drops(lab);
        lab.receive(step.port(), frame(step.packet()));
        List<String> expected =
                step.outs().stream()
                        .map(out -> out.port() + " " + hex(frame(out.packet()), out.maxBytes()))
                        .sorted()
                        .toList();
        List<String> actual = new ArrayList<>();
        for (int port = 1; port <= PORTS; port++) {
            for (byte[] frame : lab.sent(port)) {
                actual.add(port + " " + hex(frame, frame.length));
            }
        }
        actual.sort(null);
        assertEquals(String.join("\n", expected), String.join("\n", actual), which);
        List<String> dropped = new ArrayList<>();
        drops(lab)
                .forEach((reason, count) -> {
                    for (long i = before.get(reason); i < count; i++) {
                        dropped.add(reason.label());
                    }
                });
        assertEquals(step.drops().stream().sorted().toList(), dropped.stream().sorted().toList());
    }

    private static Map<DropReason, Long> drops(Lab lab) {
        Map<DropReason, Long> drops = new EnumMap<>(DropReason.class);
        for (DropReason reason : DropReason.values()) {
            drops.put(reason, lab.dropped(reason));
        }
        return drops;
    }

    private static byte[] frame(String packet) {
        return PacketComposer.compose(
                PacketText.read(Span.of(packet), PORT_NAMES).key(), Optional.empty());
    }

    private static String hex(byte[] frame, int maxBytes) {
        return HexFormat.of().formatHex(frame, 0, Math.min(maxBytes, frame.length));
    }
}
