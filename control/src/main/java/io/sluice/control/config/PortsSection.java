package io.sluice.control.config;

import io.sluice.control.config.Section.Placed;
import io.sluice.control.flow.PortNames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads the list of ports and gives numbers to those without. */
final class PortsSection {
    private static final int MAX_QUEUES = 64;
    private static final int MIN_MTU = 68;
    private static final int MAX_MTU = 9600;

    private final Mistakes mistakes;
    private final Map<String, Integer> lineOfName = new HashMap<>();
    private final Map<Integer, Integer> lineOfNumber = new HashMap<>();
    private final List<Draft> drafts = new ArrayList<>();

    private record Draft(
            String name, Optional<Integer> number, String devargs, int queues, int mtu) {}

    PortsSection(Mistakes mistakes) {
        this.mistakes = mistakes;
    }

    List<Config.Port> read(List<Node> nodes) {
        nodes.forEach(node -> readOne(new Section("a port", node, mistakes)));
        Set<Integer> taken = new HashSet<>(lineOfNumber.keySet());
        List<Config.Port> ports = new ArrayList<>();
        for (Draft draft : drafts) {
            int number = draft.number.orElseGet(() -> PortNumbers.firstFree(taken));
            taken.add(number);
            ports.add(new Config.Port(draft.name, number, draft.devargs, draft.queues, draft.mtu));
        }
        return List.copyOf(ports);
    }

    static PortNames names(List<Config.Port> ports) {
        Map<String, Integer> numbers = new LinkedHashMap<>();
        ports.forEach(port -> numbers.put(port.name(), port.number()));
        return PortNames.of(numbers);
    }

    private void readOne(Section section) {
        Optional<Placed<String>> name = section.require("name", section.text("name"));
        Optional<Placed<Integer>> number = section.optionalNumber("number", 1, PortNumbers.MAX);
        Optional<Placed<String>> devargs = section.require("devargs", section.text("devargs"));
        int queues = section.number("queues", 1, MAX_QUEUES, 1);
        int mtu = section.number("mtu", MIN_MTU, MAX_MTU, 0);
        section.finish();
        name.ifPresent(this::checkName);
        number.ifPresent(each -> checkOnce(lineOfNumber, each, "port number"));
        if (name.isPresent()) {
            drafts.add(
                    new Draft(
                            name.get().value(),
                            number.map(Placed::value),
                            devargs.map(Placed::value).orElse(""),
                            queues,
                            mtu));
        }
    }

    private void checkName(Placed<String> name) {
        PortNumbers.reasonAgainst(name.value())
                .ifPresent(reason -> mistakes.add(name.node(), reason));
        checkOnce(lineOfName, name, "port name");
    }

    private <T> void checkOnce(Map<T, Integer> lines, Placed<T> each, String what) {
        int line = each.node().getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
        Integer before = lines.putIfAbsent(each.value(), line);
        if (before != null) {
            mistakes.add(
                    each.node(),
                    "%s '%s' is taken by the port in line %d, expected another"
                            .formatted(what, each.value(), before));
        }
    }
}
