package io.sluice.control.config;

import io.sluice.control.config.Section.Placed;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Reads which thread runs on which core. */
final class CoresSection {
    private static final int MAX_CORE = 1023;

    private final NavigableSet<Integer> allowed;
    private final Mistakes mistakes;
    private List<Integer> workers = List.of();
    private OptionalInt control = OptionalInt.empty();

    CoresSection(NavigableSet<Integer> allowed, Mistakes mistakes) {
        this.allowed = allowed;
        this.mistakes = mistakes;
    }

    List<Integer> workers() {
        return workers;
    }

    OptionalInt control() {
        return control;
    }

    void read(Section root) {
        boolean given = root.has("workers");
        List<Placed<Integer>> cores = root.numbers("workers", 0, MAX_CORE);
        Set<Integer> seen = new HashSet<>();
        for (Placed<Integer> core : cores) {
            checkAllowed("workers", core);
            if (!seen.add(core.value())) {
                mistakes.add(
                        core.node(),
                        "core %d is listed twice, expected one worker for each core"
                                .formatted(core.value()));
            }
        }
        workers = given ? cores.stream().map(Placed::value).toList() : List.of(allowed.last());
        readControl(root.optionalNumber("control-core", 0, MAX_CORE));
    }

    private void readControl(Optional<Placed<Integer>> given) {
        if (given.isEmpty()) {
            control =
                    allowed.stream()
                            .filter(core -> !workers.contains(core))
                            .mapToInt(core -> core)
                            .findFirst();
            return;
        }
        checkAllowed("control-core", given.get());
        int core = given.get().value();
        if (workers.contains(core) && allowed.size() > workers.size()) {
            mistakes.add(
                    given.get().node(),
                    "control-core %d is a worker's, expected one of the other cores (allowed: %s)"
                            .formatted(core, allowed));
        }
        control = OptionalInt.of(core);
    }

    private void checkAllowed(String key, Placed<Integer> core) {
        if (!allowed.contains(core.value())) {
            mistakes.add(
                    core.node(),
                    "%s names core %d, expected cores that this process may use: %s"
                            .formatted(key, core.value(), allowed));
        }
    }
}
