package io.sluice.control.command;

import io.sluice.control.service.Interface;
import io.sluice.control.service.Service;
import io.sluice.control.service.ServiceSpec;
import io.sluice.control.service.Services;
import io.sluice.control.socket.Answer;
import io.sluice.packet.IpAddress;
import java.util.Collection;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/** {@code service/...} and {@code interface/...}. */
final class ServiceCommands {
    private ServiceCommands() {}

    static Answer add(Running running, Parameters parameters) {
        ServiceSpec spec = ServiceSpec.read(parameters.words());
        running.engine().services().add(spec);
        return done(parameters, "service %s added".formatted(spec.name()), spec.name());
    }

    static Answer del(Running running, Parameters parameters) {
        parameters.requireCount(1, 1, "NAME");
        Services services = running.engine().services();
        Service service = services.catalog().require(parameters.words().getFirst());
        services.remove(service);
        String name = service.spec().name();
        return done(parameters, "service %s deleted".formatted(name), name);
    }

    /** For changes of one thing that has a name. */
    static Answer done(Parameters parameters, String sentence, String name) {
        return parameters.answer(() -> sentence, () -> Json.object().put("name", name));
    }

    static Answer list(Running running, Parameters parameters) {
        parameters.requireCount(0, 1, "[NAME]");
        Collection<Service> chosen = chosen(running, parameters);
        return parameters.answer(() -> text(chosen), () -> json(chosen));
    }

    /** The service that the parameters name, or all. */
    static Collection<Service> chosen(Running running, Parameters parameters) {
        Services services = running.engine().services();
        return parameters.words().isEmpty()
                ? services.catalog().services()
                : List.of(services.catalog().require(parameters.words().getFirst()));
    }

    private static String text(Collection<Service> services) {
        TextTable table =
                new TextTable(
                        "name",
                        "vip",
                        "proto",
                        "zone",
                        "mode",
                        "algorithm",
                        "affinity",
                        "backends",
                        "cookie");
        for (Service each : services) {
            ServiceSpec spec = each.spec();
            table.add(
                    spec.name(),
                    spec.vipText(),
                    spec.protocol().text(),
                    spec.zone(),
                    spec.mode(),
                    spec.algorithm(),
                    spec.affinitySeconds() == 0 ? "-" : spec.affinitySeconds() + "s",
                    each.backends().size(),
                    "0x%x".formatted(each.cookie()));
        }
        return table.text();
    }

    private static JsonNode json(Collection<Service> services) {
        ArrayNode all = Json.array();
        for (Service each : services) {
            ServiceSpec spec = each.spec();
            all.addObject()
                    .put("name", spec.name())
                    .put("vip", spec.vipText())
                    .put("proto", spec.protocol().text())
                    .put("zone", spec.zone())
                    .put("mode", spec.mode())
                    .put("algorithm", spec.algorithm())
                    .put("affinity_s", spec.affinitySeconds())
                    .put("backends", each.backends().size())
                    .put("cookie", each.cookie())
                    .put("group_id", Integer.toUnsignedLong(each.group()));
        }
        return all;
    }

    static Answer addInterface(Running running, Parameters parameters) {
        Interface added = Interface.read(parameters.words());
        running.engine().services().add(added);
        return done(parameters, "interface %s added".formatted(added), added.port());
    }

    static Answer delInterface(Running running, Parameters parameters) {
        parameters.requireCount(2, 2, "PORT ADDRESS");
        String port = parameters.words().getFirst();
        IpAddress address = IpAddress.parse(parameters.words().getLast());
        running.engine().services().removeInterface(port, address);
        return done(parameters, "interface %s %s deleted".formatted(port, address), port);
    }

    static Answer listInterfaces(Running running, Parameters parameters) {
        parameters.requireCount(0, 0, "");
        List<Interface> all = running.engine().services().catalog().interfaces();
        return parameters.answer(() -> interfacesText(all), () -> interfacesJson(all));
    }

    private static String interfacesText(List<Interface> interfaces) {
        TextTable table = new TextTable("port", "address", "gateway");
        for (Interface each : interfaces) {
            table.add(
                    each.port(),
                    each.address() + "/" + each.prefixBits(),
                    each.gateway().map(IpAddress::toString).orElse("-"));
        }
        return table.text();
    }

    private static JsonNode interfacesJson(List<Interface> interfaces) {
        ArrayNode all = Json.array();
        for (Interface each : interfaces) {
            all.addObject()
                    .put("port", each.port())
                    .put("address", each.address() + "/" + each.prefixBits())
                    .put("gateway", each.gateway().map(IpAddress::toString).orElse(null));
        }
        return all;
    }
}
