package io.sluice.perf;

import java.util.Map;
import java.util.Optional;

/**
 * One program, one workload, one round.
 *
 * @param window what was measured; empty if it failed
 * @param failure why it failed; empty if it was measured
 */
record Reading(
        String peer,
        Workload workload,
        int round,
        Optional<Throughput.Window> window,
        Optional<String> failure) {

    static Reading measured(String peer, Workload workload, int round, Throughput.Window window) {
        return new Reading(peer, workload, round, Optional.of(window), Optional.empty());
    }

    static Reading failed(String peer, Workload workload, int round, String failure) {
        return new Reading(peer, workload, round, Optional.empty(), Optional.of(failure));
    }

    /** Details as numbers, for the report of every single reading. */
    Map<String, Long> details() {
        return window.map(Throughput.Window::details).orElse(Map.of());
    }
}
