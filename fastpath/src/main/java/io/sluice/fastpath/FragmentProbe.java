package io.sluice.fastpath;

import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.DryTracker;
import io.sluice.dpdk.Mbuf;
import io.sluice.dpdk.Mempool;

/**
 * Finds out where flows would have a fragment tracked, before anything is done with it: takes a
 * copy through the tables that nothing notices. Used by the worker's thread.
 */
final class FragmentProbe {
    /** They send it to no {@code ct()}. */
    static final long NOWHERE = -1;

    /** There was no buffer for the copy. */
    static final long NO_BUFFER = -2;

    /** A {@code ct()} that only says where it was reached first. */
    private static final class Steps extends ConnectionSteps {
        long zones;

        Steps(DatapathSettings settings, ConnTable table, Translations translations, Trace trace) {
            super(new DryTracker(table), table.zones(), translations, trace, settings.verify());
        }

        @Override
        int apply(SlowPacket packet, Action.Ct ct, int zone, int replyZone, int nowMs) {
            if (zones == NOWHERE) {
                zones = (replyZone << 16 | zone) & 0xFFFFFFFFL;
            }
            return refuseAs(DropReason.FLOW);
        }
    }

    private final Mempool pool;
    private final FreeingSink sink = new FreeingSink();
    private final Steps steps;
    private final SlowPath path;
    private final SlowPacket copy = new SlowPacket();

    FragmentProbe(
            DatapathSettings settings, ConnTable table, Translations translations, MacTable macs) {
        pool = settings.pool();
        Trace trace = Trace.dry();
        steps = new Steps(settings, table, translations, trace);
        path = new SlowPath(sink, macs, settings, trace, steps, Upcalls.none(sink));
    }

    void adopt(Snapshot snapshot) {
        sink.adopt(snapshot);
        path.adopt(snapshot);
    }

    /** The zone of the first {@code ct()}, and above it the reply's; NOWHERE or NO_BUFFER. */
    long zones(SlowPacket packet, int nowMs) {
        long mbuf = Mbuf.copy(packet.mbuf, pool);
        if (mbuf == 0) {
            return NO_BUFFER;
        }
        steps.zones = NOWHERE;
        if (copy.parse(mbuf, packet.inPort) == SlowPacket.NOT_MALFORMED) {
            path.process(copy, nowMs);
        } else {
            Mbuf.free(mbuf);
        }
        return steps.zones;
    }
}
