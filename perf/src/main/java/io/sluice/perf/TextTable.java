package io.sluice.perf;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** The results as a plain table. */
final class TextTable {
    private TextTable() {}

    /** Lines ready to print. */
    static List<String> of(Results results) {
        List<List<String>> rows = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("flows", "traffic"));
        head.addAll(results.peers());
        List<String> others =
                results.peers().contains(Sluice.NAME)
                        ? results.peers().stream().filter(p -> !p.equals(Sluice.NAME)).toList()
                        : List.of();
        others.forEach(other -> head.add(Sluice.NAME + "/" + other));
        rows.add(head);
        for (Workload workload : results.workloads()) {
            List<String> row = new ArrayList<>();
            row.add(Workload.flowsLabel(workload.flows()));
            row.add(workload.traffic().label());
            results.peers().forEach(peer -> row.add(cell(results, peer, workload)));
            others.forEach(other -> row.add(ratio(results.ratio(Sluice.NAME, other, workload))));
            rows.add(row);
        }
        return align(rows);
    }

    static String ratio(OptionalDouble ratio) {
        if (ratio.isEmpty()) {
            return "-";
        }
        double value = ratio.getAsDouble();
        return String.format(Locale.ROOT, value < 10 ? "%.2f" : "%.1f", value);
    }

    private static String cell(Results results, String peer, Workload workload) {
        return results.mpps(peer, workload)
                .map(mpps ->
                        String.format(
                                Locale.ROOT,
                                "%.2f (%.2f-%.2f)",
                                mpps.median(),
                                mpps.min(),
                                mpps.max()))
                .orElse("-");
    }

    private static List<String> align(List<List<String>> rows) {
        int columns = rows.getFirst().size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        List<String> lines = new ArrayList<>();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                // Names stand left, numbers right.
                String format = (i < 2 ? "%-" : "%") + widths[i] + "s";
                line.append(i == 0 ? "" : "  ").append(String.format(format, row.get(i)));
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }
}
