package io.sluice.perf;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** Everything measured in one run, and what the reports say about it. */
final class Results {
    /** A worker that had less of its core's time was disturbed. */
    static final int UNDISTURBED_PERCENT = 97;

    private final List<String> peers;
    private final List<Workload> workloads;
    private final Map<String, String> absences = new LinkedHashMap<>();
    private final List<Reading> readings = new ArrayList<>();

    /**
     * @param peers columns, in order
     * @param workloads rows, in order
     */
    Results(List<String> peers, List<Workload> workloads) {
        this.peers = List.copyOf(peers);
        this.workloads = List.copyOf(workloads);
    }

    List<String> peers() {
        return peers;
    }

    List<Workload> workloads() {
        return workloads;
    }

    List<Reading> readings() {
        return List.copyOf(readings);
    }

    /** Says why a column stays empty. */
    void absent(String peer, String reason) {
        absences.put(peer, reason);
    }

    void add(Reading reading) {
        readings.add(reading);
    }

    boolean hasFailed(String peer, Workload workload) {
        return of(peer, workload).stream().anyMatch(reading -> reading.failure().isPresent());
    }

    boolean hasFailed(String peer) {
        return absences.containsKey(peer)
                || workloads.stream().anyMatch(workload -> hasFailed(peer, workload));
    }

    /** Packets per second in millions; empty if nothing was measured. */
    Optional<Statistics> mpps(String peer, Workload workload) {
        List<Double> values =
                of(peer, workload).stream()
                        .flatMap(reading -> reading.window().stream())
                        .map(Throughput.Window::mpps)
                        .toList();
        return values.isEmpty() ? Optional.empty() : Optional.of(Statistics.of(values));
    }

    /** The median of one over the median of the other. */
    OptionalDouble ratio(String peer, String over, Workload workload) {
        Optional<Statistics> above = mpps(peer, workload);
        Optional<Statistics> below = mpps(over, workload);
        if (above.isEmpty() || below.isEmpty() || below.get().median() == 0) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(above.get().median() / below.get().median());
    }

    /** Why cells are empty and what casts doubt on the others, a line each. */
    List<String> notes() {
        List<String> notes = new ArrayList<>();
        absences.forEach((peer, reason) -> notes.add(peer + ": " + reason));
        long disturbed =
                readings.stream()
                        .flatMap(reading -> reading.window().stream())
                        .filter(window -> window.corePercent() < UNDISTURBED_PERCENT)
                        .count();
        if (disturbed > 0) {
            notes.add(
                    "%d of %d readings were disturbed: the worker had less than %d %% of its core"
                            .formatted(disturbed, readings.size(), UNDISTURBED_PERCENT));
        }
        for (Reading reading : readings) {
            reading.failure()
                    .ifPresent(failure ->
                            notes.add(
                                    "%s, %s, round %d: %s"
                                            .formatted(
                                                    reading.peer(),
                                                    reading.workload().label(),
                                                    reading.round(),
                                                    failure)));
        }
        return notes;
    }

    private List<Reading> of(String peer, Workload workload) {
        return readings.stream()
                .filter(reading -> reading.peer().equals(peer))
                .filter(reading -> reading.workload().equals(workload))
                .toList();
    }
}
