package io.sluice.control.command;

import io.sluice.conntrack.Zones;
import io.sluice.control.flow.RangeText;
import io.sluice.control.socket.Answer;
import io.sluice.fastpath.DropReason;
import io.sluice.fastpath.WorkerStats;
import io.sluice.natlb.NatCounters;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/** {@code stats/...}. */
final class StatsCommands {
    private StatsCommands() {}

    static Answer zones(Running running, Parameters parameters) {
        parameters.requireCount(0, 0, "");
        running.engine().datapath().foldCounters();
        List<Zones.Stats> zones = running.engine().datapath().zoneStats();
        return parameters.answer(() -> zonesText(zones), () -> zonesJson(zones));
    }

    static Answer workers(Running running, Parameters parameters) {
        parameters.requireCount(0, 0, "");
        List<WorkerStats> workers = running.engine().datapath().workerStats();
        return parameters.answer(() -> workersText(workers), () -> workersJson(workers));
    }

    static Answer drops(Running running, Parameters parameters) {
        parameters.requireCount(0, 0, "");
        Map<DropReason, Long> drops = running.engine().datapath().drops();
        return parameters.answer(() -> dropsText(drops), () -> dropsJson(drops));
    }

    static Answer nat(Running running, Parameters parameters) {
        parameters.requireCount(0, 0, "");
        List<NatCounters.Row> rows = running.engine().datapath().natStats();
        return parameters.answer(() -> natText(rows), () -> natJson(rows));
    }

    private static String natText(List<NatCounters.Row> rows) {
        TextTable table =
                new TextTable("zone", "range", "created", "exhausted", "gave_up", "block_limit");
        for (NatCounters.Row each : rows) {
            table.add(
                    each.zone(),
                    RangeText.show(each.range()),
                    each.created(),
                    each.exhausted(),
                    each.gaveUp(),
                    each.blockLimit());
        }
        return table.text();
    }

    private static JsonNode natJson(List<NatCounters.Row> rows) {
        ArrayNode all = Json.array();
        for (NatCounters.Row each : rows) {
            all.addObject()
                    .put("zone", each.zone())
                    .put("range", RangeText.show(each.range()))
                    .put("created", each.created())
                    .put("exhausted", each.exhausted())
                    .put("gave_up", each.gaveUp())
                    .put("block_limit", each.blockLimit());
        }
        return all;
    }

    private static String zonesText(List<Zones.Stats> zones) {
        TextTable table =
                new TextTable(
                        "zone",
                        "connections",
                        "created",
                        "closed",
                        "refused",
                        "packets",
                        "bytes",
                        "evicted");
        for (Zones.Stats each : zones) {
            table.add(
                    each.zone(),
                    each.live(),
                    each.created(),
                    each.closed(),
                    each.refused(),
                    each.packets(),
                    each.bytes(),
                    each.evicted());
        }
        return table.text();
    }

    private static JsonNode zonesJson(List<Zones.Stats> zones) {
        ArrayNode all = Json.array();
        for (Zones.Stats each : zones) {
            all.addObject()
                    .put("zone", each.zone())
                    .put("connections", each.live())
                    .put("created", each.created())
                    .put("closed", each.closed())
                    .put("refused", each.refused())
                    .put("packets", each.packets())
                    .put("bytes", each.bytes())
                    .put("evicted", each.evicted())
                    .put("refused_zone_limit", each.refused(Zones.Refusal.ZONE_LIMIT))
                    .put("refused_table_full", each.refused(Zones.Refusal.TABLE_FULL))
                    .put("refused_bucket_full", each.refused(Zones.Refusal.BUCKET_FULL))
                    .put("refused_nat", each.refused(Zones.Refusal.NAT));
        }
        return all;
    }

    private static String workersText(List<WorkerStats> workers) {
        TextTable table =
                new TextTable(
                        "worker",
                        "core",
                        "packets",
                        "bursts",
                        "cache_hits",
                        "slow_path",
                        "busy_percent");
        for (WorkerStats each : workers) {
            table.add(
                    each.worker(),
                    each.core(),
                    each.packets(),
                    each.bursts(),
                    each.cacheHits(),
                    each.slowPath(),
                    each.busyPercent());
        }
        return table.text();
    }

    private static JsonNode workersJson(List<WorkerStats> workers) {
        ArrayNode all = Json.array();
        for (WorkerStats each : workers) {
            all.addObject()
                    .put("worker", each.worker())
                    .put("core", each.core())
                    .put("packets", each.packets())
                    .put("bursts", each.bursts())
                    .put("cache_hits", each.cacheHits())
                    .put("slow_path", each.slowPath())
                    .put("busy_percent", each.busyPercent());
        }
        return all;
    }

    private static String dropsText(Map<DropReason, Long> drops) {
        TextTable table = new TextTable("packets", "reason", "meaning");
        drops.forEach((reason, packets) -> table.add(packets, reason.label(), reason.meaning()));
        return table.text();
    }

    private static JsonNode dropsJson(Map<DropReason, Long> drops) {
        ArrayNode all = Json.array();
        drops.forEach((reason, packets) ->
                all.addObject().put("reason", reason.label()).put("packets", packets));
        return all;
    }
}
