package io.sluice.perf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Sluice, started as a user starts it and asked through its control socket. */
final class Sluice implements Peer {
    static final String NAME = "Sluice";
    private static final String PORT = "p0";
    private static final int ZONE = 1;
    private static final long SPARE_MBUFS = 16_384;
    private static final int DATA_ROOM_BYTES = 320;

    /** The data room, the mbuf, the mempool's header, rounded up; and a pointer in two rings. */
    private static final long BYTES_PER_MBUF = DATA_ROOM_BYTES + 128 + 64 + 64 + 32;

    /** In case the connection table takes huge pages too. */
    private static final long BYTES_PER_PACKET_TRACKED = 512;

    private static final long SPARE_BYTES = 256L << 20;
    private static final Duration START_LIMIT = Duration.ofMinutes(2);

    private final Path program;

    /**
     * @param program {@code scripts/sluice}
     */
    Sluice(Path program) {
        this.program = program;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Optional<String> absence() {
        return Files.isExecutable(program) ? Optional.empty() : Optional.of("no " + program);
    }

    @Override
    public long hugePageBytes(long packets) {
        return poolBytes(packets) + packets * BYTES_PER_PACKET_TRACKED;
    }

    /** The same for the pool alone. */
    static long poolBytes(long packets) {
        return (packets + SPARE_MBUFS) * BYTES_PER_MBUF + SPARE_BYTES;
    }

    /**
     * What one start is for.
     *
     * @param packets of the pcap, all of which the pool must hold
     * @param udpTimeoutS of connections without an answer, where it is not the default
     */
    record Setup(
            String rules, Source source, int packets, int maxConnections, OptionalInt udpTimeoutS) {
        static Setup of(Workload workload, Source source) {
            return new Setup(
                    workload.rules(),
                    source,
                    workload.packets(),
                    Math.max(1 << 20, 2 * workload.flows()),
                    OptionalInt.empty());
        }

        static Setup of(NewConnections load, Translation translation, Source source) {
            return new Setup(
                    translation.rules(),
                    source,
                    load.flows(),
                    NewConnections.MAX_CONNECTIONS,
                    OptionalInt.of(NewConnections.TIMEOUT_S));
        }
    }

    @Override
    public RunningSluice start(Workload workload, Source source, Scene scene) {
        return start(Setup.of(workload, source), scene);
    }

    RunningSluice start(Setup setup, Scene scene) {
        Path socket = scene.directory().resolve("sluice.sock");
        Path config = scene.directory().resolve("sluice.yaml");
        Path rules = scene.directory().resolve("bench.flows");
        try {
            Files.writeString(rules, setup.rules());
            Files.writeString(config, config(setup, scene, socket, rules));
        } catch (IOException e) {
            throw new BenchException("cannot write " + config + ": " + e.getMessage(), e);
        }
        Child child =
                scene.children()
                        .start(
                                List.of(program.toString(), "run", "--config", config.toString()),
                                Map.of(),
                                scene.directory().resolve("sluice.log"));
        try {
            child.awaitOutput(
                    output -> output.lines().anyMatch(line -> line.equals("sluice ready")),
                    START_LIMIT,
                    "line `sluice ready`");
            return new RunningSluice(child, new JsonRpcClient(socket));
        } catch (BenchException e) {
            child.end(Duration.ofSeconds(10));
            throw e;
        }
    }

    /** Paths are quoted as JSON strings, which YAML reads as well. */
    static String config(Setup setup, Scene scene, Path socket, Path rules) {
        JsonMapper json = JsonMapper.shared();
        String config =
                """
                socket: %s
                eal: ["--no-pci", "--in-memory", "--no-telemetry"]
                workers: [%d]
                control-core: %d
                ports:
                  - {name: %s, number: 1, devargs: %s}
                mbufs: {count: %d, data-room: %d}
                flows: [%s]
                conntrack:
                  max-connections: %d
                """
                        .formatted(
                                json.writeValueAsString(socket.toString()),
                                scene.workerCore(),
                                scene.controlCore(),
                                PORT,
                                json.writeValueAsString(setup.source().devargs()),
                                setup.packets() + SPARE_MBUFS,
                                DATA_ROOM_BYTES,
                                json.writeValueAsString(rules.toString()),
                                setup.maxConnections());
        if (setup.udpTimeoutS().isEmpty()) {
            return config;
        }
        return config
                + "  zones: {%d: {timeouts: {udp-unreplied: %d}}}\n"
                        .formatted(ZONE, setup.udpTimeoutS().getAsInt());
    }

    /** Sluice while it runs; {@link #counters} has all that the proof needs. */
    static final class RunningSluice implements Running {
        private final Child child;
        private final JsonRpcClient control;

        RunningSluice(Child child, JsonRpcClient control) {
            this.child = child;
            this.control = control;
        }

        @Override
        public Counters read() {
            long before = System.nanoTime();
            SluiceCounters.Port port = port();
            long after = System.nanoTime();
            SluiceCounters.Workers workers = workers();
            Map<String, Long> details = new LinkedHashMap<>();
            details.put("packets", workers.packets());
            details.put("bursts", workers.bursts());
            details.put("cache_hits", workers.cacheHits());
            details.put("slow_path", workers.slowPath());
            details.put("busy_percent", workers.busyPercent());
            return new Counters(before + (after - before) / 2, port.txPackets(), details);
        }

        SluiceCounters counters() {
            return new SluiceCounters(workers(), zone(), drops(), port());
        }

        SluiceCounters.Workers workers() {
            return SluiceCounters.workers(control.callForJson("stats/workers"));
        }

        /** The zone's counters, with the names that {@code stats/zones} gives them. */
        JsonNode zoneRow() {
            for (JsonNode row : control.callForJson("stats/zones")) {
                if (row.path("zone").asInt(-1) == ZONE) {
                    return row;
                }
            }
            throw new BenchException("Sluice has no connections in zone " + ZONE);
        }

        SluiceCounters.Zone zone() {
            return SluiceCounters.zone(control.callForJson("stats/zones"), ZONE);
        }

        Map<String, Long> drops() {
            return SluiceCounters.drops(control.callForJson("stats/drops"));
        }

        SluiceCounters.Port port() {
            return SluiceCounters.port(control.callForJson("port/stats"), PORT);
        }

        @Override
        public OptionalLong connections() {
            return OptionalLong.of(
                    control.callForJson("ct/count", "zone=" + ZONE).path("connections").asLong());
        }

        @Override
        public long pid() {
            return child.pid();
        }

        @Override
        public Optional<String> death() {
            return child.isAlive()
                    ? Optional.empty()
                    : Optional.of("Sluice has ended" + child.lastWords());
        }

        @Override
        public void close() {
            control.close();
            child.end(Duration.ofSeconds(20));
        }
    }
}
