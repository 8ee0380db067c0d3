package io.sluice.perf;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** DPDK's own test program, swapping headers: no tables, so it is the limit for everyone. */
final class Testpmd implements Peer {
    static final String NAME = "testpmd";
    private static final String PROGRAM = "dpdk-testpmd";
    private static final long SPARE_MBUFS = 16_384;
    private static final int DATA_ROOM_BYTES = 320;

    /** The data room, the mbuf, the mempool's header, rounded up; and a pointer in two rings. */
    private static final long BYTES_PER_MBUF = DATA_ROOM_BYTES + 128 + 64 + 64 + 32;

    private static final long SPARE_BYTES = 128L << 20;
    private static final Duration START_LIMIT = Duration.ofMinutes(1);

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Optional<String> absence() {
        return Programs.find(PROGRAM).isPresent()
                ? Optional.empty()
                : Optional.of(PROGRAM + " is not installed");
    }

    @Override
    public long hugePageBytes(long packets) {
        return (packets + SPARE_MBUFS) * BYTES_PER_MBUF + SPARE_BYTES;
    }

    @Override
    public Running start(Workload workload, Source source, Scene scene) {
        List<String> command =
                List.of(
                        // Its output is buffered in blocks when it is no terminal.
                        "stdbuf",
                        "-oL",
                        PROGRAM,
                        "-l",
                        scene.controlCore() + "," + scene.workerCore(),
                        "--main-lcore",
                        Integer.toString(scene.controlCore()),
                        "--no-pci",
                        "--in-memory",
                        "--no-telemetry",
                        "--vdev",
                        source.devargs(),
                        "--",
                        "--forward-mode=5tswap",
                        "--port-topology=loop",
                        "--burst=32",
                        "--total-num-mbufs=" + (workload.packets() + SPARE_MBUFS),
                        "--mbuf-size=" + DATA_ROOM_BYTES,
                        "--no-lsc-interrupt",
                        "--interactive",
                        "--auto-start");
        Path log = scene.directory().resolve("testpmd.log");
        Child child = scene.children().start(command, Map.of(), log);
        RunningTestpmd running = new RunningTestpmd(child);
        try {
            child.awaitOutput(
                    output -> output.contains("Start automatic packet forwarding"),
                    START_LIMIT,
                    "start of forwarding");
        } catch (BenchException e) {
            running.close();
            throw e;
        }
        return running;
    }

    private static final class RunningTestpmd implements Running {
        private final Child child;
        private int asked;

        RunningTestpmd(Child child) {
            this.child = child;
        }

        @Override
        public Counters read() {
            long start = System.nanoTime();
            child.type("show port stats 0");
            asked++;
            String output =
                    child.awaitOutput(
                            text -> TestpmdStats.parseAll(text).size() >= asked,
                            Duration.ofSeconds(20),
                            "statistics");
            TestpmdStats stats = TestpmdStats.parseAll(output).get(asked - 1);
            // It reads its counters at once; what takes time is our noticing the answer.
            return new Counters(start, stats.txPackets(), Map.of("rx_packets", stats.rxPackets()));
        }

        @Override
        public OptionalLong connections() {
            return OptionalLong.empty();
        }

        @Override
        public long pid() {
            return child.pid();
        }

        @Override
        public Optional<String> death() {
            return child.isAlive()
                    ? Optional.empty()
                    : Optional.of("testpmd has ended" + child.lastWords());
        }

        @Override
        public void close() {
            if (child.isAlive()) {
                try {
                    child.type("quit");
                } catch (BenchException e) {
                    // It ended by itself in between: nothing is left to ask.
                }
                child.endsWithin(Duration.ofSeconds(10));
            }
            child.end(Duration.ofSeconds(5));
        }
    }

    /** What {@code show port stats} prints. */
    record TestpmdStats(long rxPackets, long txPackets) {
        private static final Pattern BLOCK =
                Pattern.compile(
                        "NIC statistics for port 0 .*?RX-packets:\\s*(\\d+).*?TX-packets:\\s*(\\d+)"
                                + "[^\\n]*\\n",
                        Pattern.DOTALL);

        /** Every complete answer in the output, oldest first. */
        static List<TestpmdStats> parseAll(String output) {
            return BLOCK.matcher(output).results().map(TestpmdStats::of).toList();
        }

        private static TestpmdStats of(MatchResult block) {
            return new TestpmdStats(Long.parseLong(block.group(1)), Long.parseLong(block.group(2)));
        }
    }
}
