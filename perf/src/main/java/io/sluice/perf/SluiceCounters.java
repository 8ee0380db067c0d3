package io.sluice.perf;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** What Sluice's control methods answer, summed over workers, and what must be true of it. */
record SluiceCounters(Workers workers, Zone zone, Map<String, Long> drops, Port port) {
    /** Sums over all workers; {@code busyPercent} is their mean. */
    record Workers(long packets, long bursts, long cacheHits, long slowPath, long busyPercent) {}

    /** The counters of the zone that the rules use. */
    record Zone(
            long connections, long created, long closed, long refused, long packets, long bytes) {}

    /** The counters of the one port. */
    record Port(long rxPackets, long txPackets, long rxDropped, long txDropped) {}

    long droppedPackets() {
        return drops.values().stream().mapToLong(Long::longValue).sum();
    }

    static Workers workers(JsonNode answer) {
        long packets = 0;
        long bursts = 0;
        long cacheHits = 0;
        long slowPath = 0;
        long busy = 0;
        List<JsonNode> rows = rows(answer);
        for (JsonNode row : rows) {
            packets += number(row, "packets");
            bursts += number(row, "bursts");
            cacheHits += number(row, "cache_hits");
            slowPath += number(row, "slow_path");
            busy += Math.round(row.path("busy_percent").asDouble(0));
        }
        return new Workers(packets, bursts, cacheHits, slowPath, busy / Math.max(1, rows.size()));
    }

    /** A zone that was never used counts nothing. */
    static Zone zone(JsonNode answer, int zone) {
        for (JsonNode row : rows(answer)) {
            if (number(row, "zone") == zone) {
                return new Zone(
                        number(row, "connections"),
                        number(row, "created"),
                        number(row, "closed"),
                        number(row, "refused"),
                        number(row, "packets"),
                        number(row, "bytes"));
            }
        }
        return new Zone(0, 0, 0, 0, 0, 0);
    }

    static Map<String, Long> drops(JsonNode answer) {
        Map<String, Long> drops = new TreeMap<>();
        for (JsonNode row : rows(answer)) {
            long packets = number(row, "packets");
            if (packets != 0) {
                drops.put(row.path("reason").asString(), packets);
            }
        }
        return drops;
    }

    static Port port(JsonNode answer, String name) {
        for (JsonNode row : rows(answer)) {
            if (row.path("name").asString().equals(name)) {
                return new Port(
                        number(row, "rx_packets"),
                        number(row, "tx_packets"),
                        number(row, "rx_dropped"),
                        number(row, "tx_dropped"));
            }
        }
        throw new BenchException("Sluice shows no port " + name + ": " + answer);
    }

    private static List<JsonNode> rows(JsonNode answer) {
        List<JsonNode> rows = new ArrayList<>();
        if (answer.isArray()) {
            answer.forEach(rows::add);
        } else if (answer.isObject()) {
            rows.add(answer);
        } else {
            throw new BenchException("expected a JSON array of objects, not " + answer);
        }
        return rows;
    }

    private static long number(JsonNode row, String field) {
        JsonNode value = row.path(field);
        if (!value.isIntegralNumber()) {
            throw new BenchException("no number '" + field + "' in " + row);
        }
        return value.longValue();
    }
}
