package io.sluice.perf;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The rates of all rounds, for each translation, and what the reports say about them. */
final class NewConnectionResults {
    private final Map<Translation, List<NewConnectionRate>> rates =
            new EnumMap<>(Translation.class);
    private final List<String> proof = new ArrayList<>();
    private boolean failed;

    void add(Translation translation, NewConnectionRate rate) {
        rates.computeIfAbsent(translation, none -> new ArrayList<>()).add(rate);
        if (rate.mistakes().isEmpty()) {
            proof.add("ok   new connections, " + translation.label() + ": " + rate.proof());
        } else {
            fail(translation, "the rate", rate.mistakes());
        }
    }

    void addFrames(Translation translation, int frames, List<String> mistakes) {
        if (mistakes.isEmpty()) {
            proof.add(
                    "ok   new connections, %s: %d of %d frames right in addresses, ports, MACs, checksums, payload; no tuple twice"
                            .formatted(translation.label(), frames, frames));
        } else {
            fail(translation, "frames", mistakes);
        }
    }

    void fail(Translation translation, String what, List<String> mistakes) {
        failed = true;
        proof.add("FAIL new connections, " + translation.label() + ", " + what);
        mistakes.forEach(mistake -> proof.add("       " + mistake));
    }

    boolean failed() {
        return failed;
    }

    /** Lines that start with {@code ok} or {@code FAIL}. */
    List<String> proof() {
        return List.copyOf(proof);
    }

    /** Lines ready to print. */
    List<String> table() {
        List<String> lines = new ArrayList<>();
        rates.forEach((translation, list) -> {
            Statistics millions = millions(list);
            long disturbed =
                    list.stream()
                            .filter(rate -> rate.corePercent() < Results.UNDISTURBED_PERCENT)
                            .count();
            lines.add(
                    String.format(
                                    Locale.ROOT,
                                    "%-16s %5.2f (%.2f-%.2f)%s",
                                    translation.label(),
                                    millions.median(),
                                    millions.min(),
                                    millions.max(),
                                    disturbed == 0
                                            ? ""
                                            : "  %d of %d readings disturbed"
                                                    .formatted(disturbed, list.size()))
                            .stripTrailing());
        });
        return lines;
    }

    private static Statistics millions(List<NewConnectionRate> list) {
        return Statistics.of(list.stream().map(NewConnectionRate::millionsPerSecond).toList());
    }

    /** For machines: every single reading. */
    List<Map<String, Object>> rows() {
        List<Map<String, Object>> rows = new ArrayList<>();
        rates.forEach((translation, list) -> {
            for (int round = 1; round <= list.size(); round++) {
                rows.add(row(translation, round, list.get(round - 1)));
            }
        });
        return rows;
    }

    private static Map<String, Object> row(
            Translation translation, int round, NewConnectionRate rate) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("translation", translation.label());
        row.put("round", round);
        row.put("millions_per_second", rate.millionsPerSecond());
        row.put("created", rate.created());
        row.put("ended", rate.ended());
        row.put("window_ns", rate.nanos());
        row.put("held_min", rate.leastHeld());
        row.put("held_max", rate.mostHeld());
        row.put("worker_core_percent", rate.corePercent());
        row.put("mistakes", rate.mistakes());
        return row;
    }
}
