package io.sluice.fastpath;

import io.sluice.conntrack.ConnFilter;
import io.sluice.conntrack.ConnOwner;
import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.TcpWindows;
import io.sluice.dpdk.Eal;
import io.sluice.dpdk.HugeMemory;
import io.sluice.dpdk.Mbuf;
import io.sluice.dpdk.Mempool;
import io.sluice.dpdk.Port;
import io.sluice.natlb.BlockSweep;
import io.sluice.packet.Memory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A pipeline between real DPDK ring ports, driven by the test instead of a thread, with the test's
 * own clock: frames go in as bursts, and what was sent is read back from the ports' rings.
 */
final class Lab implements AutoCloseable {
    // More than a cache begins with: it grows when there are connections for it.
    private static final int CACHE_ENTRIES = 1 << 17;

    private static final AtomicInteger NEXT = new AtomicInteger();

    // Of labs that are closed. DPDK's driver keeps a port's rings when it is unplugged, so that a
    // process can have no more than some 150 in its life.
    private static final Deque<Port> IDLE_PORTS = new ConcurrentLinkedDeque<>();

    /** One EAL for the process; DPDK has no second start. */
    private static final class Dpdk {
        static final Eal EAL =
                Eal.start(
                        List.of(
                                "--no-huge",
                                "--no-pci",
                                "--no-shconf",
                                "--no-telemetry",
                                "-m",
                                "128"));
    }

    final Mempool pool;
    final ConnTable table;
    final ConnOwner owner;
    private final BlockSweep blockSweep;
    final Translations translations;
    final MacTable macs = new MacTable();
    final Outputs outputs;
    final Upcalls upcalls;
    final Pipeline pipeline;
    final Tracer tracer;
    int nowMs = 1_000_000;

    private final List<DatapathPort> ports = new ArrayList<>();
    private final Set<Integer> removed = new HashSet<>();
    private final long list = HugeMemory.allocate(64 * Long.BYTES);
    private final List<Flow> flows = new ArrayList<>();
    private Snapshot snapshot;

    /** Ports are numbered from 1. */
    Lab(int portCount, boolean flowCache, int maxConnections) {
        this(portCount, flowCache, maxConnections, TimeExceededSource.NONE);
    }

    Lab(int portCount, boolean flowCache, int maxConnections, TimeExceededSource timeExceeded) {
        this(portCount, flowCache, maxConnections, Checksums.Verify.STATE, timeExceeded);
    }

    Lab(
            int portCount,
            boolean flowCache,
            int maxConnections,
            Checksums.Verify verify,
            TimeExceededSource timeExceeded) {
        if (Dpdk.EAL == null) {
            throw new AssertionError("no EAL");
        }
        int id = NEXT.incrementAndGet();
        pool = Mempool.create("lab" + id, 2047, 0, 2176);
        DatapathSettings settings =
                new DatapathSettings(
                        List.of(0),
                        maxConnections,
                        flowCache,
                        CACHE_ENTRIES,
                        pool,
                        HugeMemory::allocate,
                        verify,
                        timeExceeded);
        table = new ConnTable(maxConnections, HugeMemory::allocate);
        owner = new ConnOwner(table);
        outputs = new Outputs(0, HugeMemory::allocate);
        upcalls = new Upcalls(outputs, pool.segmentBytes());
        translations = new Translations(table, HugeMemory::allocate);
        blockSweep = translations.newSweep(owner);
        pipeline = new Pipeline(settings, table, translations, owner, macs, outputs, upcalls);
        tracer = new Tracer(settings, table, translations, macs);
        for (int number = 1; number <= portCount; number++) {
            Port port = IDLE_PORTS.isEmpty() ? newPort() : IDLE_PORTS.pop();
            port.configure(1, 1, 512, 512, 0, pool);
            port.start();
            ports.add(DatapathPort.of(number, "p" + number, port, 1, 1));
        }
        snapshot = new Snapshot(new BucketNumbers(translations.buckets())).withPorts(ports);
        adopt();
    }

    private static Port newPort() {
        return Port.open("net_ring_lab" + NEXT.incrementAndGet());
    }

    void publish(List<Flow> flows, List<Group> groups) {
        publish(flows, groups, List.of());
    }

    /** In place of all that was published before. */
    void publish(List<Flow> others, List<Group> groups, List<Meter> meters) {
        publish(new RuleChange(List.copyOf(flows), others, groups, meters, List.of()));
    }

    /** Changes what was published before. */
    void publish(RuleChange change) {
        snapshot = snapshot.with(change);
        change.removed().forEach(flows::remove);
        flows.addAll(change.added());
        adopt();
    }

    private void adopt() {
        outputs.adopt(snapshot.ports());
        pipeline.adopt(snapshot);
    }

    private List<DatapathPort> presentPorts() {
        return ports.stream().filter(port -> !removed.contains(port.number())).toList();
    }

    /** Takes the port out of the pipeline, or puts it in again; its device stays. */
    void setPresent(int port, boolean present) {
        if (present ? removed.remove(port) : removed.add(port)) {
            snapshot = snapshot.withPorts(presentPorts());
            adopt();
            macs.forgetPort(port);
        }
    }

