package io.sluice.control.service;

import io.sluice.control.text.NearestWord;
import io.sluice.packet.IpAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The interfaces, services and backends that there are, and what may stand beside what. What throws
 * has changed nothing. One thread at a time.
 */
public final class Catalog {
    private static final int MAX_NUMBER = 0xFFFFFF;

    private final List<Interface> interfaces = new ArrayList<>();
    private final Map<String, Service> services = new LinkedHashMap<>();
    private int lastService;
    private int lastBackend;

    /** In the order they came. */
    public List<Interface> interfaces() {
        return List.copyOf(interfaces);
    }

    /** In the order they came. */
    public Collection<Service> services() {
        return List.copyOf(services.values());
    }

    /** As it is now; numbers begin anew with what is made of it. */
    public Declared declared() {
        Map<ServiceSpec, List<BackendSpec>> all = new LinkedHashMap<>();
        services.values()
                .forEach(service ->
                        all.put(
                                service.spec(),
                                service.backends().stream().map(Backend::spec).toList()));
        return new Declared(interfaces(), all);
    }

    /** Adds all of it, in its order. */
    void add(Declared declared, Set<String> ports) {
        declared.interfaces().forEach(each -> add(each, ports));
        declared.services()
                .forEach((spec, backends) -> {
                    Service service = add(spec);
                    backends.forEach(each -> add(service, each));
                });
    }

