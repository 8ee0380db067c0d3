package io.sluice.fastpath;

import io.sluice.conntrack.ConnOwner;
import io.sluice.dpdk.RxQueue;
import io.sluice.natlb.BlockSweep;
import io.sluice.packet.MemorySource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What one poll-mode worker does, apart from being a thread: {@link #poll} is one round of its
 * loop. Only the worker's thread calls it; the statistics may be read by any.
 */
final class Worker {
    private static final int REFRESH_LEARNED_MS = 5000;
    private static final int STATS_PERIOD_MS = 1000;

    private static final int PACKETS = 0;
    private static final int BURSTS = 1;
    private static final int HITS = 2;
    private static final int SLOW = 3;
    private static final int BUSY_PERCENT = 4;
    private static final int STATS = 5;

    private final int number;
    private final int core;
    private final Datapath datapath;
    private final ConnOwner owner;
    private final BlockSweep blockSweep;
    private final Outputs outputs;
    private final Upcalls upcalls;
    private final PacketOuts packetOuts = new PacketOuts();
    private final Pipeline pipeline;
    private final long mbufList;
    private final AtomicLongArray stats = new AtomicLongArray(STATS);

    private Snapshot snapshot = Snapshot.EMPTY;
    private RxQueue[] queues = {};
    private int[] queuePorts = {};
    private int lastMs;
    private int lastRefreshMs;
    private int lastStatsMs;
    private long busyNs;
    private long lastStartNs;
    private int lastReceived;
    private int foldsDone;
    private boolean sweepIsBehind;

    Worker(int number, int core, Datapath datapath, DatapathSettings settings) {
        this.number = number;
        this.core = core;
        this.datapath = datapath;
        MemorySource memory = settings.memory();
        owner = new ConnOwner(datapath.connections());
        blockSweep = datapath.translations().newSweep(owner);
        outputs = new Outputs(number, memory);
        upcalls = new Upcalls(outputs, settings.pool().segmentBytes());
        mbufList = memory.allocate(Pipeline.BURST * (long) Long.BYTES);
        pipeline =
                new Pipeline(
                        settings,
                        datapath.connections(),
                        datapath.translations(),
                        owner,
                        datapath.macs(),
                        outputs,
                        upcalls);
    }

    /** One round: take over what control published, a burst from each queue, housekeeping. */
    void poll() {
        adoptNewest();
        if (datapath.foldsWanted() != foldsDone) {
            foldsDone = datapath.foldsWanted();
            pipeline.fold();
            datapath.folded(number, foldsDone);
        }
        // One look at the clock a round: a busy round lasts until the next one begins.
        long startNs = System.nanoTime();
        busyNs += lastReceived > 0 ? startNs - lastStartNs : 0;
        lastStartNs = startNs;
        int nowMs = datapath.milliseconds(startNs);
        int received = sendPacketOuts(nowMs);
        for (int i = 0; i < queues.length; i++) {
            int count = queues[i].receive(mbufList, Pipeline.BURST);
            if (count > 0) {
                pipeline.process(mbufList, count, queuePorts[i], nowMs);
                stats.setOpaque(HITS, pipeline.hits());
                stats.setOpaque(SLOW, pipeline.slow());
                stats.setOpaque(PACKETS, stats.getPlain(PACKETS) + count);
                stats.setOpaque(BURSTS, stats.getPlain(BURSTS) + 1);
                received += count;
            }
        }
        owner.quiet();
        owner.keepPace(nowMs);
        lastReceived = received;
        if (nowMs != lastMs) {
            lastMs = nowMs;
            keepHouse(nowMs);
        } else if (sweepIsBehind && received == 0) {
            // Many ended together: the time of rounds without packets is there for it.
            sweep(nowMs);
        }
    }

    /** See {@link FlowCache#prepareAhead}. */
    boolean prepareAhead() {
        return pipeline.prepareAhead();
    }

    private void adoptNewest() {
        Snapshot published = datapath.snapshot();
        if (published != snapshot) {
            adopt(published);
        }
    }

    /** Each meets the rules that control had published when it sent it, or newer ones. */
    private int sendPacketOuts(int nowMs) {
        int count = 0;
        while (count < Pipeline.BURST && packetOuts.isWaiting()) {
            adoptNewest();
            pipeline.process(packetOuts.next(), nowMs);
            count++;
        }
        return count;
    }

    private void adopt(Snapshot published) {
        snapshot = published;
        List<RxQueue> mine = new ArrayList<>();
        List<Integer> minePorts = new ArrayList<>();
        int dealt = 0;
        for (DatapathPort port : published.ports()) {
            for (int queue = 0; queue < port.rxQueues(); queue++) {
                if (dealt++ % datapath.workerCount() == number) {
                    mine.add(port.port().rxQueue(queue));
                    minePorts.add(port.number());
                }
            }
        }
        queues = mine.toArray(RxQueue[]::new);
        queuePorts = minePorts.stream().mapToInt(Integer::intValue).toArray();
        outputs.adopt(published.ports());
        pipeline.adopt(published);
        datapath.adopted(number, published);
    }

    /** About once a millisecond. */
    private void keepHouse(int nowMs) {
        sweep(nowMs);
        pipeline.expireFragments(nowMs);
        blockSweep.sweep(nowMs);
        if (nowMs - lastRefreshMs >= REFRESH_LEARNED_MS) {
            lastRefreshMs = nowMs;
            pipeline.refreshLearned();
        }
        int elapsedMs = nowMs - lastStatsMs;
        if (elapsedMs >= STATS_PERIOD_MS) {
            lastStatsMs = nowMs;
            stats.setOpaque(BUSY_PERCENT, Math.min(100, busyNs / (elapsedMs * 10_000L)));
            busyNs = 0;
        }
    }

    private void sweep(int nowMs) {
        sweepIsBehind = owner.sweep(number, datapath.workerCount(), nowMs);
    }

    /** Ends the worker's part in the table; after its last round. */
    void leave() {
        pipeline.giveUpFragments();
        pipeline.fold();
        owner.leave();
    }

    int core() {
        return core;
    }

    /** What the worker sends up; control thread. */
    Upcalls upcalls() {
        return upcalls;
    }

    /** What control has for this worker; control thread. */
    PacketOuts packetOuts() {
        return packetOuts;
    }

    /** Any thread. */
    long drops(DropReason reason) {
        return outputs.drops(reason);
    }

    /** Any thread; a burst behind at most. */
    WorkerStats stats() {
        return new WorkerStats(
                number,
                core,
                stats.getOpaque(PACKETS),
                stats.getOpaque(BURSTS),
                stats.getOpaque(HITS),
                stats.getOpaque(SLOW),
                (int) stats.getOpaque(BUSY_PERCENT));
    }
}
