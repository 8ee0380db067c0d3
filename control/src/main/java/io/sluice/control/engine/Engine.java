package io.sluice.control.engine;

import io.sluice.control.config.Config;
import io.sluice.control.config.PortNumbers;
import io.sluice.control.event.EventFeed;
import io.sluice.control.event.EventLog;
import io.sluice.control.flow.FlowStore;
import io.sluice.control.flow.PortNames;
import io.sluice.control.packet.PacketIns;
import io.sluice.control.service.Declared;
import io.sluice.control.service.Services;
import io.sluice.dpdk.DpdkException;
import io.sluice.dpdk.Eal;
import io.sluice.dpdk.Mempool;
import io.sluice.dpdk.Port;
import io.sluice.fastpath.Datapath;
import io.sluice.fastpath.DatapathPort;
import io.sluice.fastpath.DatapathSettings;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What runs: DPDK, the pool, the ports, the workers and the flows they execute. Control thread
 * only, where a method does not say otherwise.
 */
public final class Engine implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);
    private static final String POOL_NAME = "sluice-mbufs";
    private static final int POOL_CACHE = 256;
    private static final String DISCARD_DEVARGS = "net_null_warmup";

    private final Deque<AutoCloseable> toClose = new ArrayDeque<>();
    private final Map<String, String> devargsByName = new HashMap<>();
    private final int workerCount;
    private final Mempool pool;
    private final Datapath datapath;
    private final ZoneSettings zoneSettings;
    private final FlowStore flows;
    private final PacketIns packetIns = new PacketIns();
    private final Services services;
    private final FromWorkers fromWorkers;
    private final EventFeed events;

    /** Starts DPDK and prepares the datapath; {@link #start} does the rest. */
    private Engine(Config config) {
        workerCount = config.workers().size();
        try {
            toClose.push(Eal.start(config.eal()));
            pool =
                    Mempool.create(
                            POOL_NAME,
                            config.mbufs().count(),
                            POOL_CACHE,
                            config.mbufs().dataRoom());
            toClose.push(pool);
            datapath = new Datapath(settings(config, pool));
            zoneSettings = new ZoneSettings(datapath.connections().zones());
            flows = new FlowStore(datapath::publish);
            services = new Services(datapath, flows);
            toClose.push(services);
            fromWorkers = new FromWorkers(datapath, flows, packetIns, services);
            events =
                    new EventFeed(
                            datapath.connections().events(),
                            datapath::clockMs,
                            config.eventLog().map(EventLog::open));
            // After the workers, and before the memory that they wrote events to.
            toClose.push(events);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Starts everything the config asks for.
     *
     * @param onWorkerFailure called by a worker that ended by an error
     * @throws DpdkException with a sentence for the user; nothing is left behind
     */
    public static Engine start(Config config, Consumer<Throwable> onWorkerFailure)
            throws InterruptedException {
        Engine engine = new Engine(config);
        try {
            engine.zoneSettings.apply(config.conntrack());
            engine.datapath
                    .connections()
                    .expectations()
                    .configure(config.conntrack().expectations());
            engine.datapath.connections().fragments().configure(config.conntrack().fragments());
            engine.warmUp();
            // Before the ports: the first packet meets all flows.
            engine.flows.replace(config.flows());
            engine.start(config.ports(), config.services(), onWorkerFailure);
            return engine;
        } catch (RuntimeException | InterruptedException e) {
            engine.close();
            throw e;
        }
    }

    private void start(
            List<Config.Port> ports, Declared declared, Consumer<Throwable> onWorkerFailure)
            throws InterruptedException {
        toClose.push(this::closePorts);
        ports.forEach(this::addPort);
        services.start(declared);
        toClose.push(datapath);
        datapath.start(onWorkerFailure);
        events.start();
    }

    /** Sends to DPDK's port that discards; a DPDK without it starts cold. */
    private void warmUp() {
        try (Port discard = Port.open(DISCARD_DEVARGS)) {
            discard.configure(1, 1, 0, 0, 0, pool);
            discard.start();
            datapath.warmUp(discard);
        } catch (DpdkException e) {
            LOG.warn("the packet path starts cold: {}", e.getMessage());
        }
    }

    private static DatapathSettings settings(Config config, Mempool pool) {
        int maxConnections = config.conntrack().maxConnections();
        return new DatapathSettings(
                config.workers(),
                maxConnections,
                config.flowCache().enabled(),
                config.flowCache()
                        .entries()
                        .orElse(DatapathSettings.defaultFlowCacheEntries(maxConnections)),
                pool,
                new TableMemory(),
                config.conntrack().verify(),
                config.timeExceeded());
    }

    /** Any thread may use those of its methods that say so. */
    public Datapath datapath() {
        return datapath;
    }

    public FlowStore flows() {
        return flows;
    }

    public Services services() {
        return services;
    }

    public ZoneSettings zoneSettings() {
        return zoneSettings;
    }

    /** Any thread. */
    public PacketIns packetIns() {
        return packetIns;
    }

    /** What happens to connections; any thread. */
    public EventFeed events() {
        return events;
    }

    /** Flows see which packets they took, and those end whose time is over. */
    public void ageFlows() {
        datapath.foldCounters();
        flows.expire(System.nanoTime());
    }

    /** Takes what the workers have sent up so far. */
    public void takeFromWorkers() {
        fromWorkers.take();
    }

    public List<DatapathPort> ports() {
        return datapath.ports();
    }

    public Optional<DatapathPort> port(String name) {
        return ports().stream().filter(port -> port.name().equals(name)).findFirst();
    }

    public PortNames portNames() {
        Map<String, Integer> numbers = new LinkedHashMap<>();
        ports().forEach(port -> numbers.put(port.name(), port.number()));
        return PortNames.of(numbers);
    }

    /** What the port was opened with. */
    public String devargs(String portName) {
        return devargsByName.getOrDefault(portName, "");
    }

    /**
     * Opens a port under the lowest number that is free and begins to receive from it.
     *
     * @param number if the caller wants a certain one
     * @throws DpdkException when it cannot be opened
     * @throws IllegalArgumentException when name or number are taken
     */
    public int addPort(String name, String devargs, OptionalInt number) {
        int chosen =
                number.orElseGet(() ->
                        PortNumbers.firstFree(
                                ports().stream()
                                        .map(DatapathPort::number)
                                        .collect(Collectors.toSet())));
        addPort(new Config.Port(name, chosen, devargs, 1, 0));
        return chosen;
    }

    private void addPort(Config.Port wanted) {
        if (port(wanted.name()).isPresent()) {
            throw new IllegalArgumentException(
                    "there is a port named " + wanted.name() + " already");
        }
        Port port = Port.open(wanted.devargs());
        try {
            int txQueues = configure(port, wanted);
            port.start();
            EarlyFrames.discard(port, wanted.queues());
            datapath.addPort(wanted.number(), wanted.name(), port, wanted.queues(), txQueues);
        } catch (RuntimeException e) {
            port.close();
            throw e;
        }
        devargsByName.put(wanted.name(), wanted.devargs());
        LOG.info("port {} is {} ({})", wanted.number(), wanted.name(), wanted.devargs());
    }

    /** A transmit queue for each worker, or one for all where the device has too few. */
    private int configure(Port port, Config.Port wanted) {
        if (workerCount > 1) {
            try {
                port.configure(wanted.queues(), workerCount, 0, 0, wanted.mtu(), pool);
                return workerCount;
            } catch (DpdkException e) {
                LOG.info(
                        "port {}: workers share one queue to send: {}",
                        wanted.name(),
                        e.getMessage());
            }
        }
        port.configure(wanted.queues(), 1, 0, 0, wanted.mtu(), pool);
        return 1;
    }

    /**
     * Closes a port.
     *
     * @throws IllegalArgumentException when there is none of the name
     */
    public void removePort(String name) {
        datapath.removePort(name).port().close();
        devargsByName.remove(name);
        LOG.info("port {} is closed", name);
    }

    /** Looks at the ports' links, which groups' buckets may watch; does nothing after the end. */
    public void lookAtLinks() {
        if (!toClose.isEmpty()) {
            datapath.lookAtLinks();
        }
    }

    /** Has services ask their neighbours; does nothing after the end. */
    public void tickServices() {
        if (!toClose.isEmpty()) {
            services.tick();
        }
    }

    private void closePorts() {
        for (DatapathPort port : ports()) {
            port.port().close();
        }
    }

    /** Stops the workers and gives everything back to the system. */
    @Override
    public void close() {
        while (!toClose.isEmpty()) {
            try {
                toClose.pop().close();
            } catch (Exception e) {
                LOG.warn("while stopping: {}", e.getMessage());
            }
        }
    }
}
