package io.sluice.conntrack;

import io.sluice.packet.Ipv4;
import io.sluice.packet.TupleHash;
import io.sluice.packet.TupleKey;
import java.lang.foreign.Arena;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The table that all states of a jcstress test share; each has its own client and its own zone. The
 * two actors are workers; what makes and ends states is a third one, that never runs at the same
 * time. It lives as long as the test's process.
 */
final class RacingTable {
    static final int MAKER = 2;

    // More than the states that jcstress has at a time, those that it makes to see how many fit,
    // and
    // those that wait for the sweep; of two connections each.
    private static final int CAPACITY = 1 << 18;
    private static final int SERVER = 1;
    private static final int CLIENTS = 1 << 16;

    final ConnTable table = new ConnTable(CAPACITY, RacingTable::allocate);
    private final ConnOwner[] owners = new ConnOwner[3];
    private final Tracker[] trackers = new Tracker[3];
    private final NewConnection[] keys = new NewConnection[3];
    private final TcpSegment noTcp = new TcpSegment();
    private final AtomicInteger states = new AtomicInteger();

    RacingTable() {
        for (int worker = 0; worker < owners.length; worker++) {
            owners[worker] = new ConnOwner(table);
            trackers[worker] = new Tracker(table, owners[worker]);
            keys[worker] = new NewConnection();
        }
    }

    static long allocate(long lengthBytes) {
        return Arena.global().allocate(lengthBytes, 4096).address();
    }

    /** The number of another state. */
    int newState() {
        return states.getAndIncrement();
    }

    static int zone(int state) {
        return state % Zones.COUNT;
    }

    /** That no state has which is there at the same time. */
    static int otherZone(int state) {
        return zone(state + Zones.COUNT / 2);
    }

    Tracker tracker(int worker) {
        return trackers[worker];
    }

    ConnOwner owner(int worker) {
        return owners[worker];
    }

    /** The state's tuple, as it begins from the client; and with another client, its second one. */
    NewConnection keys(int worker, int state, boolean second) {
        NewConnection fresh = keys[worker];
        int client = 10 << 24 | state % CLIENTS | (second ? CLIENTS : 0);
        fresh.addresses = TupleKey.addresses(client, SERVER);
        fresh.portsAndZone =
                TupleKey.portsAndScope(TupleKey.ports(4000, 53), zone(state), Ipv4.PROTO_UDP);
        fresh.replyAddresses = TupleKey.invertAddresses(fresh.addresses);
        fresh.replyPortsAndZone = TupleKey.invertPorts(fresh.portsAndZone);
        return fresh;
    }

    NewConnection keys(int worker, int state) {
        return keys(worker, state, false);
    }

    /** 0, or the negative reason; the worker holds no reference afterwards. */
    int insert(int worker, NewConnection fresh) {
        int made = trackers[worker].commit(fresh, noTcp, 60, 0);
        owners[worker].quiet();
        return Math.min(0, made);
    }

    /** Makes the connection of a new state. */
    int make(int state, int mark) {
        return make(state, mark, Helper.NONE);
    }

    /** The same with a helper. */
    synchronized int make(int state, int mark, Helper helper) {
        NewConnection fresh = keys(MAKER, state);
        fresh.mark = mark;
        fresh.helper = helper;
        int made = trackers[MAKER].commit(fresh, noTcp, 60, 0);
        if (made < 0) {
            throw new IllegalStateException("no connection could be made: " + made);
        }
        return made;
    }

    int find(int worker, int state) {
        NewConnection fresh = keys(worker, state);
        return find(fresh.addresses, fresh.portsAndZone);
    }

    int findReply(int worker, int state) {
        NewConnection fresh = keys(worker, state);
        return find(fresh.replyAddresses, fresh.replyPortsAndZone);
    }

    private int find(long addresses, long portsAndZone) {
        long hash = TupleHash.secret(addresses, portsAndZone);
        return table.find(addresses, portsAndZone, hash, 0);
    }

    /** The mark of what is found; 0: nothing. */
    int markOf(int found) {
        return found == ConnTable.NONE ? 0 : trackers[MAKER].mark(found);
    }

    /** What ct() says of a packet from the client. */
    int track(int worker, int state) {
        NewConnection fresh = keys(worker, state);
        return trackers[worker].track(
                fresh.addresses, fresh.portsAndZone, fresh.wide, 0, noTcp, 60, 0);
    }

    /** What ct() says of an answer. */
    int trackReply(int worker, int state) {
        NewConnection fresh = keys(worker, state);
        return trackers[worker].track(
                fresh.replyAddresses, fresh.replyPortsAndZone, fresh.wide, 4, noTcp, 60, 0);
    }

    synchronized boolean isThere(int state) {
        return find(MAKER, state) != ConnTable.NONE;
    }

    /** 1 when both keys lead to one connection, 0 when neither leads to any. */
    synchronized int connections(int state) {
        int original = find(MAKER, state);
        int reply = findReply(MAKER, state);
        if (original == ConnTable.NONE && reply == ConnTable.NONE) {
            return 0;
        }
        return (original ^ reply) == 1 ? 1 : -1;
    }

    /** Ends and frees what the state has made, so that its memory is used again. */
    synchronized void end(int state) {
        table.zones().flush(zone(state));
        owners[MAKER].sweep(0, 1, 0);
        owners[MAKER].quiet();
    }
}
