package io.sluice.fastpath;

import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.DryTracker;
import io.sluice.dpdk.Mbuf;
import io.sluice.dpdk.Mempool;
import io.sluice.packet.Memory;
import java.util.List;

/**
 * Takes packets the way that a worker would take them, on a {@link SlowPath} of its own that
 * changes nothing: no packet is sent, up or out, nothing is counted, learned, made or kept awake.
 * Used by one thread.
 */
final class Tracer {
    private final Mempool pool;
    private final FreeingSink sink = new FreeingSink();
    private final DryTracker tracker;
    private final DryConnectionSteps connections;
    private final SlowPath slowPath;
    private final SlowPacket packet = new SlowPacket();

    Tracer(DatapathSettings settings, ConnTable table, Translations translations, MacTable macs) {
        pool = settings.pool();
        tracker = new DryTracker(table);
        Trace trace = Trace.dry();
        connections =
                new DryConnectionSteps(
                        tracker, table.zones(), translations, trace, settings.verify());
        slowPath = new SlowPath(sink, macs, settings, trace, connections, Upcalls.none(sink));
    }

    /**
     * What would happen to the packet: by its own actions or, when it has none, from table 0 on.
     *
     * @param states what the packet's {@code ct()} are to find instead, in order
     * @throws IllegalArgumentException when the packet is too long for a buffer
     * @throws IllegalStateException when no buffer is free
     */
    TraceResult trace(Snapshot snapshot, PacketOut wanted, List<Integer> states, int nowMs) {
        TraceRecorder recorder = new TraceRecorder(snapshot, tracker, connections, nowMs);
        tracker.begin();
        connections.give(states);
        sink.adopt(snapshot);
        slowPath.adopt(snapshot);
        slowPath.narrateTo(recorder);
        long mbuf = compose(wanted);
        int malformed = packet.parse(mbuf, wanted.inPort());
        wanted.addMetadata(packet.key);
        TracedPacket before = new TracedPacket(packet.key);
        if (malformed != SlowPacket.NOT_MALFORMED) {
            recorder.drop(DropReason.values()[malformed]);
            sink.drop(malformed, mbuf);
        } else if (wanted.steps().length == 0) {
            slowPath.process(packet, nowMs);
        } else {
            slowPath.process(packet, wanted.steps(), nowMs);
        }
        return new TraceResult(before, recorder.roots(), recorder.isComplete());
    }

    private long compose(PacketOut wanted) {
        if (wanted.frameBytes() > pool.segmentBytes()) {
            throw new IllegalArgumentException(
                    "a packet of %d bytes cannot be traced: a buffer takes %d (mbufs.data-room)"
                            .formatted(wanted.frameBytes(), pool.segmentBytes()));
        }
        long mbuf = Mbuf.alloc(pool);
        if (mbuf == 0) {
            throw new IllegalStateException("no packet buffer is free for a trace now");
        }
        Memory.copy(wanted.frame(), Mbuf.append(mbuf, wanted.frameBytes()));
        return mbuf;
    }
}
