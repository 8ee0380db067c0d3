package io.sluice.conntrack;

import io.sluice.packet.Ipv4;
import io.sluice.packet.Memory;
import io.sluice.packet.TupleKey;
import java.lang.invoke.VarHandle;

/** Copies connections out of the table while workers change it. One thread at a time. */
final class ConnReader {
    private static final int ATTEMPTS = 3;
    private static final TcpState[] TCP_STATES = TcpState.values();

    private final ConnTable table;
    private final long[] wide = new long[4];
    private final ConnFilter filter;
    private final RecordFilter recordFilter;
    private int version;

    ConnReader(ConnTable table) {
        this(table, ConnFilter.ALL);
    }

    ConnReader(ConnTable table, ConnFilter filter) {
        this.table = table;
        this.filter = filter;
        recordFilter = new RecordFilter(filter);
    }

    /** The live connection of this original reference, or null, also if the filter refuses it. */
    Connection readIfTaken(int reference, int nowMs) {
        // Most records are refused here, without a copy. One that is written anew meanwhile is
        // another connection, which began after the walk did.
        if (!recordFilter.mayTake(table.line(reference), table.line(reference | 1))) {
            return null;
        }
        Connection copy = read(reference, nowMs);
        return copy != null && filter.matches(copy) ? copy : null;
    }

    /** The version of the record when the connection was read that the last call returned. */
    int version() {
        return version;
    }

    /** The live connection of this original reference, or null. */
    Connection read(int reference, int nowMs) {
        long versionAddress = table.line(reference) + ConnLayout.VERSION;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            version = Memory.getIntAcquire(versionAddress);
            boolean neverUsed = version == 0;
            if (neverUsed || !table.isAlive(reference, nowMs)) {
                return null;
            }
            Connection copy = copy(reference, nowMs);
            // The record was not used anew meanwhile when the version is still that one.
            VarHandle.acquireFence();
            if (Memory.getIntAcquire(versionAddress) == version) {
                return copy;
            }
        }
        return null;
    }

    private Connection copy(int reference, int nowMs) {
        long original = table.line(reference);
        long reply = table.line(reference | 1);
        long portsAndZone = Memory.getLong(original + ConnLayout.PORTS_AND_SCOPE);
        int word = Memory.getInt(original + ConnLayout.STATE);
        boolean hasLabel = (word & ConnState.HAS_LABEL) != 0;
        int proto = TupleKey.protocol(portsAndZone);
        return new Connection(
                proto,
                TupleKey.scope(portsAndZone),
                Lifetime.zone(reply),
                Memory.getInt(reply + ConnLayout.MARK),
                hasLabel ? Memory.getLong(table.label(reference)) : 0,
                hasLabel ? Memory.getLong(table.label(reference) + Long.BYTES) : 0,
                stateName(proto, word),
                tuple(reference),
                tuple(reference | 1),
                LineCounters.packets(original) + LineCounters.packets(reply),
                LineCounters.bytes(original) + LineCounters.bytes(reply),
                table.remainingMs(reference, nowMs) / 1000);
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

    private Tuple tuple(int reference) {
        long line = table.line(reference);
        long portsAndZone = Memory.getLong(line + ConnLayout.PORTS_AND_SCOPE);
        int ports = TupleKey.ports(portsAndZone);
        if (!TupleKey.isIpv6(portsAndZone)) {
            return Tuple.of(Memory.getLong(line + ConnLayout.ADDRESSES), ports);
        }
        table.readWide(reference, wide, 0);
        return Tuple.ofWide(wide, 0, ports);
    }
}
