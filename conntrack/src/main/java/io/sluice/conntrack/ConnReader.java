package io.sluice.conntrack;

import io.sluice.packet.Ipv4;
import io.sluice.packet.Memory;
import io.sluice.packet.TupleKey;
import java.lang.invoke.VarHandle;

/**
 * Reads connections out of the table while workers change it, into one {@link ConnView}. One thread
 * at a time.
 */
final class ConnReader {
    private static final int ATTEMPTS = 3;
    private static final TcpState[] TCP_STATES = TcpState.values();

    private final ConnTable table;
    private final RecordFilter filter;
    private final ConnView view = new ConnView();
    private final long[] wide = new long[4];
    private int version;

    ConnReader(ConnTable table) {
        this(table, ConnFilter.ALL);
    }

    ConnReader(ConnTable table, ConnFilter filter) {
        this.table = table;
        this.filter = new RecordFilter(table, filter);
    }

    /** The version of the record when the connection was read that the last call returned. */
    int version() {
        return version;
    }

    /** A copy of the live connection of this original reference, or null. */
    Connection read(int reference, int nowMs) {
        ConnView found = readIfTaken(reference, nowMs);
        return found == null ? null : found.copy();
    }

    /**
     * The live connection of this original reference, or null, also if the filter refuses it. The
     * next call fills the same object again.
     */
    ConnView readIfTaken(int reference, int nowMs) {
        long original = table.line(reference);
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            version = Memory.getIntAcquire(original + ConnLayout.VERSION);
            boolean neverUsed = version == 0;
            // Read once: what is shown is what the filter took.
            int word = Memory.getInt(original + ConnLayout.STATE);
            if ((word & ConnState.HAS_LABEL) != 0 && !isLabelWhole(reference)) {
                continue;
            }
            // One that is written anew meanwhile is another connection, younger than the walk.
            if (neverUsed || !filter.takes(reference, word) || !table.isAlive(reference, nowMs)) {
                return null;
            }
            fill(reference, word, nowMs);
            // The record was not used anew meanwhile when the version is still that one.
            VarHandle.acquireFence();
            if (Memory.getIntAcquire(original + ConnLayout.VERSION) == version) {
                return view;
            }
        }
        return null;
    }

    /**
     * Whether nobody was changing the label after the version was read: who begins to after this
     * changes the version first, and who did before has it changed by then.
     */
    private boolean isLabelWhole(int reference) {
        return SpinLock.isSoonFree(table.stateLock(reference));
    }

    private void fill(int reference, int word, int nowMs) {
        long original = table.line(reference);
        long reply = table.line(reference | 1);
        long portsAndZone = Memory.getLong(original + ConnLayout.PORTS_AND_SCOPE);
        boolean hasLabel = (word & ConnState.HAS_LABEL) != 0;
        view.proto = TupleKey.protocol(portsAndZone);
        view.zone = TupleKey.scope(portsAndZone);
        view.replyZone = Lifetime.zone(reply);
        view.mark = Memory.getInt(reply + ConnLayout.MARK);
        view.labelHigh = hasLabel ? Memory.getLong(table.label(reference)) : 0;
        view.labelLow = hasLabel ? Memory.getLong(table.label(reference) + Long.BYTES) : 0;
        view.state = stateName(view.proto, word);
        view.packets = LineCounters.packets(original) + LineCounters.packets(reply);
        view.bytes = LineCounters.bytes(original) + LineCounters.bytes(reply);
        view.timeoutSeconds = table.remainingMs(reference, nowMs) / 1000;
        fill(view.original, reference);
        fill(view.reply, reference | 1);
    }

    private void fill(TupleView tuple, int reference) {
        long line = table.line(reference);
        long portsAndZone = Memory.getLong(line + ConnLayout.PORTS_AND_SCOPE);
        int ports = TupleKey.ports(portsAndZone);
        if (TupleKey.isIpv6(portsAndZone)) {
            table.readWide(reference, wide, 0);
            tuple.setWide(wide, ports);
        } else {
            tuple.set(Memory.getLong(line + ConnLayout.ADDRESSES), ports);
        }
    }

    static String stateName(int proto, int word) {
        if (proto == Ipv4.PROTO_TCP) {
            return TCP_STATES[Math.min(ConnState.kind(word), TCP_STATES.length - 1)].name();
        }
        if (proto == Ipv4.PROTO_SCTP) {
            return SctpState.name(word);
        }
        return (word & ConnState.SEEN_REPLY) != 0 ? "REPLIED" : "UNREPLIED";
    }
}
