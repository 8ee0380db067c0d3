package io.sluice.conntrack;

import io.sluice.packet.Ipv4;
import io.sluice.packet.Memory;
import io.sluice.packet.TupleKey;
import java.lang.invoke.VarHandle;

/** Copies connections out of the table while workers change it. One thread at a time. */
final class ConnReader {
    private static final int ATTEMPTS = 3;

    private final ConnTable table;

    ConnReader(ConnTable table) {
        this.table = table;
    }

    /** The live connection of this original reference, or null. */
    Connection read(int reference, int nowMs) {
        long versionAddress = table.line(reference) + ConnLayout.VERSION;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int version = Memory.getIntAcquire(versionAddress);
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
        int proto = TupleKey.protocol(portsAndZone);
        return new Connection(
                proto,
                TupleKey.scope(portsAndZone),
                Memory.getInt(reply + ConnLayout.MARK),
                stateName(proto, word),
                tuple(original),
                tuple(reply),
                Memory.getLong(original + ConnLayout.PACKETS)
                        + Memory.getLong(reply + ConnLayout.PACKETS),
                Memory.getLong(original + ConnLayout.BYTES)
                        + Memory.getLong(reply + ConnLayout.BYTES),
                table.remainingMs(reference, nowMs) / 1000);
    }

    static String stateName(int proto, int word) {
        if (proto == Ipv4.PROTO_TCP) {
            int kind = Math.min(ConnState.kind(word), TcpState.SYN_SENT2.ordinal());
            return TcpState.values()[kind].name();
        }
        return (word & ConnState.SEEN_REPLY) != 0 ? "REPLIED" : "UNREPLIED";
    }

    private static Tuple tuple(long line) {
        return Tuple.of(
                Memory.getLong(line + ConnLayout.ADDRESSES),
                TupleKey.ports(Memory.getLong(line + ConnLayout.PORTS_AND_SCOPE)));
    }
}
