package io.sluice.perf;

import io.sluice.perf.UdpFrame.Endpoint;
import java.io.IOException;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What a flush of one zone and a dump of the whole table cost the worker, which forwards at full
 * speed meanwhile: the time until the flush returns, the worker's speed before, during and after,
 * and the heap.
 */
@Command(
        name = "ZoneBench",
        mixinStandardHelpOptions = true,
        description = {
            "Sluice forwards --busy connections of zone 1 for ever, while --idle connections of",
            "zone 2 lie in the table. Then zone 2 is flushed, and then zone 1 dumped to a file."
        })
public final class ZoneBench implements Callable<Integer> {
    private static final int BUSY_ZONE = 1;
    private static final int IDLE_ZONE = 2;
    private static final int DATA_ROOM_BYTES = 320;
    private static final int SPARE_MBUFS = 16_384;
    private static final int BYTES_PER_MBUF = 640;
    private static final long SPARE_BYTES = 768L << 20;
    private static final Duration START_LIMIT = Duration.ofMinutes(2);
    private static final int CALM_SECONDS = 3;
    private static final int SAMPLE_MS = 1000;
    private static final int HEAP_MB = 256;

    @Option(names = "--busy", defaultValue = "900000", description = "(${DEFAULT-VALUE})")
    private int busy;

    @Option(names = "--idle", defaultValue = "100000", description = "(${DEFAULT-VALUE})")
    private int idle;

    @Option(names = "--rounds", defaultValue = "3", description = "(${DEFAULT-VALUE})")
    private int rounds;

    @Option(names = "--core", defaultValue = "1", description = "the worker's (${DEFAULT-VALUE})")
    private int core;

    @Option(names = "--control-core", defaultValue = "0", description = "(${DEFAULT-VALUE})")
    private int controlCore;

    private final Children children = new Children();
    private final HugePages hugePages = new HugePages();

    /** Speeds in millions of packets a second. */
    private record Flush(long micros, double before, double during, double after) {}

    private record Dump(long bytes, double seconds, double before, double during, double after) {}

    private record Sample(long packets, long nanos) {
        double mpps(Sample later) {
            return 1e3 * (later.packets - packets) / (later.nanos - nanos);
        }
    }

