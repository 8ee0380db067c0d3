package io.sluice.control.command;

import io.sluice.control.service.Backend;
import io.sluice.control.service.BackendSpec;
import io.sluice.control.service.Connections;
import io.sluice.control.service.Service;
import io.sluice.control.service.Services;
import io.sluice.control.socket.Answer;
import io.sluice.control.socket.CommandException;
import io.sluice.fastpath.Datapath;
import io.sluice.packet.AddressText;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/** {@code backend/...}. */
final class BackendCommands {
    private BackendCommands() {}

    static Answer add(Running running, Parameters parameters) {
        Service service = service(running, parameters);
        BackendSpec spec = spec(parameters);
        running.engine().services().add(service, spec);
        return done(parameters, service, spec, "added");
    }

    static Answer del(Running running, Parameters parameters) {
        Service service = service(running, parameters);
        BackendSpec spec = spec(parameters);
        running.engine().services().remove(service, service.require(spec));
        return done(parameters, service, spec, "deleted");
    }

    private static Answer done(
            Parameters parameters, Service service, BackendSpec spec, String what) {
        return ServiceCommands.done(
                parameters,
                "backend %s of service %s %s".formatted(spec.name(), service.spec().name(), what),
                spec.name());
    }

    private static Service service(Running running, Parameters parameters) {
        if (parameters.words().size() < 2) {
            throw new CommandException("expected " + BackendSpec.USAGE);
        }
        return running.engine().services().catalog().require(parameters.words().getFirst());
    }

    private static BackendSpec spec(Parameters parameters) {
        List<String> words = parameters.words();
        return BackendSpec.read(words.subList(1, words.size()));
    }

    static Answer drain(Running running, Parameters parameters) {
        Service service = service(running, parameters);
        BackendSpec spec = spec(parameters);
        running.engine().services().drain(service.require(spec));
        return done(parameters, service, spec, "takes no new connections");
    }

    /** What the control thread knows of a backend. */
    private record Row(
            Service service,
            Backend backend,
            int weight,
            String state,
            long sinceMs,
            String lastError,
            String mac) {}

    /** Connections are counted on the client's own thread. */
    static Answer list(Running running, Parameters parameters) {
        parameters.requireCount(0, 1, "[SERVICE]");
        Services services = running.engine().services();
        List<Row> rows =
                ServiceCommands.chosen(running, parameters).stream()
                        .flatMap(service ->
                                service.backends().stream()
                                        .map(each -> row(services, service, each)))
                        .toList();
        Datapath datapath = running.engine().datapath();
        boolean json = parameters.json();
        return out -> {
            Map<Integer, Integer> open = new HashMap<>();
            rows.stream()
                    .map(row -> row.service().spec().zone())
                    .distinct()
                    .forEach(zone -> open.putAll(Connections.openByMark(datapath, zone)));
            if (json) {
                out.writePOJO(json(rows, open));
            } else {
                out.writeString(text(rows, open));
            }
        };
    }

    private static Row row(Services services, Service service, Backend backend) {
        OptionalLong mac = services.mac(backend);
        return new Row(
                service,
                backend,
                backend.spec().weight(),
                backend.state().text(),
                backend.sinceMs(),
                backend.health().lastError(),
                mac.isPresent() ? AddressText.formatMac(mac.getAsLong()) : "-");
    }

    private static String text(List<Row> rows, Map<Integer, Integer> open) {
        TextTable table =
                new TextTable(
                        "service",
                        "backend",
                        "weight",
                        "state",
                        "since",
                        "connections",
                        "mac",
                        "mark",
                        "last-error");
        for (Row row : rows) {
            table.add(
                    row.service().spec().name(),
                    row.backend().spec().name(),
                    row.weight(),
                    row.state(),
                    Instant.ofEpochMilli(row.sinceMs()).truncatedTo(ChronoUnit.SECONDS),
                    open.getOrDefault(row.backend().number(), 0),
                    row.mac(),
                    row.backend().number(),
                    row.lastError());
        }
        return table.text();
    }

    private static JsonNode json(List<Row> rows, Map<Integer, Integer> open) {
        ArrayNode all = Json.array();
        for (Row row : rows) {
            all.addObject()
                    .put("service", row.service().spec().name())
                    .put("backend", row.backend().spec().name())
                    .put("weight", row.weight())
                    .put("state", row.state())
                    .put("since_unix_ms", row.sinceMs())
                    .put("last_error", row.lastError())
                    .put("connections", open.getOrDefault(row.backend().number(), 0))
                    .put("mac", row.mac())
                    .put("mark", row.backend().number());
        }
        return all;
    }
}
