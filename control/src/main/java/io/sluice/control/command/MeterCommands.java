package io.sluice.control.command;

import io.sluice.control.flow.Change;
import io.sluice.control.flow.ChangeReader.Verb;
import io.sluice.control.flow.MeterFormat;
import io.sluice.control.flow.MeterLine;
import io.sluice.control.socket.Answer;
import io.sluice.control.socket.CommandException;
import io.sluice.control.text.Span;
import io.sluice.fastpath.Counters;
import io.sluice.fastpath.Meter;
import io.sluice.fastpath.MeterConfig;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code meter/...}. */
final class MeterCommands {
    private MeterCommands() {}

    static Answer add(Running running, Parameters parameters) {
        return apply(running, parameters, Verb.ADD);
    }

    static Answer mod(Running running, Parameters parameters) {
        return apply(running, parameters, Verb.MODIFY);
    }

    static Answer del(Running running, Parameters parameters) {
        Change change = new Change.DelMeter(MeterLine.idOrAll(Span.of(parameters.text())));
        return RuleCommands.apply(running, parameters, change);
    }

    static Answer dump(Running running, Parameters parameters) {
        return list(
                running,
                parameters,
                meter -> MeterFormat.show(meter.config()),
                meter -> json(meter.config()));
    }

    static Answer stats(Running running, Parameters parameters) {
        Map<Integer, Long> flowCounts = running.engine().flows().flowsByMeter();
        long nowNs = System.nanoTime();
        return list(
                running,
                parameters,
                meter -> MeterFormat.stats(meter, flowCounts.getOrDefault(meter.id(), 0L), nowNs),
                meter -> statsJson(meter, flowCounts.getOrDefault(meter.id(), 0L), nowNs));
    }

    private static Answer apply(Running running, Parameters parameters, Verb verb) {
        return RuleCommands.apply(
                running,
                parameters,
                verb,
                change -> change instanceof Change.OfMeter,
                "not a meter; expected meter=N...");
    }

    private static Answer list(
            Running running,
            Parameters parameters,
            Function<Meter, String> text,
            Function<Meter, ObjectNode> json) {
        OptionalInt id = MeterLine.idOrAll(Span.of(parameters.text()));
        List<Meter> meters =
                running.engine().flows().meters().stream()
                        .filter(meter -> id.isEmpty() || id.getAsInt() == meter.id())
                        .toList();
        if (id.isPresent() && meters.isEmpty()) {
            throw new CommandException(
                    "meter " + Integer.toUnsignedString(id.getAsInt()) + " does not exist");
        }
        return parameters.answer(
                () -> meters.stream().map(text).collect(Collectors.joining("\n\n")),
                () -> {
                    ArrayNode all = Json.array();
                    meters.forEach(meter -> all.add(json.apply(meter)));
                    return all;
                });
    }

    private static ObjectNode json(MeterConfig meter) {
        boolean packets = meter.unit() == MeterConfig.Unit.PKTPS;
        ObjectNode json =
                Json.object()
                        .put("meter_id", Integer.toUnsignedLong(meter.id()))
                        .put("unit", MeterFormat.unit(meter))
                        .put("stats", meter.stats());
        ArrayNode bands = json.putArray("bands");
        for (MeterConfig.Band band : meter.bands()) {
            ObjectNode added = bands.addObject().put("type", "drop");
            added.put(
                    packets ? "rate_packets_per_s" : "rate_kbit_per_s",
                    Integer.toUnsignedLong(band.rate()));
            if (meter.burst()) {
                added.put(
                        packets ? "burst_packets" : "burst_kbit",
                        Integer.toUnsignedLong(band.burstSize()));
            }
        }
        return json;
    }

    private static ObjectNode statsJson(Meter meter, long flowCount, long nowNs) {
        ObjectNode json =
                Json.object()
                        .put("meter_id", Integer.toUnsignedLong(meter.id()))
                        .put("flows", flowCount)
                        .put("packets", meter.counters().packets())
                        .put("bytes", meter.counters().bytes())
                        .put("duration_s", (nowNs - meter.createdNs()) / 1_000_000_000);
        ArrayNode bands = json.putArray("bands");
        for (Counters dropped : meter.dropped()) {
            bands.addObject()
                    .put("dropped_packets", dropped.packets())
                    .put("dropped_bytes", dropped.bytes());
        }
        return json;
    }
}