    /** All addresses that are Sluice's own. */
    Set<IpAddress> addresses() {
        return Stream.concat(
                        interfaces.stream().map(Interface::address),
                        services.values().stream().map(service -> service.spec().vip()))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** Who packets to the backend are handed to. */
    Optional<NextHop> nextHop(Backend backend) {
        return NextHop.to(backend.spec().address(), interfaces);
    }

    /** Sluice's own address towards the backend, which answers come back to. */
    IpAddress addressTowards(Backend backend) {
        IpAddress address = backend.spec().address();
        String port = nextHop(backend).orElseThrow().port();
        List<Interface> there =
                interfaces.stream()
                        .filter(each -> each.port().equals(port))
                        .filter(each -> each.address().ipv6() == address.ipv6())
                        .sorted(Comparator.comparing(each -> !each.covers(address)))
                        .toList();
        return there.getFirst().address();
    }

    /** Those that packets of any service are handed to. */
    Set<NextHop> nextHops() {
        return services.values().stream()
                .flatMap(service -> service.backends().stream())
                .flatMap(backend -> nextHop(backend).stream())
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /**
     * The service of the name.
     *
     * @throws IllegalArgumentException when there is none
     */
    public Service require(String name) {
        Service service = services.get(name);
        if (service == null) {
            throw new IllegalArgumentException(
                    "there is no service '%s'%s"
                            .formatted(name, NearestWord.hint(name, services.keySet())));
        }
        return service;
    }

    /**
     * Adds an interface.
     *
     * @param ports the names of all ports
     * @throws IllegalArgumentException with a sentence
     */
    public void add(Interface added, Set<String> ports) {
        if (!ports.contains(added.port())) {
            throw new IllegalArgumentException(
                    "no port is called '%s'%s"
                            .formatted(added.port(), NearestWord.hint(added.port(), ports)));
        }
        if (addresses().contains(added.address())) {
            boolean vip =
                    services.values().stream()
                            .anyMatch(each -> each.spec().vip().equals(added.address()));
            throw new IllegalArgumentException(
                    "%s is the address of %s already"
                            .formatted(added.address(), vip ? "a service" : "an interface"));
        }
        interfaces.add(added);
    }

    /**
     * Removes an interface.
     *
     * @throws IllegalArgumentException when there is none, or backends need it
     */
    void removeInterface(String port, IpAddress address) {
        Interface removed =
                interfaces.stream()
                        .filter(each -> each.port().equals(port) && each.address().equals(address))
                        .findFirst()
                        .orElseThrow(() ->
                                new IllegalArgumentException(
                                        "port %s has no interface %s".formatted(port, address)));
        List<Interface> left = interfaces.stream().filter(each -> !each.equals(removed)).toList();
        for (Service service : services.values()) {
            for (Backend backend : service.backends()) {
                if (NextHop.to(backend.spec().address(), left).isEmpty()) {
                    throw new IllegalArgumentException(
                            "backend %s of service %s is reached by this interface only"
                                    .formatted(backend.spec().name(), service.spec().name()));
                }
            }
        }
        interfaces.remove(removed);
    }

    void remove(Interface added) {
        interfaces.remove(added);
    }

    /**
     * Adds a service without backends.
     *
     * @throws IllegalArgumentException with a sentence
     */
    public Service add(ServiceSpec spec) {
        if (services.containsKey(spec.name())) {
            throw new IllegalArgumentException("there is a service " + spec.name() + " already");
        }
        for (Interface each : interfaces) {
            if (each.address().equals(spec.vip())) {
                throw new IllegalArgumentException(
                        "vip %s is the address of interface %s".formatted(spec.vip(), each));
            }
        }
        if (interfaces.stream().noneMatch(each -> each.address().ipv6() == spec.vip().ipv6())) {
            throw new IllegalArgumentException(
                    "no port has an address of %s yet: interface/add %s"
                            .formatted(family(spec.vip()), Interface.USAGE));
        }
        services.values().forEach(other -> requireBeside(spec, other.spec()));
        Service added = new Service(next(lastService), spec);
        lastService++;
        services.put(spec.name(), added);
        return added;
    }

    private static int next(int last) {
        if (last == MAX_NUMBER) {
            throw new IllegalStateException("all numbers are used up; start Sluice anew");
        }
        return last + 1;
    }

    private static void requireBeside(ServiceSpec spec, ServiceSpec other) {
        if (spec.overlaps(other)) {
            throw new IllegalArgumentException(
                    "%s of %s is service %s's, which has %s"
                            .formatted(
                                    spec.vipText(),
                                    spec.protocol().text(),
                                    other.name(),
                                    other.vipText()));
        }
        if (spec.vip().equals(other.vip()) && spec.zone() != other.zone()) {
            throw new IllegalArgumentException(
                    "service %s has vip %s in zone %d, expected the same zone"
                            .formatted(other.name(), other.vip(), other.zone()));
        }
    }

    void remove(Service service) {
        services.remove(service.spec().name());
    }

    /**
     * Adds a backend.
     *
     * @throws IllegalArgumentException with a sentence
     */
    public Backend add(Service service, BackendSpec spec) {
        ServiceSpec of = service.spec();
        if (spec.address().ipv6() != of.vip().ipv6()) {
            throw new IllegalArgumentException(
                    "backend %s is no address of %s, as the vip of service %s is"
                            .formatted(spec.name(), family(of.vip()), of.name()));
        }
        if (service.backend(spec).isPresent()) {
            throw new IllegalArgumentException(
                    "service %s has a backend %s already".formatted(of.name(), spec.name()));
        }
        if (addresses().contains(spec.address())) {
            throw new IllegalArgumentException(
                    "backend %s is an address of Sluice itself".formatted(spec.name()));
        }
        if (NextHop.to(spec.address(), interfaces).isEmpty()) {
            throw new IllegalArgumentException(
                    "backend %s is on no interface's network, and no interface has a gateway"
                            .formatted(spec.name()));
        }
        services.values().forEach(other -> requireSameZone(spec, of, other));
        Backend added = new Backend(next(lastBackend), spec, new Health(of.health()));
        lastBackend++;
        service.backends().add(added);
        return added;
    }

    /** Answers of the backend must be found, whichever service they are of. */
    private static void requireSameZone(BackendSpec spec, ServiceSpec of, Service other) {
        boolean shared =
                other.backends().stream()
                        .anyMatch(each -> each.spec().address().equals(spec.address()));
        if (shared && other.spec().zone() != of.zone()) {
            throw new IllegalArgumentException(
                    "%s is a backend of service %s in zone %d, expected the same zone"
                            .formatted(spec.address(), other.spec().name(), other.spec().zone()));
        }
    }

    private static String family(IpAddress address) {
        return address.ipv6() ? "IPv6" : "IPv4";
    }
}
