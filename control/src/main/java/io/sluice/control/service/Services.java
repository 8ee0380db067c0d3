package io.sluice.control.service;

import io.sluice.control.flow.ChangeReader;
import io.sluice.control.flow.FlowStore;
import io.sluice.control.flow.Owner;
import io.sluice.control.flow.PortNames;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Datapath;
import io.sluice.fastpath.Field;
import io.sluice.fastpath.PacketOut;
import io.sluice.fastpath.Upcall;
import io.sluice.packet.IpAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Services at work: keeps the flows and groups that they need installed, beside the operator's,
 * answers and asks neighbours. Control thread only.
 */
public final class Services implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Services.class);

    private final Datapath datapath;
    private final FlowStore flows;
    private final Catalog catalog = new Catalog();
    private final Neighbours neighbours = new Neighbours();
    private final HealthChecker checker = new HealthChecker();
    private final Statistics statistics;
    // Of connections that are to end once no more are made.
    private final List<Runnable> ends = new ArrayList<>();
    private List<Link> links = List.of();
    // Something has changed that flows do not say yet.
    private boolean outdated;

    public Services(Datapath datapath, FlowStore flows) {
        this.datapath = datapath;
        this.flows = flows;
        statistics = new Statistics(datapath, flows);
    }

    /** What there is; changed here only. */
    public Catalog catalog() {
        return catalog;
    }

    /** Installs what is there from the start, once the ports are open. */
    public void start(Declared declared) {
        catalog.add(declared, portNames());
        update();
        catalog.addresses().forEach(this::announce);
        for (Service service : catalog.services()) {
            service.backends().forEach(backend -> check(service, backend));
        }
    }

    /** The Ethernet address that packets to the backend are sent to, once it is known. */
    public OptionalLong mac(Backend backend) {
        return catalog.nextHop(backend).map(neighbours::mac).orElse(OptionalLong.empty());
    }

    /** As {@link Catalog#add(Interface, Set)}. */
    public void add(Interface added) {
        catalog.add(added, portNames());
        updateOr(() -> catalog.remove(added));
        announce(added.address());
    }

    /** As {@link Catalog#removeInterface}. */
    public void removeInterface(String port, IpAddress address) {
        catalog.removeInterface(port, address);
        update();
    }

    /** As {@link Catalog#add(ServiceSpec)}. */
    public void add(ServiceSpec spec) {
        Service added = catalog.add(spec);
        updateOr(() -> catalog.remove(added));
        announce(spec.vip());
    }

    /** Removes a service, its backends, flows, group and connections. */
    public void remove(Service service) {
        catalog.remove(service);
        update();
        datapath.awaitPublished();
        service.backends().forEach(backend -> checker.forget(backend.number()));
        service.backends().forEach(backend -> Connections.end(datapath, service, backend));
    }

    /** As {@link Catalog#add(Service, BackendSpec)}; a backend that is draining resumes instead. */
    public void add(Service service, BackendSpec spec) {
        Optional<Backend> draining = service.backend(spec).filter(Backend::isDraining);
        if (draining.isPresent()) {
            draining.get().resume(spec);
            update();
            return;
        }
        Backend added = catalog.add(service, spec);
        updateOr(() -> service.backends().remove(added));
        check(service, added);
    }

    /** Gives a backend no more connections; those that it has go on. */
    public void drain(Backend backend) {
        backend.drain();
        update();
    }

    /** Removes a backend and ends its connections; the service keeps what it has carried. */
    public void remove(Service service, Backend backend) {
        drain(backend);
        datapath.awaitPublished();
        Connections.end(datapath, service, backend);
        service.keep(traffic().get(backend.number()));
        service.backends().remove(backend);
        checker.forget(backend.number());
        update();
    }

    /** What each backend has carried, by its number, exact as of now. */
    public Map<Integer, Traffic> traffic() {
        return statistics.byBackend(catalog);
    }

    private void check(Service service, Backend backend) {
        service.spec()
                .health()
                .ifPresent(health -> {
                    int port = backend.spec().port();
                    port = port == 0 ? service.spec().firstPort() : port;
                    port = health.port() == 0 ? port : health.port();
                    InetAddress address = inet(backend.spec().address());
                    checker.watch(backend.number(), health, new InetSocketAddress(address, port));
                });
    }

    private static InetAddress inet(IpAddress address) {
        byte[] bytes = new byte[address.ipv6() ? 16 : 4];
        ByteBuffer number = ByteBuffer.wrap(bytes);
        if (address.ipv6()) {
            number.putLong(address.high()).putLong(address.low());
        } else {
            number.putInt((int) address.low());
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("4 and 16 bytes are addresses", e);
        }
    }

    /** Takes what checks came to; whether that changes who takes connections. */
    private boolean takeResults() {
        boolean changed = false;
        HealthChecker.Result result = checker.next();
        for (; result != null; result = checker.next()) {
            for (Service service : catalog.services()) {
                for (Backend backend : service.backends()) {
                    if (backend.number() == result.backend()
                            && backend.health().note(result.error())) {
                        changed = true;
                        fallen(service, backend);
                    }
                }
            }
        }
        return changed;
    }

    /** Who only sends would send to a dead backend for ever; TCP's ends notice themselves. */
    private void fallen(Service service, Backend backend) {
        LOG.info(
                "backend {} of service {} is {}",
                backend.spec().name(),
                service.spec().name(),
                backend.health().isGood() ? "healthy" : "down: " + backend.health().lastError());
        if (!backend.health().isGood()
                && service.spec().protocol() == Protocol.UDP
                && !service.failsOpen()) {
            ends.add(() -> Connections.end(datapath, service, backend));
        }
    }

    /** Installs what follows from a change, or takes the change back. */
    private void updateOr(Runnable takeBack) {
        try {
            update();
        } catch (RuntimeException e) {
            takeBack.run();
            update();
            throw e;
        }
    }

    /** Has exactly those flows and groups installed that services need now. */
    private void update() {
        links = links();
        neighbours.keep(catalog.nextHops(), System.nanoTime());
        ChangeReader reader =
                new ChangeReader(PortNames.of(Map.of()), ChangeReader.Verb.ADD, Optional.empty());
        for (Service service : catalog.services()) {
            service.backends().forEach(each -> each.look(mac(each).isPresent()));
        }
        flows.replace(reader.read(ServiceRules.text(links, catalog, neighbours)), Owner.SERVICES);
        outdated = false;
    }

    private List<Link> links() {
        return datapath.ports().stream()
                .map(Link::of)
                .sorted(Comparator.comparingInt(Link::number))
                .toList();
    }

    private Set<String> portNames() {
        return links().stream().map(Link::name).collect(Collectors.toSet());
    }

    private Optional<Link> link(String name) {
        return links.stream().filter(each -> each.name().equals(name)).findFirst();
    }

    /** Asks neighbours and notices ports that came or went; to be called some times a second. */
    public void tick() {
        outdated |= takeResults();
        if (catalog.interfaces().isEmpty()) {
            return;
        }
        long nowNs = System.nanoTime();
        statistics.sample(catalog, nowNs);
        outdated |= neighbours.tick(nowNs, this::ask);
        if (outdated || !links().equals(links)) {
            update();
        }
        if (!ends.isEmpty()) {
            datapath.awaitPublished();
            ends.forEach(Runnable::run);
            ends.clear();
        }
    }

    private void ask(NextHop hop, long knownMac) {
        Optional<Link> link = link(hop.port());
        Optional<Interface> source = hop.source(catalog.interfaces());
        if (link.isPresent() && source.isPresent()) {
            IpAddress own = source.get().address();
            long mac = link.get().mac();
            send(NeighbourFrame.request(mac, own, hop.neighbour(), knownMac), link.get());
        }
    }

    /** Whether a flow of services sent the packet up. */
    public static boolean sentUp(Upcall packet) {
        return Owner.ofCookie(packet.cookie()) == Owner.SERVICES;
    }

    /** Takes a packet that a flow of services sent up. */
    public void receive(Upcall packet) {
        int inPort = (int) Field.IN_PORT.get(packet.key());
        Optional<Link> from = links.stream().filter(each -> each.number() == inPort).findFirst();
        if (from.isPresent()) {
            NeighbourNews.read(packet.data()).ifPresent(news -> receive(from.get(), news));
        }
    }

    private void receive(Link from, NeighbourNews news) {
        NextHop sender = new NextHop(from.name(), news.sender());
        if (news.mac() != NeighbourNews.NO_MAC) {
            neighbours.hear(sender, news.mac(), System.nanoTime());
        }
        if (news.isQuestion() && catalog.addresses().contains(news.target())) {
            send(NeighbourFrame.answer(from.mac(), news.target(), news), from);
        }
    }

    /** Whoever knows the address at another machine learns that it is here. */
    private void announce(IpAddress address) {
        catalog.interfaces().stream()
                .filter(each -> each.address().ipv6() == address.ipv6())
                .map(Interface::port)
                .distinct()
                .flatMap(port -> link(port).stream())
                .forEach(link -> send(NeighbourFrame.announcement(link.mac(), address), link));
    }

    /** Ends the checks. */
    @Override
    public void close() {
        checker.close();
    }

    private void send(byte[] frame, Link link) {
        List<Action> output = List.of(new Action.Output(link.number()));
        long[] metadata = new long[Field.WORDS];
        PacketOut packet = new PacketOut(frame, PacketOut.FROM_CONTROLLER, metadata, output);
        try {
            datapath.send(List.of(packet));
        } catch (IllegalStateException e) {
            // No room: it is asked again, by us or by whoever waits for the answer.
        }
    }
}
