package io.sluice.perf;

import io.sluice.perf.Peer.Scene;
import io.sluice.perf.Peer.Source;
import io.sluice.perf.Sluice.RunningSluice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One run of the harness: starts programs one after the other and leaves nothing behind, also when
 * it is interrupted.
 */
final class Session implements AutoCloseable {
    private static final int PROVED_CONNECTIONS = 2048;

    private final WorkloadFiles files;
    private final int core;
    private final int controlCore;
    private final boolean keepLogs;
    private final Path directory;
    private final Children children = new Children();
    private final HugePages hugePages = new HugePages();
    private final Proof proof = new Proof();
    private final Thread onShutdown = new Thread(this::clean, "bench-clean-up");
    private int starts;
    private boolean cleaned;

    Session(WorkloadFiles files, int core, int controlCore, boolean keepLogs) throws IOException {
        this.files = files;
        this.core = core;
        this.controlCore = controlCore;
        this.keepLogs = keepLogs;
        // Short: a path of a Unix socket has at most 107 characters.
        directory = Files.createTempDirectory("sluice-bench-");
        Runtime.getRuntime().addShutdownHook(onShutdown);
    }

    Proof proof() {
        return proof;
    }

    /** Runs the proof with every program that tracks connections. */
    void prove(List<Peer> peers) throws IOException {
        for (Peer peer : peers) {
            if (peer instanceof Testpmd) {
                continue;
            }
            for (Traffic traffic : Traffic.values()) {
                try {
                    prove(peer, traffic);
                } catch (BenchException e) {
                    proof.impossible(peer, traffic, e.getMessage());
                }
            }
        }
    }

    private void prove(Peer peer, Traffic traffic) throws IOException {
        Workload workload = Proof.workload(traffic);
        Path pcap = files.pcap(workload);
        hugePages.reserve(peer.hugePageBytes(workload.packets()));
        if (peer instanceof Sluice sluice) {
            proof.sluice(sluice, traffic, pcap, scene());
        } else {
            proof.peer(peer, traffic, pcap, scene());
        }
    }

    /** Every workload, in rounds: each round every program once. */
    void measure(List<Peer> peers, Results results, int rounds, Throughput throughput)
            throws IOException {
        for (Workload workload : results.workloads()) {
            Path pcap = files.pcap(workload);
            for (int round = 1; round <= rounds; round++) {
                for (Peer peer : peers) {
                    if (!results.hasFailed(peer.name(), workload)) {
                        Reading reading = measure(peer, workload, pcap, round, throughput);
                        results.add(reading);
                        tell(reading);
                    }
                }
            }
        }
    }

    private Reading measure(
            Peer peer, Workload workload, Path pcap, int round, Throughput throughput)
            throws IOException {
        try {
            hugePages.reserve(peer.hugePageBytes(workload.packets()));
            try (Peer.Running running =
                    peer.start(workload, new Source(pcap, Optional.empty()), scene())) {
                throughput.warmUp(running, workload);
                Throughput.Window window = throughput.measure(running);
                if (running instanceof RunningSluice sluice) {
                    proof.flowing(sluice, workload, round);
                }
                return Reading.measured(peer.name(), workload, round, window);
            }
        } catch (BenchException e) {
            return Reading.failed(peer.name(), workload, round, e.getMessage());
        }
    }

    /** New connections per second, each translation in rounds of its own. */
    NewConnectionResults measureNewConnections(
            Sluice sluice, int rounds, Duration warmUp, Duration window) throws IOException {
        NewConnectionResults results = new NewConnectionResults();
        for (Translation translation : Translation.values()) {
            try {
                proveNewConnections(sluice, translation, results);
                for (int round = 1; round <= rounds; round++) {
                    NewConnectionRate rate = rate(sluice, translation, warmUp, window);
                    results.add(translation, rate);
                    System.err.printf(
                            Locale.ROOT,
                            "new connections round %d  %-16s %.2f million/s%n",
                            round,
                            translation.label(),
                            rate.millionsPerSecond());
                }
            } catch (BenchException e) {
                results.fail(translation, "not measured", List.of(e.getMessage()));
            }
        }
        return results;
    }

    private void proveNewConnections(
            Sluice sluice, Translation translation, NewConnectionResults results)
            throws IOException {
        NewConnections few = new NewConnections(PROVED_CONNECTIONS);
        Scene scene = scene();
        Path capture = scene.directory().resolve("sent.pcap");
        Source source = new Source(files.pcap(few), Optional.of(capture));
        hugePages.reserve(Sluice.poolBytes(few.flows()));
        try (RunningSluice running =
                sluice.start(Sluice.Setup.of(few, translation, source), scene)) {
            Proof.awaitStillness(running, few.flows());
        }
        results.addFrames(
                translation,
                few.flows(),
                NewConnectionVerifier.mistakes(few, translation, capture));
    }

    private NewConnectionRate rate(
            Sluice sluice, Translation translation, Duration warmUp, Duration window)
            throws IOException {
        NewConnections load = new NewConnections(NewConnections.FLOWS);
        Source source = new Source(files.pcap(load), Optional.empty());
        hugePages.reserve(Sluice.poolBytes(load.flows()));
        try (RunningSluice running =
                sluice.start(Sluice.Setup.of(load, translation, source), scene())) {
            return NewConnectionRate.measure(running, load.flows(), warmUp, window);
        }
    }

    private static void tell(Reading reading) {
        String what =
                reading.window()
                        .map(window -> String.format(Locale.ROOT, "%.2f Mpps", window.mpps()))
                        .orElse("failed");
        System.err.printf(
                "%-14s round %d  %-9s %s%n",
                reading.workload().label(), reading.round(), reading.peer(), what);
    }

    private Scene scene() throws IOException {
        starts++;
        Path own = Files.createDirectory(directory.resolve(Integer.toString(starts)));
        return new Scene(children, own, core, controlCore);
    }

    @Override
    public void close() {
        clean();
        try {
            Runtime.getRuntime().removeShutdownHook(onShutdown);
        } catch (IllegalStateException e) {
            // Shutting down already; the hook finds nothing left to do.
        }
    }

    private synchronized void clean() {
        if (cleaned) {
            return;
        }
        cleaned = true;
        children.close();
        hugePages.close();
        if (keepLogs) {
            System.err.println("logs: " + directory);
            return;
        }
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            System.err.println("bench: cannot remove " + directory + ": " + e.getMessage());
        }
    }
}