    /** Takes the port's link down, or up again, and tells the pipeline. */
    void setLink(int port, boolean up) {
        Port device = ports.get(port - 1).port();
        device.stop();
        if (up) {
            device.start();
        }
        ports.replaceAll(DatapathPort::lookedAtAgain);
        snapshot = snapshot.withPorts(presentPorts());
        adopt();
    }

    /** A burst of frames into a port. */
    void receive(int port, List<byte[]> frames) {
        if (frames.size() > Pipeline.BURST) {
            throw new IllegalArgumentException("too many for a burst");
        }
        for (int i = 0; i < frames.size(); i++) {
            long mbuf = Mbuf.alloc(pool);
            if (mbuf == 0) {
                throw new AssertionError("pool is empty");
            }
            long data = Mbuf.append(mbuf, frames.get(i).length);
            Memory.copy(frames.get(i), data);
            Memory.putLong(list + ((long) i << 3), mbuf);
        }
        pipeline.process(list, frames.size(), port, nowMs);
        owner.quiet();
    }

    /** A frame into a port that lies in buffers of so many bytes each. */
    void receiveInPieces(int port, byte[] frame, int pieceBytes) {
        long head = 0;
        for (int at = 0; at < frame.length; at += pieceBytes) {
            byte[] piece = Arrays.copyOfRange(frame, at, Math.min(at + pieceBytes, frame.length));
            long mbuf = Mbuf.alloc(pool);
            Memory.copy(piece, Mbuf.append(mbuf, piece.length));
            if (head == 0) {
                head = mbuf;
            } else if (!Mbuf.chain(head, mbuf)) {
                throw new AssertionError("too many pieces");
            }
        }
        Memory.putLong(list, head);
        pipeline.process(list, 1, port, nowMs);
        owner.quiet();
    }

    /** The same, and counters are exact then. */
    void receive(int port, byte[]... frames) {
        receive(port, List.of(frames));
        pipeline.fold();
    }

    /** What would happen to the frame; {@code ct()} finds the given states, then what there is. */
    TraceResult trace(int port, byte[] frame, Integer... states) {
        PacketOut packet = new PacketOut(frame, port, new long[Field.WORDS], List.of());
        return tracer.trace(snapshot, packet, List.of(states), nowMs);
    }

    /** Connections of a bucket that have not ended, as far as they are counted. */
    BucketConnections connections(int group, int bucketId) {
        return snapshot.connections(group).getOrDefault(bucketId, BucketConnections.NONE);
    }

    /** What was sent to a port since the last call. */
    List<byte[]> sent(int port) {
        List<byte[]> frames = new ArrayList<>();
        int count;
        while ((count = ports.get(port - 1).port().rxQueue(0).receive(list, 64)) > 0) {
            for (int i = 0; i < count; i++) {
                long mbuf = Memory.getLong(list + ((long) i << 3));
                frames.add(Buffers.bytes(mbuf));
                Mbuf.free(mbuf);
            }
        }
        return frames;
    }

    long dropped(DropReason reason) {
        return outputs.drops(reason);
    }

    /** Live connections, sorted, without what depends on the clock. */
    List<String> connections() {
        List<String> lines = new ArrayList<>();
        table.forEach(
                ConnFilter.ALL,
                nowMs,
                c ->
                        lines.add(
                                c.proto()
                                        + " "
                                        + c.zone()
                                        + (c.zone() == c.replyZone() ? "" : ">" + c.replyZone())
                                        + " "
                                        + c.mark()
                                        + " "
                                        + Long.toHexString(c.labelHigh())
                                        + "."
                                        + Long.toHexString(c.labelLow())
                                        + " "
                                        + c.state()
                                        + " "
                                        + c.original()
                                        + " "
                                        + c.reply()
                                        + " "
                                        + c.packets()
                                        + " "
                                        + c.bytes()
                                        + " "
                                        + c.timeoutSeconds()));
        lines.sort(null);
        return lines;
    }

    /** What is known of the windows of live TCP connections, sorted. */
    List<String> windows() {
        return TcpWindows.of(table, nowMs);
    }

    long flushZone(int zone) {
        return table.flush(ConnFilter.ofZone(zone), nowMs);
    }

    /** Ends all connections and forgets all addresses, as if the lab were new. */
    void forgetAll() {
        table.flush(ConnFilter.ALL, nowMs);
        sweepAll();
        ports.forEach(port -> macs.forgetPort(port.number()));
    }

    /** Sweeps until every record was visited. */
    void sweepAll() {
        for (int i = 0; i < table.capacity() / 16 + 10; i++) {
            owner.sweep(0, 1, nowMs);
            blockSweep.sweep(nowMs);
            owner.quiet();
        }
    }

    @Override
    public void close() {
        pipeline.giveUpFragments();
        for (DatapathPort port : ports) {
            port.port().stop();
            IDLE_PORTS.push(port.port());
        }
        int inUse = pool.inUseCount();
        if (inUse != 0) {
            throw new AssertionError(inUse + " buffers were not given back");
        }
        pool.close();
    }
}
