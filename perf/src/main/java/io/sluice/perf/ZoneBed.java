package io.sluice.perf;

import io.sluice.perf.UdpFrame.Endpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A Sluice whose worker forwards connections of one zone for ever, while as many as wanted lie in
 * another; and all that it needs.
 */
final class ZoneBed implements AutoCloseable {
    static final int BUSY_ZONE = 1;
    static final int IDLE_ZONE = 2;
    static final int HEAP_MB = 256;

    private static final int DATA_ROOM_BYTES = 320;
    private static final int SPARE_MBUFS = 16_384;
    private static final int BYTES_PER_MBUF = 640;
    private static final long SPARE_BYTES = 768L << 20;
    private static final Duration START_LIMIT = Duration.ofMinutes(2);
    private static final Duration TOOL_LIMIT = Duration.ofSeconds(60);

    // ... GC(0) Minor Collection (Warmup) 26M(10%)->8M(3%) 0.012s, or of other collectors
    // ... GC(0) Pause Young (Allocation Failure) 70M->3M(247M) 2.1ms
    private static final Pattern COLLECTION =
            Pattern.compile(" (\\d+)M(?:\\(\\d+%\\))?->(\\d+)M\\(");

    private final int busy;
    private final int idle;
    private final int core;
    private final int controlCore;
    private final Path home = Path.of(System.getProperty("sluice.home", "."));
    private final Path directory = Files.createTempDirectory("sluice-zones-");
    private final Children children = new Children();
    private final HugePages hugePages = new HugePages();
    private Child sluice;

    /**
     * @param collections since the start
     * @param usedMb by what is alive
     */
    record Heap(int collections, int usedMb) {}

    ZoneBed(int busy, int idle, int core, int controlCore) throws IOException {
        this.busy = busy;
        this.idle = idle;
        this.core = core;
        this.controlCore = controlCore;
    }

    Path directory() {
        return directory;
    }

    Path socket() {
        return directory.resolve("sluice.sock");
    }

    /** Starts it; the connections of the busy zone come by and by. */
    void start() throws IOException {
        hugePages.reserve((long) (busy + idle + SPARE_MBUFS) * BYTES_PER_MBUF + SPARE_BYTES);
        Path busyPcap = directory.resolve("busy.pcap");
        write(busyPcap, 0, busy);
        sluice = start(busyPcap);
        // What the bench does from now on is not to disturb the worker's core.
        run("taskset", "-acp", "" + controlCore, "" + ProcessHandle.current().pid());
    }

    /** Fills the idle zone. */
    void fill(JsonRpcClient control, int round) throws IOException {
        Path pcap = directory.resolve("idle" + round + ".pcap");
        write(pcap, busy, idle);
        control.call("port/add", "idle" + round, "net_pcap" + round + ",rx_pcap=" + pcap);
        awaitConnections(control, IDLE_ZONE, idle);
        Files.delete(pcap);
    }

    void awaitBusy(JsonRpcClient control) {
        awaitConnections(control, BUSY_ZONE, busy);
    }

    /** What is alive after a collection that it makes. */
    Heap heapAfterCollection() throws IOException {
        run(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                "" + sluice.pid(),
                "GC.run");
        return heap();
    }

    /** As the last collection left it. */
    Heap heap() throws IOException {
        Matcher sizes = COLLECTION.matcher(Files.readString(directory.resolve("gc.log")));
        int collections = 0;
        int used = 0;
        while (sizes.find()) {
            collections++;
            used = Integer.parseInt(sizes.group(2));
        }
        return new Heap(collections, used);
    }

    /** The command line's own dump, to a file. */
    void dumpByCommand(Path file) throws IOException {
        String command =
                "exec %s --socket %s ct dump zone=%d > %s"
                        .formatted(home.resolve("scripts/sluice"), socket(), BUSY_ZONE, file);
        run("bash", "-c", command);
    }

    private void run(String... command) throws IOException {
        Child child = children.start(List.of(command), Map.of(), directory.resolve("tool.log"));
        if (!child.endsWithin(TOOL_LIMIT) || child.exitCode() != 0) {
            throw new BenchException(String.join(" ", command) + " failed" + child.lastWords());
        }
    }

    private static void write(Path file, int firstFlow, int flows) throws IOException {
        byte[] payload = new byte[UdpFrame.PAYLOAD_BYTES];
        try (PcapWriter pcap = new PcapWriter(file)) {
            // A step that has no factor with the count: neighbours are strangers in any table.
            long step = 611_953;
            for (int i = 0; i < flows; i++) {
                int flow = firstFlow + (int) (i * step % flows);
                Endpoint from =
                        new Endpoint(
                                Workload.MAC_SENDER, 0x0A000000 + (flow >>> 4), 1024 + flow % 16);
                Endpoint to =
                        new Endpoint(
                                Workload.MAC_PROCESSOR,
                                Workload.VIRTUAL_ADDRESS,
                                Workload.SERVICE_PORT);
                pcap.write(UdpFrame.build(from, to, payload));
            }
        }
    }

    private static String rule(int zone, int priority, String match) {
        return "priority=%d,%sudp,actions=ct(commit,zone=%d),in_port\n"
                .formatted(priority, match, zone);
    }

    private Child start(Path busyPcap) throws IOException {
        Path flows = directory.resolve("zones.flows");
        Path config = directory.resolve("sluice.yaml");
        // Before the ports are there: every packet of theirs is to find a flow.
        Files.writeString(flows, rule(BUSY_ZONE, 20, "in_port=1,") + rule(IDLE_ZONE, 10, ""));
        Files.writeString(
                config,
                """
                socket: %s
                eal: ["--no-pci", "--in-memory", "--no-telemetry"]
                workers: [%d]
                control-core: %d
                ports:
                  - {name: busy, number: 1, devargs: "net_pcap0,rx_pcap=%s,infinite_rx=1"}
                mbufs: {count: %d, data-room: %d}
                flows: [zones.flows]
                conntrack:
                  max-connections: %d
                  zones: {%d: {timeouts: {udp-unreplied: 3600}}}
                """
                        .formatted(
                                directory.resolve("sluice.sock"),
                                core,
                                controlCore,
                                busyPcap,
                                busy + SPARE_MBUFS,
                                DATA_ROOM_BYTES,
                                Math.max(1 << 20, busy + idle),
                                IDLE_ZONE));
        String options = "-Xmx%dm -Xlog:gc:file=%s".formatted(HEAP_MB, directory.resolve("gc.log"));
        Child child =
                children.start(
                        List.of(
                                home.resolve("scripts/sluice").toString(),
                                "run",
                                "--config",
                                config.toString()),
                        Map.of("SLUICE_JAVA_OPTS", options),
                        directory.resolve("sluice.log"));
        child.awaitOutput(
                output -> output.lines().anyMatch(line -> line.equals("sluice ready")),
                START_LIMIT,
                "line `sluice ready`");
        return child;
    }

    private static void awaitConnections(JsonRpcClient control, int zone, int count) {
        long last = -1;
        for (int tries = 0; tries < 600; tries++) {
            last = control.callForJson("ct/count", "zone=" + zone).path("connections").asLong();
            if (last == count) {
                return;
            }
            Child.pause(100);
        }
        throw new BenchException(last + " connections in zone " + zone + ", not " + count);
    }

    /** Ends it and gives all back. */
    @Override
    public synchronized void close() {
        if (sluice != null) {
            sluice.end(Duration.ofSeconds(20));
        }
        children.close();
        hugePages.close();
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            System.err.println("bench: cannot remove " + directory + ": " + e.getMessage());
        }
    }
}
