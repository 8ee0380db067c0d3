package io.sluice.perf;

import io.sluice.natlb.Affinity;
import io.sluice.natlb.BucketCounts;
import io.sluice.natlb.LeastConnections;
import io.sluice.natlb.MaglevTable;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What choosing buckets costs: the building of a Maglev table by control, with equal weights and
 * with different ones, and what a worker pays for each new connection.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class BucketBenchmark {
    private static final int ENTRIES = 65_537;
    private static final int CLIENTS = 1 << 16;
    private static final int TIMEOUT_SECONDS = 300;
    private static final int NOW_MS = 1_000_000;
    private static final int SEED = 11;

    @Param({"4", "100", "1000"})
    private int backends;

    private final Arena arena = Arena.ofShared();
    private final SplittableRandom random = new SplittableRandom(SEED);
    private final Affinity affinity = new Affinity(2 * CLIENTS, TIMEOUT_SECONDS);
    private List<String> names;
    private int[] equal;
    private int[] different;
    private MaglevTable table;
    private LeastConnections least;

    @Setup
    public void prepare() {
        names =
                IntStream.range(0, backends)
                        .mapToObj(i -> "10.0.%d.%d:8080".formatted(i >> 8, i & 0xFF))
                        .toList();
        equal = IntStream.range(0, backends).map(_ -> 1).toArray();
        different = IntStream.range(0, backends).map(i -> 1 + i % 10).toArray();
        table = build();
        BucketCounts counts = new BucketCounts(length -> arena.allocate(length, 4096).address());
        int[] numbers = IntStream.range(0, backends).map(_ -> counts.take()).toArray();
        for (int number : numbers) {
            for (int i = random.nextInt(100); i > 0; i--) {
                counts.begin(number);
            }
        }
        least = new LeastConnections(numbers, different, counts);
        for (int client = 0; client < CLIENTS; client++) {
            affinity.note(hash(client), 0, 1 + client % backends, NOW_MS);
        }
    }

    private static long hash(int client) {
        return (client + 1) * 0x9E3779B97F4A7C15L;
    }

    @TearDown
    public void close() {
        arena.close();
    }

    @Benchmark
    @OutputTimeUnit(TimeUnit.MICROSECONDS)
    public MaglevTable build() {
        return new MaglevTable(names, equal, ENTRIES);
    }

    @Benchmark
    @OutputTimeUnit(TimeUnit.MICROSECONDS)
    public MaglevTable buildWeighted() {
        return new MaglevTable(names, different, ENTRIES);
    }

    @Benchmark
    public int lookUp() {
        return table.pick(random.nextLong());
    }

    @Benchmark
    public int least() {
        return least.pick(random.nextInt(backends));
    }

    @Benchmark
    public int affinity() {
        long client = hash(random.nextInt(CLIENTS));
        int found = affinity.find(client, NOW_MS);
        return affinity.note(client, found, Math.max(1, found), NOW_MS);
    }
}
