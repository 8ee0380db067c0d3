package io.sluice.fastpath;

import io.sluice.conntrack.ConnOwner;
import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.CtState;
import io.sluice.dpdk.Mbuf;
import io.sluice.dpdk.Mempool;
import io.sluice.dpdk.Port;
import io.sluice.natlb.NatRange;
import io.sluice.packet.Ethernet;
import io.sluice.packet.FrameBuilder;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Memory;
import io.sluice.packet.Tcp;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Runs the packet path on packets of its own before the first real one comes, so that HotSpot has
 * compiled it by then: a pipeline with its own small tables, which sends to a DPDK port that
 * discards. What it leaves behind is compiled code.
 */
final class WarmUp {
    private static final int CLIENTS = 2;
    private static final int DISCARD = 1;
    private static final int CONNECTIONS = 4096;
    private static final int CACHE_ENTRIES = 1 << 12;
    // Time enough for the compiler's own thread, and short of the three seconds to full speed.
    private static final long DURATION_NS = 1_200_000_000L;
    private static final long NEVER_LONGER_NS = 2_000_000_000L;
    private static final int MIN_BURSTS = 40_000;

    private final Mempool pool;
    private final Pipeline pipeline;
    private final ConnOwner owner;
    private final long list;
    private final List<byte[]> frames = frames();
    private int nowMs;

    private WarmUp(DatapathSettings settings, Port port) {
        pool = settings.pool();
        ConnTable table = new ConnTable(CONNECTIONS, settings.memory());
        owner = new ConnOwner(table);
        Outputs outputs = new Outputs(0, settings.memory());
        DatapathSettings small =
                new DatapathSettings(
                        List.of(),
                        CONNECTIONS,
                        true,
                        CACHE_ENTRIES,
                        pool,
                        settings.memory(),
                        settings.verify(),
                        settings.timeExceeded());
        pipeline =
                new Pipeline(
                        small,
                        table,
                        new Translations(table, settings.memory()),
                        owner,
                        new MacTable(),
                        outputs,
                        new Upcalls(outputs, pool.segmentBytes()));
        list = settings.memory().allocate(Pipeline.BURST * (long) Long.BYTES);
        List<DatapathPort> ports = List.of(DatapathPort.of(DISCARD, "discard", port, 1, 1));
        outputs.adopt(ports);
        pipeline.adopt(new Snapshot(flows(), List.of(), ports));
    }

    /**
     * Warms the packet path up.
     *
     * @param port configured, started, and free for this
     */
    static void run(DatapathSettings settings, Port port) {
        new WarmUp(settings, port).run();
    }

    private void run() {
        long start = System.nanoTime();
        long bursts = 0;
        long elapsed = 0;
        while (elapsed < NEVER_LONGER_NS
                && (elapsed < DURATION_NS || bursts < MIN_BURSTS)
                && receive(bursts)) {
            bursts++;
            owner.quiet();
            if (bursts % 64 == 0) {
                elapsed = System.nanoTime() - start;
                nowMs = (int) (elapsed / 1_000_000);
                owner.sweep(0, 1, nowMs);
            }
        }
    }

    /** A burst of the next frames; false when there is no buffer for them. */
    private boolean receive(long burst) {
        int from = (int) (burst * Pipeline.BURST % frames.size());
        for (int i = 0; i < Pipeline.BURST; i++) {
            long mbuf = Mbuf.alloc(pool);
            if (mbuf == 0) {
                for (int taken = 0; taken < i; taken++) {
                    Mbuf.free(Memory.getLong(list + ((long) taken << 3)));
                }
                return false;
            }
            byte[] frame = frames.get((from + i) % frames.size());
            Memory.copy(frame, Mbuf.append(mbuf, frame.length));
            Memory.putLong(list + ((long) i << 3), mbuf);
        }
        pipeline.process(list, Pipeline.BURST, CLIENTS, nowMs);
        return true;
    }

    private static List<byte[]> frames() {
        List<byte[]> frames = new ArrayList<>();
        for (int flow = 0; flow < 1000; flow++) {
            FrameBuilder builder =
                    new FrameBuilder()
                            .ip("192.0.2." + flow % 250, "198.51.100.1")
                            .ports(1024 + flow, 80)
                            .padTo(60);
            // Once so that connections begin, and then mostly what the cache is for.
            frames.add(builder.udp());
            frames.add(builder.udp());
            frames.add(builder.tcpFlags(flow % 50 == 0 ? Tcp.SYN : Tcp.ACK).tcp());
        }
        return frames;
    }

    private static List<Flow> flows() {
        NatRange range =
                new NatRange(
                        NatRange.Side.DESTINATION,
                        0x0A000001,
                        0x0A000004,
                        0,
                        0,
                        NatRange.Pick.DEFAULT);
        Action find = new Action.Ct(1, false, false, 1, true, Optional.empty(), 0, 0);
        Action make = new Action.Ct(1, true, false, -1, true, Optional.of(range), 0, 0);
        Action setMac = Action.Set.whole(Field.ETH_DST, 0x020000000001L);
        Action send = new Action.Output(DISCARD);
        Match ip = Match.builder().exact(Field.ETH_TYPE, Ethernet.TYPE_IPV4).build();
        Match isNew =
                Match.builder()
                        .exact(Field.ETH_TYPE, Ethernet.TYPE_IPV4)
                        .masked(Field.CT_STATE, CtState.NEW, CtState.NEW)
                        .build();
        // Some packets take ways with extras, so that these are compiled too.
        Match oldTcp =
                Match.builder()
                        .exact(Field.ETH_TYPE, Ethernet.TYPE_IPV4)
                        .exact(Field.NW_PROTO, Ipv4.PROTO_TCP)
                        .masked(Field.CT_STATE, 0, CtState.NEW)
                        .build();
        return List.of(
                new Flow(0, 1, 0, ip, List.of(find)),
                new Flow(1, 2, 0, oldTcp, List.of(new Action.DecTtl(), setMac, send)),
                new Flow(1, 2, 0, isNew, List.of(make, setMac, send)),
                new Flow(1, 1, 0, ip, List.of(setMac, send)));
    }
}
