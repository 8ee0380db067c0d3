package io.sluice.conntrack;

import static io.sluice.conntrack.ExpectationLayout.TAKEN;
import static io.sluice.conntrack.ExpectationLayout.WAITING;

import io.sluice.packet.Memory;
import io.sluice.packet.TupleKey;

/**
 * What a worker asks and says about helpers and expected connections. One for each worker, used by
 * that thread. {@link DryRelatedConnections} says the same and changes nothing.
 */
public class RelatedConnections {
    final ConnTable table;
    final Relations relations;
    final Expectations expectations;
    final Expected wanted = new Expected();
    private final long[] wide = new long[4];

    RelatedConnections(ConnTable table) {
        this.table = table;
        relations = table.relations();
        expectations = table.expectations();
    }

    /** What looks into the packets of the connection. */
    public Helper helper(int connection) {
        return relations.helper(connection);
    }

    /** Whether the connection was expected. */
    public boolean isRelated(int connection) {
        return relations.isRelated(connection);
    }

    /**
     * The connection that made this one expected, of which {@link #isRelated} is true. It may have
     * ended.
     */
    public void readMaster(int connection, Master master) {
        relations.readMaster(connection, master);
    }

    /**
     * Where the helper keeps what it must remember of the connection: {@link
     * RelationLayout#OWN_BYTES 48 bytes}, 0 at first, in the helper's hands. Other workers may have
     * packets of the connection at the same moment: {@link #lock} it.
     */
    public long own(int connection) {
        return relations.address(connection) + RelationLayout.OWN;
    }

    /** What helpers remember of the data of TCP connections. */
    public Streams streams() {
        return table.streams();
    }

    /**
     * Has a segment's acknowledgments counted as the other side counts what it sends, where a
     * helper has changed that.
     *
     * @return false, with nothing changed, for nearly all connections
     */
    boolean toSender(int connection, TcpSegment segment) {
        if (helper(connection) != Helper.FTP) {
            return false;
        }
        long stream = table.streams().lock(connection);
        if (stream == Streams.NONE) {
            return false;
        }
        segment.toSender(Streams.direction(stream, connection ^ 1));
        Streams.unlock(stream);
        return true;
    }

    /** Whether packets of the connection get other addresses or ports, in either direction. */
    public boolean isTranslated(int connection) {
        long original = table.line(connection & ~1);
        long reply = table.line(connection | 1);
        long ports = Memory.getLong(original + ConnLayout.PORTS_AND_SCOPE);
        int answered = TupleKey.ports(Memory.getLong(reply + ConnLayout.PORTS_AND_SCOPE));
        if (TupleKey.ports(TupleKey.invertPorts(ports)) != answered) {
            return true;
        }
        if (!TupleKey.isIpv6(ports)) {
            long addresses = Memory.getLong(original + ConnLayout.ADDRESSES);
            return TupleKey.invertAddresses(addresses)
                    != Memory.getLong(reply + ConnLayout.ADDRESSES);
        }
        table.readWide(connection, wide, 0);
        NewConnection.exchange(wide, 0);
        return !table.hasWide(connection ^ 1, wide, 0);
    }

    /**
     * Whether the receiver of this direction's data has said that it has all before this number, as
     * the sender counts.
     */
    public boolean hasAcknowledged(int connection, int number) {
        int word = Memory.getInt(table.original(connection) + ConnLayout.STATE);
        int acknowledged = Memory.getInt(table.line(connection ^ 1) + ConnLayout.TCP_MAX_ACK);
        return ConnState.has(word, ConnState.MAX_ACK, (connection & 1) ^ 1)
                && !TcpWindow.isBefore(acknowledged, number);
    }

    /** Keeps other workers off {@link #own}; not while holding another, and not for long. */
    public void lock(int connection) {
        SpinLock.lock(table.stateLock(connection));
    }

    public void unlock(int connection) {
        SpinLock.unlock(table.stateLock(connection));
    }

    /** Whether any connection is expected at all. */
    public boolean isAnyExpected() {
        return expectations.isAny();
    }

    /**
     * The expectation that a packet of no connection fulfils, or {@link Expectations#NONE}: in the
     * zone of either direction. Parameters as of {@link Tracker#track}.
     */
    public final long find(
            long addresses, long portsAndZone, int replyZone, long[] wide, int at, int nowMs) {
        long found = find(addresses, portsAndZone, wide, at, nowMs);
        return found != Expectations.NONE || TupleKey.scope(portsAndZone) == replyZone
                ? found
                : find(addresses, TupleKey.withScope(portsAndZone, replyZone), wide, at, nowMs);
    }

    long find(long addresses, long portsAndZone, long[] wide, int at, int nowMs) {
        return expectations.find(addresses, portsAndZone, wide, at, wanted, nowMs);
    }

    /**
     * The master of an expectation, in the direction of the expected connection; {@link
     * ConnTable#NONE} when the expectation is over.
     */
    public int master(long expectation) {
        long address = address(expectation);
        int master = Memory.getInt(address + ExpectationLayout.MASTER);
        boolean there =
                ExpectationRecord.isState(address, expectation, WAITING)
                        || ExpectationRecord.isState(address, expectation, TAKEN);
        return there ? master : ConnTable.NONE;
    }

    private long address(long expectation) {
        return expectations.address(ExpectationRecord.place(expectation));
    }

    /** Says who the master is; false when the expectation is over. */
    public boolean readMaster(long expectation, Master master) {
        ExpectationRecord.describeMaster(address(expectation), master);
        return master(expectation) != ConnTable.NONE;
    }

    /** What the destination port of the expected connection's packets becomes by translation. */
    public int translatedPort(long expectation) {
        return Memory.getInt(address(expectation) + ExpectationLayout.TRANSLATED_PORT);
    }

    /**
     * Takes an expectation for a connection that is about to be made: of several packets that
     * fulfil it, one succeeds.
     *
     * @param fresh is told its master
     * @return false when it is over, or another has it
     */
    public boolean take(long expectation, NewConnection fresh) {
        long address = address(expectation);
        ExpectationRecord.describeMaster(address, fresh.master);
        int flags = Memory.getInt(address + ExpectationLayout.FLAGS);
        boolean taken =
                (flags & ExpectationLayout.PERMANENT) != 0
                        ? ExpectationRecord.isState(address, expectation, WAITING)
                        : ExpectationRecord.replaceState(address, expectation, WAITING, TAKEN);
        if (!taken) {
            fresh.master.clear();
        }
        return taken;
    }

    /** The connection could not be made: another packet may fulfil the expectation. */
    public void giveBack(long expectation) {
        ExpectationRecord.replaceState(address(expectation), expectation, TAKEN, WAITING);
    }

    /** The connection was made of what {@link #take} has told. */
    public void fulfil(long expectation, NewConnection fresh) {
        expectations.fulfil(expectation, fresh.master);
    }

    /**
     * Expects a connection.
     *
     * @param master the connection whose helper says so, in the direction that the expected one
     *     will have; its zone in that direction is where the other one is expected
     */
    public Expectations.Outcome expect(int master, NewExpectation wish, int nowMs) {
        return expectations.add(master, wish, nowMs);
    }
}
