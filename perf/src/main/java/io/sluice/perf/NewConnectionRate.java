package io.sluice.perf;

import io.sluice.perf.Sluice.RunningSluice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * How many connections a running Sluice makes for ever: as many end as begin, and every packet
 * opens one.
 *
 * @param created connections that began in the window
 * @param ended that ended in it, and whose memory was free again
 * @param nanos length of the window
 * @param leastHeld connections in the table, ended ones included until they are swept: the fewest
 * @param mostHeld the most
 * @param corePercent how much of the time the worker was on its core
 * @param mistakes why this is no steady state in which every packet opens a connection; empty if it
 *     is
 */
record NewConnectionRate(
        long created,
        long ended,
        long nanos,
        long leastHeld,
        long mostHeld,
        double corePercent,
        List<String> mistakes) {
    /** What created and ended may differ by, in percent: the sweep goes round, more than once. */
    private static final int STEADY_PERCENT = 5;

    private static final long POLL_MS = 250;
    private static final int PATIENCE_S = 60;

    // A table fills for a while before as many connections end as begin.
    private static final int SETTLE_S = 20;
    private static final long SETTLE_SPAN_MS = 3_000;

    /** One look at the counters. */
    private record Moment(long nanos, JsonNode zone) {
        static Moment of(RunningSluice running) {
            long before = System.nanoTime();
            JsonNode zone = running.zoneRow();
            long after = System.nanoTime();
            return new Moment(before + (after - before) / 2, zone);
        }

        long count(String name) {
            return zone.path(name).longValue();
        }
    }

    /**
     * Waits until the pcap has gone round twice, for the warm-up, and until as many connections end
     * as begin; then measures one window.
     */
    static NewConnectionRate measure(
            RunningSluice running, int flows, Duration warmUp, Duration window) {
        long start = System.nanoTime();
        long seconds = 0;
        while (running.workers().packets() < 2L * flows || seconds < warmUp.toSeconds()) {
            throwIfDead(running);
            Child.pause(POLL_MS);
            seconds = (System.nanoTime() - start) / 1_000_000_000;
            if (seconds > PATIENCE_S) {
                throw new BenchException(
                        "the pcap has not gone round twice in %d s".formatted(seconds));
            }
        }
        settle(running);
        CoreTime coreBefore = CoreTime.of(running.pid());
        Moment from = Moment.of(running);
        Moment to = from;
        long least = from.count("connections");
        long most = least;
        while (to.nanos - from.nanos < window.toNanos()) {
            Child.pause(POLL_MS);
            to = Moment.of(running);
            least = Math.min(least, to.count("connections"));
            most = Math.max(most, to.count("connections"));
        }
        long nanos = to.nanos - from.nanos;
        CoreTime coreAfter = CoreTime.of(running.pid());
        throwIfDead(running);
        List<String> mistakes = new ArrayList<>(mistakes(from, to));
        mistakes.addAll(sinceStart(running));
        return new NewConnectionRate(
                to.count("created") - from.count("created"),
                to.count("closed") - from.count("closed"),
                nanos,
                least,
                most,
                coreAfter.busiestPercentSince(coreBefore, nanos).orElse(100),
                mistakes);
    }

    /** Until as many end as begin, or the time for it is over: what is measured then says so. */
    private static void settle(RunningSluice running) {
        long start = System.nanoTime();
        Moment from;
        Moment to = Moment.of(running);
        do {
            from = to;
            Child.pause(SETTLE_SPAN_MS);
            throwIfDead(running);
            to = Moment.of(running);
        } while (!mistakes(from, to).isEmpty()
                && System.nanoTime() - start < SETTLE_S * 1_000_000_000L);
    }

    private static void throwIfDead(RunningSluice running) {
        running.death()
                .ifPresent(sentence -> {
                    throw new BenchException(sentence);
                });
    }

    private static List<String> mistakes(Moment from, Moment to) {
        List<String> mistakes = new ArrayList<>();
        long created = to.count("created") - from.count("created");
        long ended = to.count("closed") - from.count("closed");
        if (Math.abs(created - ended) * 100 > created * STEADY_PERCENT) {
            mistakes.add(
                    "no steady state: %d connections began and %d ended".formatted(created, ended));
        }
        return mistakes;
    }

    /** What must be true of all that happened since the program began. */
    private static List<String> sinceStart(RunningSluice running) {
        List<String> mistakes = new ArrayList<>();
        long before = running.workers().packets();
        Moment moment = Moment.of(running);
        long after = running.workers().packets();
        long created = moment.count("created");
        if (created < before - CounterChecks.IN_FLIGHT_PACKETS
                || created > after + CounterChecks.IN_FLIGHT_PACKETS) {
            mistakes.add(
                    "%d connections were made, but workers saw %d to %d packets: some met a"
                                    .formatted(created, before, after)
                            + " connection that had not ended");
        }
        for (String what : List.of("refused", "evicted")) {
            if (moment.count(what) != 0) {
                mistakes.add("connections %s: %s".formatted(what, moment.zone));
            }
        }
        Map<String, Long> drops = running.drops();
        if (!drops.isEmpty()) {
            mistakes.add("packets were dropped: " + drops);
        }
        return mistakes;
    }

    /** Connections made, in millions a second. */
    double millionsPerSecond() {
        return created * 1e3 / nanos;
    }

    /** What was counted, for a reader. */
    String proof() {
        return String.format(
                Locale.ROOT,
                "%,d connections began and %,d ended in %.1f s, one for each packet; %.1f to %.1f"
                        + " million in the table; none refused, evicted or dropped",
                created,
                ended,
                nanos / 1e9,
                leastHeld / 1e6,
                mostHeld / 1e6);
    }
}
