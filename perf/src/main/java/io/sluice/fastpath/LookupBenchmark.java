package io.sluice.fastpath;

import io.sluice.packet.Ethernet;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * What one lookup of the slow path costs among a few flows and among very many. It stands in the
 * package that it measures: nobody else needs to see a classifier.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LookupBenchmark {
    private static final int MAX_TABLES = 50;
    private static final int MIN_FLOWS_EACH_TABLE = 50;
    private static final int KINDS = 6;
    private static final int KEYS = 1 << 12;
    private static final int SEED = 11;

    /** In all tables together. */
    @Param({"100", "1000", "10000", "100000"})
    private int flows;

    private final long[][] keys = new long[KEYS][];
    private final int[] tableOf = new int[KEYS];
    private final ConjunctionScratch scratch = new ConjunctionScratch();
    private RuleTables tables;
    private int next;

    /** Half of the packets have a flow of their own; all others fall to their table's last one. */
    @Setup
    public void fill() {
        Random random = new Random(SEED);
        List<Flow> all = new ArrayList<>();
        int tableCount = Math.min(MAX_TABLES, flows / MIN_FLOWS_EACH_TABLE);
        for (int i = 0; i < flows; i++) {
            int table = i % tableCount;
            all.add(i < tableCount ? lastOf(table) : flow(table, i, i / tableCount % KINDS));
        }
        tables = RuleTables.EMPTY.with(List.of(), all);
        for (int i = 0; i < KEYS; i++) {
            Flow flow = all.get(random.nextInt(all.size()));
            keys[i] = key(flow.match(), random);
            tableOf[i] = flow.table();
        }
    }

    private static Flow lastOf(int table) {
        return new Flow(table, 0, 0, Match.builder().build(), List.of());
    }

    /** Of the kinds that a router with a firewall has. */
    private static Flow flow(int table, int number, int kind) {
        Match.Builder match = Match.builder();
        switch (kind) {
            case 0 -> match.exact(Field.ETH_DST, 0x020000000000L + number);
            case 1 -> ip(match).masked(Field.NW_DST, (long) number << 8, 0xFFFFFF00L);
            case 2 -> ip(match).masked(Field.NW_DST, (long) number << 4, 0xFFFFFFF0L);
            case 3 -> tcp(match).exact(Field.NW_SRC, number).exact(Field.TP_DST, 80);
            case 4 -> tcp(match).exact(Field.CT_STATE, 0x22).exact(Field.NW_DST, number);
            default -> match.exact(Field.METADATA, number).exact(Field.IN_PORT, 1);
        }
        return new Flow(table, 1 + kind, 0, match.build(), List.of());
    }

    private static Match.Builder ip(Match.Builder match) {
        return match.exact(Field.ETH_TYPE, Ethernet.TYPE_IPV4);
    }

    private static Match.Builder tcp(Match.Builder match) {
        return ip(match).exact(Field.NW_PROTO, 6);
    }

    private static long[] key(Match match, Random random) {
        long[] key = new long[Field.WORDS];
        Field.ETH_TYPE.set(key, Ethernet.TYPE_IPV4);
        Field.NW_PROTO.set(key, 6);
        Field.NW_SRC.set(key, random.nextInt());
        Field.NW_DST.set(key, random.nextInt());
        if (random.nextBoolean()) {
            for (Field field : Field.values()) {
                field.setMasked(key, 0, match.value(field), 0, match.mask(field));
            }
        }
        return key;
    }

    /** One packet, one table. */
    @Benchmark
    public Object lookUp() {
        int i = next;
        next = (i + 1) & (KEYS - 1);
        return tables.find(tableOf[i], keys[i], scratch);
    }
}
