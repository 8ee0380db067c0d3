package io.sluice.perf;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The results with every single reading, for machines. */
final class JsonReport {
    private JsonReport() {}

    static String of(
            Results results, NewConnectionResults fresh, Machine machine, List<String> proof) {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("machine", machine.facts());
        report.put("proof", proof);
        report.put(
                "workloads", results.workloads().stream().map(w -> workload(results, w)).toList());
        report.put("readings", results.readings().stream().map(JsonReport::reading).toList());
        report.put("new_connections", fresh.rows());
        report.put("notes", results.notes());
        JsonMapper json = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
        return json.writeValueAsString(report) + "\n";
    }

    private static Map<String, Object> workload(Results results, Workload workload) {
        Map<String, Object> row = identity(workload);
        Map<String, Object> peers = new LinkedHashMap<>();
        for (String peer : results.peers()) {
            results.mpps(peer, workload)
                    .ifPresent(mpps ->
                            peers.put(
                                    peer,
                                    Map.of(
                                            "median_mpps", mpps.median(),
                                            "min_mpps", mpps.min(),
                                            "max_mpps", mpps.max(),
                                            "rounds", mpps.count())));
        }
        row.put("peers", peers);
        Map<String, Object> ratios = new LinkedHashMap<>();
        for (String peer : results.peers()) {
            if (!peer.equals(Sluice.NAME)) {
                results.ratio(Sluice.NAME, peer, workload)
                        .ifPresent(ratio -> ratios.put(peer, ratio));
            }
        }
        row.put("sluice_ratio_to", ratios);
        return row;
    }

    private static Map<String, Object> reading(Reading reading) {
        Map<String, Object> row = identity(reading.workload());
        row.put("peer", reading.peer());
        row.put("round", reading.round());
        reading.window()
                .ifPresent(window -> {
                    row.put("mpps", window.mpps());
                    row.put("sent_packets", window.sentPackets());
                    row.put("window_ns", window.nanos());
                    if (window.connections() >= 0) {
                        row.put("connections", window.connections());
                    }
                    row.put("worker_core_percent", window.corePercent());
                    row.put("grew_by", window.details());
                });
        reading.failure().ifPresent(failure -> row.put("failure", failure));
        return row;
    }

    private static Map<String, Object> identity(Workload workload) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("flows", workload.flows());
        row.put("traffic", workload.traffic().label());
        return row;
    }
}
