package io.sluice.perf;

import io.sluice.perf.FrameVerifier.Outcome;
import io.sluice.perf.Peer.Scene;
import io.sluice.perf.Peer.Source;
import io.sluice.perf.Sluice.RunningSluice;
import io.sluice.perf.SluiceCounters.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Proves that packets are tracked and translated: sends a small pcap once, keeps what comes out,
 * checks every frame of it in software and, for Sluice, every counter.
 */
final class Proof {
    private static final int FLOWS = 2048;
    private static final int PASSES = 6;
    private static final long POLL_MS = 100;
    private static final int STILL_POLLS = 5;
    private static final int PATIENCE_POLLS = 600;
    private static final int TRIES = 5;

    private final List<String> lines = new ArrayList<>();
    private boolean failed;

    /** What the proof sends: every connection several times, so that cached ways are taken too. */
    static Workload workload(Traffic traffic) {
        return new Workload(FLOWS, traffic, PASSES);
    }

    /** Lines that start with {@code ok} or {@code FAIL}. */
    List<String> lines() {
        return List.copyOf(lines);
    }

    boolean failed() {
        return failed;
    }

    /** Sluice: nothing may be lost, and counters must be exact. */
    void sluice(Sluice sluice, Traffic traffic, Path pcap, Scene scene) {
        Workload workload = workload(traffic);
        Path capture = scene.directory().resolve("sent.pcap");
        List<String> mistakes;
        SluiceCounters counters;
        try (RunningSluice running =
                sluice.start(workload, new Source(pcap, Optional.of(capture)), scene)) {
            awaitStillness(running, workload.packets());
            counters = running.counters();
            mistakes = new ArrayList<>(CounterChecks.still(counters, workload));
            if (running.connections().orElse(-1) != workload.flows()) {
                mistakes.add("ct/count: " + running.connections() + ", not " + workload.flows());
            }
        }
        Workers workers = counters.workers();
        if (workers.cacheHits() == 0) {
            mistakes.add("no packet took the flow cache: what it does was not checked");
        }
        String title = Sluice.NAME + ", " + traffic.label();
        report(
                title
                        + ", counters: %d packets, %d cache hits + %d slow path, %d connections"
                                .formatted(
                                        workers.packets(),
                                        workers.cacheHits(),
                                        workers.slowPath(),
                                        counters.zone().connections()),
                mistakes);
        frames(title, workload, capture, true);
    }

    /** Another program: what it sends must be right; what it loses while it starts is only told. */
    void peer(Peer peer, Traffic traffic, Path pcap, Scene scene) {
        Workload workload = workload(traffic);
        Path capture = scene.directory().resolve("sent.pcap");
        try (Peer.Running running =
                peer.start(workload, new Source(pcap, Optional.of(capture)), scene)) {
            awaitStillness(running, workload.packets());
        }
        frames(peer.name() + ", " + traffic.label(), workload, capture, false);
    }

    /** Sluice while packets flow at full speed; said only once per workload and when it fails. */
    void flowing(RunningSluice running, Workload workload, int round) {
        List<String> mistakes = List.of();
        for (int i = 0; i < TRIES; i++) {
            Workers before = running.workers();
            SluiceCounters counters = running.counters();
            mistakes = CounterChecks.flowing(before, counters, running.workers(), workload);
            if (mistakes.isEmpty()) {
                break;
            }
        }
        if (round == 1 || !mistakes.isEmpty()) {
            report(
                    "%s, %s at full speed: connections, zone, drops and ports agree"
                            .formatted(Sluice.NAME, workload.label()),
                    mistakes);
        }
    }

    /** A proof that could not be had. Only Sluice must be proved. */
    void impossible(Peer peer, Traffic traffic, String reason) {
        String title = peer.name() + ", " + traffic.label();
        if (peer instanceof Sluice) {
            report(title, List.of(reason));
        } else {
            lines.add("--   " + title + ": " + reason);
        }
    }

    private void frames(String title, Workload workload, Path capture, boolean complete) {
        Outcome outcome;
        try {
            outcome = FrameVerifier.verify(workload, capture);
        } catch (IOException e) {
            report(title + ", frames", List.of("no capture to read: " + e.getMessage()));
            return;
        }
        List<String> mistakes = new ArrayList<>(outcome.complaints());
        if (outcome.frames() == 0) {
            mistakes.add("nothing was sent");
        }
        if (complete && outcome.missing() > 0) {
            mistakes.add(outcome.missing() + " packets were not sent");
        }
        if (outcome.framesOfBackend().contains(0L)) {
            mistakes.add("a backend got nothing: " + outcome.framesOfBackend());
        }
        String lost =
                complete || outcome.missing() == 0
                        ? ""
                        : ", " + outcome.missing() + " lost while it started";
        report(
                "%s, frames: %d of %d right in addresses, ports, MACs, checksums, payload; backends %s%s"
                        .formatted(
                                title,
                                outcome.frames() - outcome.wrong(),
                                outcome.frames(),
                                outcome.framesOfBackend(),
                                lost),
                mistakes);
    }

    private void report(String what, List<String> mistakes) {
        if (mistakes.isEmpty()) {
            lines.add("ok   " + what);
            return;
        }
        failed = true;
        lines.add("FAIL " + what);
        mistakes.forEach(mistake -> lines.add("       " + mistake));
    }

    /** Returns when all packets were sent, or none for a while. */
    static void awaitStillness(Peer.Running running, int packets) {
        long last = -1;
        int still = 0;
        for (int i = 0; i < PATIENCE_POLLS && still < STILL_POLLS; i++) {
            running.death()
                    .ifPresent(sentence -> {
                        throw new BenchException(sentence);
                    });
            long sent = running.read().sentPackets();
            still = sent == last && sent > 0 ? still + 1 : 0;
            if (sent >= packets) {
                return;
            }
            last = sent;
            Child.pause(POLL_MS);
        }
    }
}
