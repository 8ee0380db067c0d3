package io.sluice.control.service;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What there is from the start. Immutable.
 *
 * @param services with their backends, in their order
 */
public record Declared(List<Interface> interfaces, Map<ServiceSpec, List<BackendSpec>> services) {
    public Declared {
        interfaces = List.copyOf(interfaces);
        services = Collections.unmodifiableMap(new LinkedHashMap<>(services));
    }
}
