package io.sluice.perf;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code scripts/bench}. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Measures Sluice beside testpmd and, where installed, OVS-DPDK: the same pcaps, the"
                    + " same rules, one core, turn by turn. Before that it proves that Sluice"
                    + " tracks and translates every packet: it captures what Sluice sends and"
                    + " checks each frame in software, and all counters.%n%ntestpmd (5tswap) only"
                    + " swaps headers: it is the most this machine can do. OVS-DPDK and Sluice run"
                    + " the same two tables: ct(zone,nat), then ct(commit,nat(dst=range)).%n%nNeeds"
                    + " root (huge pages). Exit code: 0 measured and proved, 1 failed, 2 wrong"
                    + " options.%n")
public final class Bench implements Callable<Integer> {
    private static final int NEW_CONNECTION_ROUNDS = 3;

    @Option(
            names = "--flows",
            split = ",",
            defaultValue = "8k,64k,1m",
            paramLabel = "N",
            description = "how many connections: 8k, 64k, 1m or plain numbers (${DEFAULT-VALUE})")
    private List<String> flows;

    @Option(
            names = "--kinds",
            split = ",",
            defaultValue = "one-way,two-way",
            paramLabel = "KIND",
            description =
                    "one-way: clients only, the connections stay new; two-way: backends answer"
                            + " (${DEFAULT-VALUE})")
    private List<String> kinds;

    @Option(
            names = "--rounds",
            defaultValue = "5",
            description = "turns of each program per pcap (${DEFAULT-VALUE})")
    private int rounds;

    @Option(
            names = "--seconds",
            defaultValue = "5",
            description = "length of the measured window (${DEFAULT-VALUE})")
    private int seconds;

