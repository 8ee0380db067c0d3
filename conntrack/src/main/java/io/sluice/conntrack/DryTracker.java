package io.sluice.conntrack;

import io.sluice.packet.Ipv4;
import io.sluice.packet.Memory;
import io.sluice.packet.TupleKey;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Says what a {@link Tracker} would say, and changes nothing in the table: what it makes, ends or
 * marks, it alone remembers, until {@link #begin}. Whether the index and the worker have room for a
 * new connection is not looked at, as long as the table is not full. Any one thread.
 */
public final class DryTracker extends Tracker {
    // Above all references of a table, whose capacity is 2^28 at most.
    private static final int FIRST_MADE = 1 << 30;
    private static final int ATTEMPTS = 3;

    /** A connection that only this object knows. */
    private record Made(NewConnection keys, int state, TcpConnection tcp, SctpConnection sctp) {
        long addresses(boolean reply) {
            return reply ? keys.replyAddresses : keys.addresses;
        }

        long ports(boolean reply) {
            return reply ? keys.replyPortsAndZone : keys.portsAndZone;
        }

        Tuple tuple(boolean reply) {
            int ports = TupleKey.ports(ports(reply));
            return TupleKey.isIpv6(keys.portsAndZone)
                    ? Tuple.ofWide(keys.wide, reply ? 4 : 0, ports)
                    : Tuple.of(addresses(reply), ports);
        }
    }

    private final ConnTable table;
    private final RelatedConnections related;
    private final List<Made> made = new ArrayList<>();
    private final Set<Integer> endedRecords = new HashSet<>();
    private final Map<Integer, Integer> marksByRecord = new HashMap<>();
    private final Map<Integer, long[]> labelsByRecord = new HashMap<>();
    // TCP connections as packets have moved them.
    private final Map<Integer, TcpConnection> movedByRecord = new HashMap<>();
    private final Map<Integer, SctpConnection> movedSctpByRecord = new HashMap<>();
    private int reference = ConnTable.NONE;

    public DryTracker(ConnTable table) {
        super(table, null);
        this.table = table;
        related = new DryRelatedConnections(table, each -> isMade(each) ? made(each).keys : null);
    }

    /** Forgets everything, before another packet. */
    public void begin() {
        made.clear();
        endedRecords.clear();
        marksByRecord.clear();
        labelsByRecord.clear();
        movedByRecord.clear();
        movedSctpByRecord.clear();
        reference = ConnTable.NONE;
    }

    @Override
    public RelatedConnections related() {
        return related;
    }

    @Override
    public int reference() {
        return reference;
    }

    /** No way rests on what this object says. */
    @Override
    public int version() {
        return 0;
    }

    /** Whether the connection is not in the table, and a {@link Tracker} would have made it. */
    public boolean isMade(int connection) {
        return connection >= FIRST_MADE;
    }

    private Made made(int connection) {
        return made.get((connection - FIRST_MADE) >>> 1);
    }

    @Override
    int find(long addresses, long portsAndZone, int nowMs) {
        for (int i = 0; i < made.size(); i++) {
            int original = FIRST_MADE + 2 * i;
            for (int way = original; way <= original + 1; way++) {
                boolean reply = ConnTable.isReply(way);
                if (made.get(i).addresses(reply) == addresses
                        && made.get(i).ports(reply) == portsAndZone
                        && !endedRecords.contains(way >>> 1)) {
                    return way;
                }
            }
        }
        int found = super.find(addresses, portsAndZone, nowMs);
        return endedRecords.contains(found >>> 1) ? ConnTable.NONE : found;
    }

    @Override
    public int track(
            long addresses,
            long portsAndZone,
            int replyZone,
            long[] wide,
            int at,
            Segment segment,
            int lengthBytes,
            int nowMs) {
        reference = find(addresses, portsAndZone, replyZone, nowMs);
        if (reference != ConnTable.NONE && isOther(reference, portsAndZone, wide, at)) {
            reference = ConnTable.NONE;
            return CtState.TRACKED | CtState.INVALID;
        }
        if (reference != ConnTable.NONE) {
            int found = reference;
            int verdict =
                    switch (TupleKey.protocol(portsAndZone)) {
                        case Ipv4.PROTO_TCP -> moveTcp(found, (TcpSegment) segment);
                        case Ipv4.PROTO_SCTP -> moveSctp(found, (SctpChunks) segment);
                        default -> TcpTracker.ACCEPT;
                    };
            if (verdict == TcpTracker.INVALID) {
                reference = ConnTable.NONE;
                return CtState.TRACKED | CtState.INVALID;
            }
            if (verdict != TcpTracker.REOPEN) {
                if (verdict == TcpTracker.ACCEPT_AND_END) {
                    end(found);
                }
                return CtState.TRACKED | stateBits();
            }
            end(found);
            reference = ConnTable.NONE;
        }
        return stateOfFirst(portsAndZone, segment);
    }

    @Override
    public boolean isRoutine(
            long addresses, long portsAndZone, int replyZone, long[] wide, int at, int nowMs) {
        return !isMade(find(addresses, portsAndZone, replyZone, nowMs))
                && super.isRoutine(addresses, portsAndZone, replyZone, wide, at, nowMs);
    }

    private int moveTcp(int found, TcpSegment segment) {
        TcpConnection moved = tcp(found).copy();
        boolean liberal = table.zones().isTcpLiberal(TupleKey.scope(originalPorts(found)));
        boolean changed = !isMade(found) && related.toSender(found, segment);
        int verdict = TcpTracker.track(moved, found & 1, segment, liberal);
        if (changed) {
            segment.toReceiver();
        }
        if (verdict != TcpTracker.INVALID) {
            movedByRecord.put(found >>> 1, moved);
        }
        return verdict;
    }

    private int moveSctp(int found, SctpChunks chunks) {
        SctpConnection moved = sctp(found).copy();
        int verdict = SctpTracker.track(moved, found & 1, chunks);
        if (verdict != TcpTracker.INVALID) {
            movedSctpByRecord.put(found >>> 1, moved);
        }
        return verdict;
    }

    private SctpConnection sctp(int connection) {
        SctpConnection moved = movedSctpByRecord.get(connection >>> 1);
        if (moved != null) {
            return moved;
        }
        if (isMade(connection)) {
            return made(connection).sctp;
        }
        SctpConnection inTable = new SctpConnection();
        inTable.load(table, connection);
        return inTable;
    }

    private TcpConnection tcp(int connection) {
        TcpConnection moved = movedByRecord.get(connection >>> 1);
        if (moved != null) {
            return moved;
        }
        if (isMade(connection)) {
            return made(connection).tcp;
        }
        TcpConnection inTable = new TcpConnection();
        inTable.load(table, connection);
        return inTable;
    }

    @Override
    boolean isOther(int found, long portsAndZone, long[] wide, int at) {
        if (!isMade(found)) {
            return super.isOther(found, portsAndZone, wide, at);
        }
        int from = ConnTable.isReply(found) ? 4 : 0;
        return TupleKey.isIpv6(portsAndZone)
                && !Arrays.equals(made(found).keys.wide, from, from + 4, wide, at, at + 4);
    }

    private int state(int connection) {
        TcpConnection moved = movedByRecord.get(connection >>> 1);
        if (moved != null) {
            return moved.word;
        }
        SctpConnection movedSctp = movedSctpByRecord.get(connection >>> 1);
        if (movedSctp != null) {
            return movedSctp.word;
        }
        return isMade(connection)
                ? made(connection).state
                : Memory.getIntAcquire(table.original(connection) + ConnLayout.STATE);
    }

    private int stateBits() {
        int relation = related.isRelated(reference) ? CtState.RELATED : 0;
        if (ConnTable.isReply(reference)) {
            return CtState.ESTABLISHED | CtState.REPLY | relation;
        }
        boolean seenReply = (state(reference) & ConnState.SEEN_REPLY) != 0;
        return relation | (seenReply ? CtState.ESTABLISHED : CtState.NEW);
    }

    @Override
    public int commit(NewConnection fresh, Segment segment, int lengthBytes, int nowMs) {
        reference = ConnTable.NONE;
        if (isTaken(fresh.addresses, fresh.portsAndZone, nowMs)) {
            return ConnTable.CLASH_ORIGINAL;
        }
        if (isTaken(fresh.replyAddresses, fresh.replyPortsAndZone, nowMs)) {
            return ConnTable.CLASH_REPLY;
        }
        int zone = TupleKey.scope(fresh.portsAndZone);
        int alreadyMade =
                (int)
                        made.stream()
                                .filter(each -> TupleKey.scope(each.ports(false)) == zone)
                                .count();
        if (!table.zones().hasRoomFor(zone, alreadyMade + 1)) {
            return ConnTable.ZONE_LIMIT;
        }
        if (!table.hasRoomFor(made.size() + 1, nowMs)) {
            return ConnTable.TABLE_FULL;
        }
        reference = FIRST_MADE + 2 * made.size();
        TcpConnection tcp = new TcpConnection();
        SctpConnection sctp = new SctpConnection();
        int state = firstState(fresh, segment, tcp, sctp);
        made.add(new Made(fresh.copy(), state, tcp, sctp));
        marksByRecord.put(reference >>> 1, fresh.mark);
        return reference;
    }

    @Override
    public void end(int ended) {
        endedRecords.add(ended >>> 1);
    }

    @Override
    public boolean setMark(int connection, int value, int mask) {
        int before = mark(connection);
        int after = (before & ~mask) | (value & mask);
        marksByRecord.put(connection >>> 1, after);
        return before != after;
    }

    @Override
    public void setLogged(int connection) {}

    @Override
    public int mark(int connection) {
        Integer own = marksByRecord.get(connection >>> 1);
        return own == null ? super.mark(connection) : own;
    }

    @Override
    public boolean setLabel(int connection, long high, long low, long maskHigh, long maskLow) {
        long[] label = new long[2];
        readLabel(connection, label, 0);
        long newHigh = (label[0] & ~maskHigh) | (high & maskHigh);
        long newLow = (label[1] & ~maskLow) | (low & maskLow);
        labelsByRecord.put(connection >>> 1, new long[] {newHigh, newLow});
        return newHigh != label[0] || newLow != label[1];
    }

    @Override
    public void readLabel(int connection, long[] to, int at) {
        long[] own = labelsByRecord.get(connection >>> 1);
        if (own != null) {
            to[at] = own[0];
            to[at + 1] = own[1];
        } else if (isMade(connection)) {
            to[at] = 0;
            to[at + 1] = 0;
        } else {
            lookAtLabel(connection, to, at);
        }
    }

    /** Without the lock, for which workers would wait if this thread lost its core meanwhile. */
    private void lookAtLabel(int connection, long[] to, int at) {
        boolean has = metadata.hasLabel(connection);
        long label = table.label(connection);
        int before;
        int attempts = 0;
        do {
            // As ConnReader does it.
            before = version(table.line(connection));
            SpinLock.isSoonFree(table.stateLock(connection));
            to[at] = has ? Memory.getLong(label) : 0;
            to[at + 1] = has ? Memory.getLong(label + Long.BYTES) : 0;
            VarHandle.acquireFence();
        } while (version(table.line(connection)) != before && ++attempts < ATTEMPTS);
    }

    @Override
    public long addresses(int connection) {
        return isMade(connection)
                ? made(connection).addresses(ConnTable.isReply(connection))
                : super.addresses(connection);
    }

    @Override
    public void readWide(int connection, long[] to, int at) {
        if (isMade(connection)) {
            int from = ConnTable.isReply(connection) ? 4 : 0;
            System.arraycopy(made(connection).keys.wide, from, to, at, 4);
        } else {
            super.readWide(connection, to, at);
        }
    }

    @Override
    public long ports(int connection) {
        return isMade(connection)
                ? made(connection).ports(ConnTable.isReply(connection))
                : super.ports(connection);
    }

    @Override
    public int bucket(int connection) {
        return isMade(connection) ? made(connection).keys.bucket : super.bucket(connection);
    }

    /** The connection as a dump would show it; empty when it has just ended. */
    public Optional<Connection> connection(int wanted, int nowMs) {
        if (!isMade(wanted)) {
            Connection inTable = new ConnReader(table).read(wanted & ~1, nowMs);
            return Optional.ofNullable(inTable).map(found -> withChanges(found, wanted));
        }
        Made fresh = made(wanted);
        long[] label = new long[2];
        readLabel(wanted, label, 0);
        int protocol = TupleKey.protocol(fresh.ports(false));
        return Optional.of(
                new Connection(
                        protocol,
                        TupleKey.scope(fresh.ports(false)),
                        TupleKey.scope(fresh.ports(true)),
                        mark(wanted),
                        label[0],
                        label[1],
                        ConnReader.stateName(protocol, fresh.state),
                        fresh.tuple(false),
                        fresh.tuple(true),
                        0,
                        0,
                        0));
    }

    private Connection withChanges(Connection connection, int reference) {
        long[] label = new long[2];
        readLabel(reference, label, 0);
        return new Connection(
                connection.proto(),
                connection.zone(),
                connection.replyZone(),
                mark(reference),
                label[0],
                label[1],
                connection.state(),
                connection.original(),
                connection.reply(),
                connection.packets(),
                connection.bytes(),
                connection.timeoutSeconds());
    }
}
