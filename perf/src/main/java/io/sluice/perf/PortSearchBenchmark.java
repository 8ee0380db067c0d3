package io.sluice.perf;

import io.sluice.conntrack.ConnOwner;
import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.NewConnection;
import io.sluice.conntrack.TcpSegment;
import io.sluice.conntrack.Tracker;
import io.sluice.dpdk.HugeMemory;
import io.sluice.natlb.NatRange;
import io.sluice.natlb.NatSearch;
import io.sluice.natlb.PortMaps;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Memory;
import io.sluice.packet.TupleKey;
import java.util.SplittableRandom;
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
 * What a port costs when a share of a range of 64,000 is taken towards one server, in a real
 * connection table: the search alone, and a connection that ends and another that begins, with
 * translation and without.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PortSearchBenchmark {
    private static final int SPAN = 64_000;
    private static final int ZONE = 5;
    private static final int NOW_MS = 1000;
    private static final int OUTSIDE = 0xC6336401;
    private static final int SERVER = 0xCB007101;
    private static final int CLIENTS = 0x0A000000;
    private static final int SEED = 11;
    private static final int OPERATIONS_EACH_SWEEP = 256;
    private static final TcpSegment NO_TCP = new TcpSegment();
    private static final NatRange RANGE =
            new NatRange(
                    NatRange.Side.SOURCE,
                    OUTSIDE,
                    OUTSIDE,
                    1024,
                    1023 + SPAN,
                    NatRange.Pick.DEFAULT);

    /** Of the range, in percent. */
    @Param({"50", "90", "99"})
    private int taken;

    private final ConnTable table = new ConnTable(1 << 17, HugeMemory::allocate);
    private final ConnOwner owner = new ConnOwner(table);
    private final Tracker tracker = new Tracker(table, owner);
    private final PortMaps maps = new PortMaps(HugeMemory::allocate);
    private final NatSearch search = new NatSearch(maps, false);
    private final NewConnection fresh = new NewConnection();
    private final SplittableRandom random = new SplittableRandom(SEED);
    private int[] connections;
    private int operations;

    /** Makes the connections one after the other, as they would come. */
    @Setup
    public void fill() {
        table.tellFreedTo(maps::freed);
        connections = new int[SPAN / 100 * taken];
        for (int i = 0; i < connections.length; i++) {
            setOriginal();
            connections[i] = makeTranslated();
        }
    }

    private void setOriginal() {
        fresh.addresses = TupleKey.addresses(CLIENTS + random.nextInt(1 << 24), SERVER);
        fresh.portsAndZone =
                TupleKey.portsAndScope(
                        TupleKey.ports(1024 + random.nextInt(SPAN), 443), ZONE, Ipv4.PROTO_UDP);
    }

    /** Finds a port and does not use it. */
    @Benchmark
    public int search() {
        setOriginal();
        int zoneEpoch = Memory.getInt(table.zones().epochAddress(ZONE));
        search.begin(RANGE, fresh.addresses, fresh.portsAndZone);
        while (search.next()) {
            setReply();
            if (!tracker.isTaken(fresh.replyAddresses, fresh.replyPortsAndZone, NOW_MS)) {
                search.giveBack();
                return search.ports();
            }
            search.taken(fresh.replyAddresses, fresh.replyPortsAndZone, zoneEpoch, NOW_MS);
        }
        throw new IllegalStateException("no port was found");
    }

    /** Ends a connection and makes another with whatever port is free. */
    @Benchmark
    public int makeTranslatedForEnded() {
        int which = endOne();
        connections[which] = makeTranslated();
        return connections[which];
    }

    /** The same without a translation. */
    @Benchmark
    public int makeForEnded() {
        int which = endOne();
        fresh.replyAddresses = TupleKey.invertAddresses(fresh.addresses);
        fresh.replyPortsAndZone = TupleKey.invertPorts(fresh.portsAndZone);
        connections[which] = commit();
        return connections[which];
    }

    private int endOne() {
        if (++operations % OPERATIONS_EACH_SWEEP == 0) {
            owner.sweep(0, 1, NOW_MS);
        }
        owner.quiet();
        setOriginal();
        int which = random.nextInt(connections.length);
        tracker.end(connections[which]);
        return which;
    }

    private void setReply() {
        fresh.replyAddresses = TupleKey.invertAddresses(search.addresses());
        fresh.replyPortsAndZone =
                TupleKey.invertPorts(TupleKey.withPorts(fresh.portsAndZone, search.ports()));
    }

    private int commit() {
        int made = tracker.commit(fresh, NO_TCP, 60, NOW_MS);
        if (made == ConnTable.CLASH_ORIGINAL) {
            // One of some millions comes twice.
            setOriginal();
            return commit();
        }
        if (made < 0) {
            throw new IllegalStateException("not made: " + made);
        }
        return made;
    }

    private int makeTranslated() {
        int zoneEpoch = Memory.getInt(table.zones().epochAddress(ZONE));
        search.begin(RANGE, fresh.addresses, fresh.portsAndZone);
        boolean first = true;
        while (search.next()) {
            setReply();
            boolean looksTaken =
                    !first
                            && tracker.isTaken(
                                    fresh.replyAddresses, fresh.replyPortsAndZone, NOW_MS);
            int made =
                    looksTaken ? ConnTable.CLASH_REPLY : tracker.commit(fresh, NO_TCP, 60, NOW_MS);
            if (made >= 0) {
                return made;
            }
            if (made != ConnTable.CLASH_REPLY) {
                search.giveBack();
                setOriginal();
                return makeTranslated();
            }
            first = false;
            search.taken(fresh.replyAddresses, fresh.replyPortsAndZone, zoneEpoch, NOW_MS);
        }
        throw new IllegalStateException("no port was found");
    }
}
