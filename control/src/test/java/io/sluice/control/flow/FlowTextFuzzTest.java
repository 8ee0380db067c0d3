package io.sluice.control.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.sluice.control.text.Span;
import io.sluice.fastpath.Flow;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Any text as a file of flows, groups and meters. */
class FlowTextFuzzTest {
    private static final Pattern PLACE = Pattern.compile("f:([0-9]+):([0-9]+): .+", Pattern.DOTALL);

    private static final ChangeReader READER =
            new ChangeReader(
                    PortNames.of(Map.of("p0", 1, "p1", 2, "uplink", 7)),
                    ChangeReader.Verb.ADD,
                    Optional.of("f"));
    private static final PortNames NO_NAMES = PortNames.of(Map.of());

    @FuzzTest
    void textIsReadOrRefusedAtAPlaceInIt(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        read(text).forEach(FlowTextFuzzTest::checkReadBack);
    }

    private static List<Change> read(String text) {
        try {
            return READER.read(text).stream().map(Change.Placed::change).toList();
        } catch (RulesException e) {
            assertTrue(!e.mistakes().isEmpty());
            e.mistakes().forEach(mistake -> checkPlace(mistake, text.lines().toList()));
            return List.of();
        }
    }

    private static void checkPlace(String mistake, List<String> lines) {
        Matcher place = PLACE.matcher(mistake);
        assertTrue(place.matches(), mistake);
        int line = Integer.parseInt(place.group(1));
        int column = Integer.parseInt(place.group(2));
        assertTrue(line >= 1 && line <= lines.size(), mistake);
        assertTrue(column >= 1 && column <= lines.get(line - 1).length() + 1, mistake);
    }

    private static void checkReadBack(Change change) {
        switch (change) {
            case Change.AddFlow add -> checkReadBack(add.flow());
            case Change.AddGroup add -> {
                String shown = GroupFormat.show(add.group());
                assertEquals(shown, GroupFormat.show(GroupLine.group(Span.of(shown), NO_NAMES)));
            }
            case Change.AddMeter add ->
                    assertEquals(
                            add.meter(), MeterLine.meter(Span.of(MeterFormat.show(add.meter()))));
            default -> {}
        }
    }

    private static void checkReadBack(Flow flow) {
        String shown = FlowFormat.show(flow, flow.clock().createdNs());
        Flow read = FlowLine.flow(Span.of(shown), NO_NAMES);
        assertEquals(flow.match(), read.match(), shown);
        assertEquals(flow.actions(), read.actions(), shown);
        assertEquals(flow.table(), read.table(), shown);
        assertEquals(flow.priority(), read.priority(), shown);
        assertEquals(flow.cookie(), read.cookie(), shown);
    }
}
