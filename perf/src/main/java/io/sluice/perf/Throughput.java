package io.sluice.perf;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Measures a running program: warm-up until every connection was met twice and the rate is steady,
 * then one window.
 */
final class Throughput {
    private static final long POLL_MS = 200;
    private static final long SPAN_MS = 1_000;
    private static final Duration WARM_UP_LIMIT = Duration.ofMinutes(3);

    /** A machine with neighbours may never be steady. */
    private static final Duration STEADY_LIMIT = Duration.ofSeconds(15);

    /** What two seconds in a row may differ by where nothing is made or compiled any more. */
    private static final double STEADY = 0.04;

    private final Duration warmUp;
    private final Duration window;

    Throughput(Duration warmUp, Duration window) {
        this.warmUp = warmUp;
        this.window = window;
    }

    /**
     * One window.
     *
     * @param connections at the end, -1 if the program tracks none
     * @param corePercent how much of the time the busiest thread was on its core
     * @param details by how much other counters grew, and {@code busy_percent} at the end
     */
    record Window(
            double mpps,
            long sentPackets,
            long nanos,
            long connections,
            double corePercent,
            Map<String, Long> details) {}

    /**
     * Returns once the pcap has passed at least twice, the warm-up time is over and the rate is
     * steady: with many connections programs are busy for long after they met each of them.
     */
    void warmUp(Peer.Running program, Workload workload) {
        passTwice(program, workload);
        long start = System.nanoTime();
        double before = 0;
        for (int steady = 0; steady < 2; ) {
            if (System.nanoTime() - start > STEADY_LIMIT.toNanos()) {
                return;
            }
            Counters from = program.read();
            Child.pause(SPAN_MS);
            throwIfDead(program);
            double mpps = Counters.mpps(from, program.read());
            steady = Math.abs(mpps - before) <= STEADY * mpps ? steady + 1 : 0;
            before = mpps;
        }
    }

    private void passTwice(Peer.Running program, Workload workload) {
        long start = System.nanoTime();
        while (true) {
            Child.pause(POLL_MS);
            throwIfDead(program);
            long sent = program.read().sentPackets();
            long elapsed = System.nanoTime() - start;
            boolean passedTwice = sent >= 2L * workload.packets();
            if (passedTwice && elapsed >= warmUp.toNanos()) {
                return;
            }
            if (elapsed > WARM_UP_LIMIT.toNanos()) {
                throw new BenchException(
                        "after %d s only %d packets were sent, %d wanted"
                                .formatted(
                                        WARM_UP_LIMIT.toSeconds(), sent, 2L * workload.packets()));
            }
        }
    }

    Window measure(Peer.Running program) {
        CoreTime before = CoreTime.of(program.pid());
        Counters from = program.read();
        Child.pause(window.toMillis());
        Counters to = program.read();
        CoreTime after = CoreTime.of(program.pid());
        throwIfDead(program);
        OptionalLong connections = program.connections();
        return new Window(
                Counters.mpps(from, to),
                to.sentPackets() - from.sentPackets(),
                to.nanos() - from.nanos(),
                connections.orElse(-1),
                after.busiestPercentSince(before, to.nanos() - from.nanos()).orElse(100),
                growth(from.details(), to.details()));
    }

    private static Map<String, Long> growth(Map<String, Long> from, Map<String, Long> to) {
        Map<String, Long> growth = new LinkedHashMap<>();
        to.forEach((name, value) ->
                growth.put(
                        name,
                        name.endsWith("_percent") ? value : value - from.getOrDefault(name, 0L)));
        return growth;
    }

    private static void throwIfDead(Peer.Running program) {
        program.death()
                .ifPresent(sentence -> {
                    throw new BenchException(sentence);
                });
    }
}