    @Option(
            names = "--warmup",
            defaultValue = "5",
            description =
                    "seconds before the window; it also lasts until the pcap was sent twice and the"
                            + " rate is steady (${DEFAULT-VALUE})")
    private int warmup;

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "PROGRAM",
            description = "run only these: testpmd, ovs, sluice")
    private List<String> only = List.of();

    @Option(names = "--peers", description = "first install OVS-DPDK from the distribution")
    private boolean peersInstalled;

    @Option(
            names = "--verify",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "the proof before the rounds, some seconds (on)")
    private boolean verify;

    @Option(names = "--verify-only", description = "the proof and nothing else")
    private boolean verifyOnly;

    @Option(
            names = "--new-connections",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description =
                    "after the rounds: new NAT connections per second in a steady state, at most"
                            + " three rounds for each translation (on)")
    private boolean newConnections;

    @Option(names = "--new-connections-only", description = "that and nothing else")
    private boolean newConnectionsOnly;

    @Option(
            names = "--pcaps-only",
            description = "make the pcaps, print their paths, and measure nothing")
    private boolean pcapsOnly;

    @Option(names = "--json", paramLabel = "FILE", description = "write every single reading")
    private Path json;

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description = "write a picture, one file that needs nothing else")
    private Path html;

    @Option(
            names = "--core",
            defaultValue = "1",
            description = "the core that moves packets (${DEFAULT-VALUE})")
    private int core;

    @Option(
            names = "--control-core",
            defaultValue = "0",
            description = "the core for everything else (${DEFAULT-VALUE})")
    private int controlCore;

    @Option(
            names = "--cpu-note",
            defaultValue = "",
            paramLabel = "TEXT",
            description = "a remark about the machine to keep with the numbers")
    private String cpuNote;

    @Option(names = "--keep-logs", description = "keep what the programs printed")
    private boolean keepLogs;

    @Spec private CommandSpec spec;

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Bench()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        List<Workload> workloads = workloads();
        Path home = Path.of(System.getProperty("sluice.home", "")).toAbsolutePath();
        WorkloadFiles files = new WorkloadFiles(home.resolve("perf/target/pcaps"));
        PrintWriter out = spec.commandLine().getOut();
        if (pcapsOnly) {
            for (Workload workload : workloads) {
                out.println(files.pcap(workload));
            }
            return 0;
        }
        List<Peer> peers = chosenPeers(home);
        if (peersInstalled && new OpenVswitch().absence().isPresent()) {
            throw wrong(
                    "--peers: scripts/bench should have installed OVS-DPDK, but it is not here");
        }
        Machine machine = Machine.describe(settings(), cpuNote);
        machine.facts().forEach((name, fact) -> out.printf("%-13s %s%n", name + ":", fact));
        out.println();
        try (Session session = new Session(files, core, controlCore, keepLogs)) {
            return run(session, peers, workloads, machine);
        } catch (BenchException e) {
            spec.commandLine().getErr().println("bench: " + e.getMessage());
            return 1;
        }
    }

    private int run(Session session, List<Peer> peers, List<Workload> workloads, Machine machine)
            throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        Results results = new Results(peers.stream().map(Peer::name).toList(), workloads);
        List<Peer> present = new ArrayList<>();
        for (Peer peer : peers) {
            Optional<String> absence = peer.absence();
            absence.ifPresentOrElse(
                    reason -> results.absent(peer.name(), reason), () -> present.add(peer));
        }
        if ((verify && !newConnectionsOnly) || verifyOnly) {
            session.prove(present);
            session.proof().lines().forEach(out::println);
            out.println();
            if (session.proof().failed() || verifyOnly) {
                results.notes().forEach(out::println);
                return session.proof().failed() || results.hasFailed(Sluice.NAME) ? 1 : 0;
            }
        }
        if (newConnectionsOnly) {
            NewConnectionResults fresh = measureNewConnections(session, present, rounds);
            report(results, fresh, machine, fresh.proof());
            return fresh.failed() ? 1 : 0;
        }
        int told = session.proof().lines().size();
        Throughput throughput =
                new Throughput(Duration.ofSeconds(warmup), Duration.ofSeconds(seconds));
        session.measure(present, results, rounds, throughput);
        List<String> proof = new ArrayList<>(session.proof().lines());
        proof.subList(told, proof.size()).forEach(out::println);
        out.println("\nMillions of packets per second: median (lowest-highest) of the rounds");
        TextTable.of(results).forEach(out::println);
        results.notes().forEach(note -> out.println("  - " + note));
        NewConnectionResults fresh =
                newConnections
                        ? measureNewConnections(
                                session, present, Math.min(rounds, NEW_CONNECTION_ROUNDS))
                        : new NewConnectionResults();
        proof.addAll(fresh.proof());
        report(results, fresh, machine, proof);
        boolean failed = session.proof().failed() || fresh.failed();
        return failed || results.hasFailed(Sluice.NAME) ? 1 : 0;
    }

    private NewConnectionResults measureNewConnections(
            Session session, List<Peer> present, int wantedRounds) throws IOException {
        for (Peer peer : present) {
            if (peer instanceof Sluice sluice) {
                PrintWriter out = spec.commandLine().getOut();
                NewConnectionResults fresh =
                        session.measureNewConnections(
                                sluice,
                                wantedRounds,
                                Duration.ofSeconds(warmup),
                                Duration.ofSeconds(seconds));
                fresh.proof().forEach(out::println);
                out.println(
                        "\nMillions of new NAT connections per second and core, as many ending:"
                                + " median (lowest-highest) of the rounds");
                fresh.table().forEach(out::println);
                return fresh;
            }
        }
        return new NewConnectionResults();
    }

    private void report(
            Results results, NewConnectionResults fresh, Machine machine, List<String> proof)
            throws IOException {
        if (json != null) {
            Files.writeString(json, JsonReport.of(results, fresh, machine, proof));
        }
        if (html != null) {
            Files.writeString(html, HtmlReport.of(results, fresh, machine, proof));
        }
    }

    private String settings() {
        return "%d rounds of %d s after %d s, packets on core %d, everything else on core %d"
                .formatted(rounds, seconds, warmup, core, controlCore);
    }

    private List<Workload> workloads() {
        if (rounds < 1 || seconds < 1 || warmup < 0 || core == controlCore) {
            throw wrong("--rounds and --seconds are at least 1, and the two cores differ");
        }
        List<Workload> workloads = new ArrayList<>();
        try {
            for (String kind : kinds) {
                for (String count : flows) {
                    workloads.add(
                            Workload.endless(Workload.parseFlows(count), Traffic.of(kind.strip())));
                }
            }
        } catch (IllegalArgumentException e) {
            throw wrong(e.getMessage());
        }
        return workloads;
    }

    private List<Peer> chosenPeers(Path home) {
        List<Peer> all =
                List.of(
                        new Testpmd(),
                        new OpenVswitch(),
                        new Sluice(home.resolve("scripts/sluice")));
        if (only.isEmpty()) {
            return all;
        }
        List<String> words =
                only.stream().map(word -> word.strip().toLowerCase(Locale.ROOT)).toList();
        for (String word : words) {
            if (!List.of("testpmd", "ovs", "sluice").contains(word)) {
                throw wrong("--only takes testpmd, ovs and sluice, not '" + word + "'");
            }
        }
        return all.stream()
                .filter(peer ->
                        words.stream().anyMatch(peer.name().toLowerCase(Locale.ROOT)::startsWith))
                .toList();
    }

    private CommandLine.ParameterException wrong(String message) {
        return new CommandLine.ParameterException(spec.commandLine(), message);
    }
}
