package io.sluice.perf;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What a flush of one zone and a dump of the others cost the worker, which forwards at full speed
 * meanwhile: how long they take, the worker's speed before, meanwhile and after, and the heap.
 */
@Command(
        name = "ZoneBench",
        mixinStandardHelpOptions = true,
        description = {
            "Sluice forwards --busy connections of zone 1 for ever, while --idle connections of",
            "zone 2 lie in the table. Then zone 2 is flushed, and zone 1 dumped to a file: from",
            "the socket, and by 'scripts/sluice ct dump'."
        })
public final class ZoneBench implements Callable<Integer> {
    private static final int SAMPLE_MS = 1000;

    /** Readings before and after, each of a second. */
    private static final int AROUND = 2;

    private static final int TABLE_ROUNDS = 50;
    private static final int SOCKET_ROUNDS = 1000;
    private static final int OTHER_ZONE = 3;

    @Option(names = "--busy", defaultValue = "900000", description = "(${DEFAULT-VALUE})")
    private int busy;

    @Option(names = "--idle", defaultValue = "100000", description = "(${DEFAULT-VALUE})")
    private int idle;

    @Option(names = "--rounds", defaultValue = "3", description = "(${DEFAULT-VALUE})")
    private int rounds;

    @Option(names = "--core", defaultValue = "1", description = "the worker's (${DEFAULT-VALUE})")
    private int core;

    @Option(
            names = "--control-core",
            defaultValue = "0",
            description = "where everything else runs (${DEFAULT-VALUE})")
    private int controlCore;

    /** Speeds in millions of packets a second: seconds before, the flush's own, seconds after. */
    private record Flush(double micros, List<Double> mpps) {
        double percent() {
            return 100 * mpps.get(AROUND) / median(mpps.subList(0, AROUND));
        }
    }

    private record Dump(
            String way,
            double seconds,
            double before,
            double during,
            double after,
            int heapBeforeMb,
            int heapAfterMb,
            int collections) {
        double percent() {
            return 100 * during / before;
        }
    }