    /** Runs the bench; root, from the project's folder or with -Dsluice.home. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new ZoneBench()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        Path directory = Files.createTempDirectory("sluice-zones-");
        Thread onShutdown = new Thread(() -> clean(directory), "zone-bench-clean-up");
        Runtime.getRuntime().addShutdownHook(onShutdown);
        hugePages.reserve((long) (busy + idle + SPARE_MBUFS) * BYTES_PER_MBUF + SPARE_BYTES);
        Path busyPcap = directory.resolve("busy.pcap");
        write(busyPcap, 0, busy);
        List<Flush> flushes = new ArrayList<>();
        List<Dump> dumps = new ArrayList<>();
        Child child = start(directory, busyPcap);
        try (JsonRpcClient control = new JsonRpcClient(directory.resolve("sluice.sock"))) {
            awaitConnections(control, BUSY_ZONE, busy);
            for (int round = 1; round <= rounds; round++) {
                Path idlePcap = directory.resolve("idle" + round + ".pcap");
                write(idlePcap, busy, idle);
                control.call(
                        "port/add", "idle" + round, "net_pcap" + round + ",rx_pcap=" + idlePcap);
                awaitConnections(control, IDLE_ZONE, idle);
                flushes.add(flush(control, round));
                dumps.add(dump(control, directory, round));
            }
        } finally {
            child.end(Duration.ofSeconds(20));
        }
        report(flushes, dumps, Files.readString(directory.resolve("gc.log")));
        return 0;
    }

    private Flush flush(JsonRpcClient control, int round) {
        double before = calm(control);
        Sample start = sample(control);
        long called = System.nanoTime();
        long flushed =
                control.callForJson("ct/flush", "zone=" + IDLE_ZONE).path("connections").asLong();
        long micros = (System.nanoTime() - called) / 1000;
        Child.pause(SAMPLE_MS);
        Sample end = sample(control);
        if (flushed != idle) {
            throw new BenchException("flushed " + flushed + " connections, not " + idle);
        }
        Flush flush = new Flush(micros, before, start.mpps(end), calm(control));
        System.out.printf(
                Locale.ROOT,
                "flush %d: %,d connections in %d us; %.2f Mpps before, %.2f in its second, %.2f"
                        + " after%n",
                round,
                flushed,
                flush.micros,
                flush.before,
                flush.during,
                flush.after);
        return flush;
    }

    private Dump dump(JsonRpcClient control, Path directory, int round) throws IOException {
        Path file = directory.resolve("dump");
        double before = calm(control);
        Sample start = sample(control);
        long called = System.nanoTime();
        copyAnswer(directory.resolve("sluice.sock"), file);
        double seconds = (System.nanoTime() - called) / 1e9;
        Sample end = sample(control);
        long lines = countLineEnds(file);
        if (lines != busy) {
            throw new BenchException("dumped " + lines + " connections, not " + busy);
        }
        Dump dump = new Dump(Files.size(file), seconds, before, start.mpps(end), calm(control));
        System.out.printf(
                Locale.ROOT,
                "dump %d: %,d connections, %,d bytes in %.2f s; %.2f Mpps before, %.2f meanwhile,"
                        + " %.2f after%n",
                round,
                lines,
                dump.bytes,
                dump.seconds,
                dump.before,
                dump.during,
                dump.after);
        return dump;
    }

    /** The answer as it comes from the socket, until it ends with the line of the object. */
    private static void copyAnswer(Path socket, Path file) throws IOException {
        byte[] request =
                "{\"id\":1,\"method\":\"ct/dump\",\"params\":[\"zone=%d\"]}"
                        .formatted(BUSY_ZONE)
                        .getBytes(StandardCharsets.US_ASCII);
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
                OutputStream out = Files.newOutputStream(file)) {
            channel.write(ByteBuffer.wrap(request));
            // Nothing more will be asked: the server closes after its answer.
            channel.shutdownOutput();
            ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
            while (channel.read(buffer) >= 0) {
                out.write(buffer.array(), 0, buffer.position());
                buffer.clear();
            }
        }
    }

    /** In a JSON string a line's end is a backslash and an n. */
    private static long countLineEnds(Path file) throws IOException {
        long count = 0;
        byte before = 0;
        for (byte each : Files.readAllBytes(file)) {
            count += before == '\\' && each == 'n' ? 1 : 0;
            before = each;
        }
        return count;
    }

    /** The median of some seconds in which nothing happens. */
    private static double calm(JsonRpcClient control) {
        List<Double> speeds = new ArrayList<>();
        Sample last = sample(control);
        for (int second = 0; second < CALM_SECONDS; second++) {
            Child.pause(SAMPLE_MS);
            Sample next = sample(control);
            speeds.add(last.mpps(next));
            last = next;
        }
        speeds.sort(null);
        return speeds.get(speeds.size() / 2);
    }

    private static Sample sample(JsonRpcClient control) {
        long before = System.nanoTime();
        long packets = control.callForJson("stats/workers").path(0).path("packets").asLong();
        return new Sample(packets, before + (System.nanoTime() - before) / 2);
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

    private Child start(Path directory, Path busyPcap) throws IOException {
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
        Path home = Path.of(System.getProperty("sluice.home", "."));
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

    private void report(List<Flush> flushes, List<Dump> dumps, String gcLog) {
        System.out.printf(
                Locale.ROOT,
                "%nmedian of %d: the flush of %,d of %,d connections returned in %.0f us, its"
                        + " second had %.1f %% of the speed before%n",
                rounds,
                idle,
                busy + idle,
                median(flushes.stream().map(each -> (double) each.micros).toList()),
                median(flushes.stream().map(each -> 100 * each.during / each.before).toList()));
        System.out.printf(
                Locale.ROOT,
                "median of %d: the dump of %,d connections took %.2f s, at %.1f %% of the speed"
                        + " before%n",
                rounds,
                busy,
                median(dumps.stream().map(Dump::seconds).toList()),
                median(dumps.stream().map(each -> 100 * each.during / each.before).toList()));
        // ... GC(0) Minor Collection (Warmup) 26M(10%)->8M(3%) 0.012s, or of other collectors
        // ... GC(0) Pause Young (Allocation Failure) 70M->3M(247M) 2.1ms
        Matcher sizes = Pattern.compile(" (\\d+)M(?:\\(\\d+%\\))?->(\\d+)M\\(").matcher(gcLog);
        int collections = 0;
        int mostKept = 0;
        while (sizes.find()) {
            collections++;
            mostKept = Math.max(mostKept, Integer.parseInt(sizes.group(2)));
        }
        System.out.printf(
                Locale.ROOT,
                "heap of %d MB: %d collections, never more than %d MB alive after one%n",
                HEAP_MB,
                collections,
                mostKept);
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }

    private void clean(Path directory) {
        children.close();
        hugePages.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            System.err.println("bench: cannot remove " + directory + ": " + e.getMessage());
        }
    }
}
