package io.sluice.control.config;

import io.sluice.control.config.Section.Placed;
import io.sluice.control.service.BackendSpec;
import io.sluice.control.service.Catalog;
import io.sluice.control.service.Declared;
import io.sluice.control.service.Interface;
import io.sluice.control.service.Service;
import io.sluice.control.service.ServiceSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads {@code interfaces: [...]} and {@code services: [...]}. */
final class ServicesSection {
    private final Mistakes mistakes;
    private final Set<String> ports;
    private final Catalog catalog = new Catalog();

    /**
     * @param ports the names of all ports
     */
    ServicesSection(Mistakes mistakes, Set<String> ports) {
        this.mistakes = mistakes;
        this.ports = ports;
    }

    Declared read(List<Node> interfaces, List<Node> services) {
        interfaces.forEach(node -> readInterface(new Section("an interface", node, mistakes)));
        services.forEach(node -> readService(new Section("a service", node, mistakes)));
        return catalog.declared();
    }

    private void readInterface(Section section) {
        Optional<Placed<String>> port = section.require("port", section.text("port"));
        Optional<Placed<String>> address = section.require("address", section.text("address"));
        Optional<Placed<String>> gateway = section.text("gateway");
        section.finish();
        if (port.isPresent() && address.isPresent()) {
            List<String> words =
                    new ArrayList<>(List.of(port.get().value(), address.get().value()));
            gateway.ifPresent(each -> words.add("gateway=" + each.value()));
            at(section.node(), () -> catalog.add(Interface.read(words), ports));
        }
    }

    private void readService(Section section) {
        Optional<Placed<String>> name = section.require("name", section.text("name"));
        section.require("vip", section.has("vip") ? Optional.of(true) : Optional.empty());
        boolean complete = name.isPresent() && section.has("vip");
        List<String> words = new ArrayList<>();
        name.ifPresent(each -> words.add(each.value()));
        for (String key : ServiceSpec.KEYS) {
            section.text(key).ifPresent(each -> words.add(key + "=" + each.value()));
        }
        List<Placed<String>> backends = section.texts("backends");
        section.finish();
        if (complete) {
            at(
                    section.node(),
                    () -> {
                        Service service = catalog.add(ServiceSpec.read(words));
                        backends.forEach(
                                each -> at(each.node(), () -> addBackend(service, each.value())));
                    });
        }
    }

    private void addBackend(Service service, String text) {
        catalog.add(service, BackendSpec.read(List.of(text.trim().split("\\s+"))));
    }

    private void at(Node node, Runnable reading) {
        try {
            reading.run();
        } catch (IllegalArgumentException e) {
            mistakes.add(node, e.getMessage());
        }
    }
}