    private interface Dumping {
        void run(Path file) throws IOException;
    }

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
        List<Double> tableNanos = TableFlush.nanos(busy, idle, TABLE_ROUNDS);
        try (ZoneBed bed = new ZoneBed(busy, idle, core, controlCore)) {
            Runtime.getRuntime().addShutdownHook(new Thread(bed::close, "zone-bench-clean-up"));
            bed.start();
            measure(bed, tableNanos);
        }
        return 0;
    }

    private void measure(ZoneBed bed, List<Double> tableNanos) throws IOException {
        List<Flush> flushes = new ArrayList<>();
        List<Dump> dumps = new ArrayList<>();
        try (JsonRpcClient control = new JsonRpcClient(bed.socket());
                WarmSocket socket = new WarmSocket(bed.socket())) {
            double firstMicros = socket.flushMicros(OTHER_ZONE, 0);
            bed.awaitBusy(control);
            List<Double> socketMicros = new ArrayList<>();
            for (int i = 0; i < SOCKET_ROUNDS; i++) {
                socketMicros.add(socket.flushMicros(OTHER_ZONE, 0));
            }
            for (int round = 1; round <= rounds; round++) {
                bed.fill(control, round);
                flushes.add(flush(control, socket));
                dumps.add(dump(bed, control, "socket", file -> dumpBySocket(bed, file)));
                dumps.add(dump(bed, control, "command", bed::dumpByCommand));
            }
            report(tableNanos, firstMicros, socketMicros, flushes);
        }
        report(dumps);
    }

    private Flush flush(JsonRpcClient control, WarmSocket socket) throws IOException {
        List<Double> mpps = new ArrayList<>();
        Sample last = sample(control);
        double micros = 0;
        for (int second = -AROUND; second <= AROUND; second++) {
            if (second == 0) {
                micros = socket.flushMicros(ZoneBed.IDLE_ZONE, idle);
            }
            Child.pause(SAMPLE_MS);
            Sample next = sample(control);
            mpps.add(last.mpps(next));
            last = next;
        }
        return new Flush(micros, mpps);
    }

    private static void dumpBySocket(ZoneBed bed, Path file) throws IOException {
        try (WarmSocket socket = new WarmSocket(bed.socket())) {
            socket.dump(ZoneBed.BUSY_ZONE, file);
        }
    }

    private Dump dump(ZoneBed bed, JsonRpcClient control, String way, Dumping dumping)
            throws IOException {
        Path file = bed.directory().resolve("dump");
        ZoneBed.Heap heapBefore = bed.heapAfterCollection();
        double before = calm(control);
        Sample start = sample(control);
        long called = System.nanoTime();
        dumping.run(file);
        double seconds = (System.nanoTime() - called) / 1e9;
        Sample end = sample(control);
        int collections = bed.heap().collections() - heapBefore.collections();
        double after = calm(control);
        long lines = countLineEnds(file);
        if (lines != busy) {
            throw new BenchException("dumped " + lines + " connections, not " + busy);
        }
        Files.delete(file);
        return new Dump(
                way,
                seconds,
                before,
                start.mpps(end),
                after,
                heapBefore.usedMb(),
                bed.heapAfterCollection().usedMb(),
                collections);
    }

    /** Of lines, or of a JSON string, in which each is a backslash and an n. */
    private static long countLineEnds(Path file) throws IOException {
        long count = 0;
        int before = 0;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            for (int each = in.read(); each >= 0; each = in.read()) {
                count += each == '\n' || (before == '\\' && each == 'n') ? 1 : 0;
                before = each;
            }
        }
        return count;
    }

    /** The median of some seconds in which nothing happens. */
    private static double calm(JsonRpcClient control) {
        List<Double> speeds = new ArrayList<>();
        Sample last = sample(control);
        for (int second = 0; second < AROUND + 1; second++) {
            Child.pause(SAMPLE_MS);
            Sample next = sample(control);
            speeds.add(last.mpps(next));
            last = next;
        }
        return median(speeds);
    }

    private static Sample sample(JsonRpcClient control) {
        long before = System.nanoTime();
        long packets = control.callForJson("stats/workers").path(0).path("packets").asLong();
        return new Sample(packets, before + (System.nanoTime() - before) / 2);
    }

    private void report(
            List<Double> tableNanos,
            double firstMicros,
            List<Double> socketMicros,
            List<Flush> flushes) {
        System.out.printf(
                Locale.ROOT,
                "%nflush of a zone                          times  median us     max us%n");
        printTimes("%,d connections, in the table alone".formatted(idle), tableNanos, 1e3);
        System.out.printf(
                Locale.ROOT,
                "%-40s %5d %10.1f %10.1f%n",
                "none, the first call",
                1,
                firstMicros,
                firstMicros);
        printTimes("none, over a warm socket", socketMicros, 1);
        List<Double> micros = flushes.stream().map(Flush::micros).toList();
        printTimes("%,d connections, over a warm socket".formatted(idle), micros, 1);
        System.out.printf(
                Locale.ROOT,
                "%nMpps of the worker, second by second, the flush at the beginning of the"
                        + " third%n");
        for (Flush flush : flushes) {
            flush.mpps.forEach(each -> System.out.printf(Locale.ROOT, "%8.2f", each));
            System.out.printf(Locale.ROOT, "   %.1f %% of the median before%n", flush.percent());
        }
        System.out.printf(
                Locale.ROOT,
                "median %.1f %%%n",
                median(flushes.stream().map(Flush::percent).toList()));
    }

    private static void printTimes(String what, List<Double> times, double scale) {
        System.out.printf(
                Locale.ROOT,
                "%-40s %5d %10.1f %10.1f%n",
                what,
                times.size(),
                median(times) / scale,
                times.stream().max(Double::compare).orElse(0.0) / scale);
    }

    private void report(List<Dump> dumps) {
        System.out.printf(
                Locale.ROOT,
                "%ndump of %,d connections to a file, heap of %d MB%n",
                busy,
                ZoneBed.HEAP_MB);
        System.out.printf(Locale.ROOT, "way      seconds  Mpps before  meanwhile   after       %%");
        System.out.printf(Locale.ROOT, "  MB alive before  after  collections meanwhile%n");
        for (Dump dump : dumps) {
            System.out.printf(
                    Locale.ROOT,
                    "%-8s %7.2f %12.2f %10.2f %7.2f %7.1f %17d %6d %12d%n",
                    dump.way,
                    dump.seconds,
                    dump.before,
                    dump.during,
                    dump.after,
                    dump.percent(),
                    dump.heapBeforeMb,
                    dump.heapAfterMb,
                    dump.collections);
        }
        for (String way : List.of("socket", "command")) {
            List<Dump> ofWay = dumps.stream().filter(each -> each.way.equals(way)).toList();
            System.out.printf(
                    Locale.ROOT,
                    "median of %s: %.2f s, %.1f %% of the speed before, %+.0f MB alive%n",
                    way,
                    median(ofWay.stream().map(Dump::seconds).toList()),
                    median(ofWay.stream().map(Dump::percent).toList()),
                    median(
                            ofWay.stream()
                                    .map(each -> (double) each.heapAfterMb - each.heapBeforeMb)
                                    .toList()));
        }
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }
}
