package io.sluice.control.command;

import io.sluice.control.service.Backend;
import io.sluice.control.service.Service;
import io.sluice.control.service.Traffic;
import io.sluice.control.socket.Answer;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code service/stats}: what services and their backends have carried. */
final class TrafficCommand {
    private TrafficCommand() {}

    private record OfBackend(Backend backend, Traffic traffic) {}

    private record OfService(Service service, List<OfBackend> backends) {
        Traffic all() {
            Traffic sum = service.ofFormerBackends();
            for (OfBackend each : backends) {
                sum = sum.plus(each.traffic());
            }
            return sum;
        }
    }

    static Answer run(Running running, Parameters parameters) {
        parameters.requireCount(0, 1, "[NAME]");
        var traffic = running.engine().services().traffic();
        List<OfService> services = new ArrayList<>();
        for (Service service : ServiceCommands.chosen(running, parameters)) {
            List<OfBackend> backends =
                    service.backends().stream()
                            .map(each -> new OfBackend(each, traffic.get(each.number())))
                            .toList();
            services.add(new OfService(service, backends));
        }
        return parameters.answer(() -> text(services), () -> json(services));
    }

    private static String text(List<OfService> services) {
        TextTable table =
                new TextTable(
                        "service",
                        "backend",
                        "connections",
                        "made",
                        "made/s",
                        "packets-in",
                        "bytes-in",
                        "packets-out",
                        "bytes-out");
        for (OfService each : services) {
            String name = each.service().spec().name();
            add(table, name, "all", each.all());
            each.backends()
                    .forEach(of -> add(table, name, of.backend().spec().name(), of.traffic()));
        }
        return table.text();
    }

    private static void add(TextTable table, String service, String backend, Traffic traffic) {
        table.add(
                service,
                backend,
                traffic.connections(),
                traffic.connectionsMade(),
                traffic.connectionsPerSecond(),
                traffic.fromClients().packets(),
                traffic.fromClients().bytes(),
                traffic.toClients().packets(),
                traffic.toClients().bytes());
    }

    private static JsonNode json(List<OfService> services) {
        ArrayNode all = Json.array();
        for (OfService each : services) {
            ObjectNode service = all.addObject().put("service", each.service().spec().name());
            put(service, each.all());
            ArrayNode backends = service.putArray("backends");
            for (OfBackend of : each.backends()) {
                ObjectNode backend =
                        backends.addObject()
                                .put("backend", of.backend().spec().name())
                                .put("mark", of.backend().number());
                put(backend, of.traffic());
            }
        }
        return all;
    }

    private static void put(ObjectNode json, Traffic traffic) {
        json.put("connections", traffic.connections())
                .put("connections_made", traffic.connectionsMade())
                .put("connections_made_per_s", traffic.connectionsPerSecond())
                .put("from_clients_packets", traffic.fromClients().packets())
                .put("from_clients_bytes", traffic.fromClients().bytes())
                .put("to_clients_packets", traffic.toClients().packets())
                .put("to_clients_bytes", traffic.toClients().bytes());
    }
}
