package io.sluice.fastpath;

import io.sluice.conntrack.ConnTable;
import io.sluice.dpdk.Mbuf;
import io.sluice.dpdk.Mempool;
import io.sluice.natlb.WeightedChoice;
import io.sluice.packet.Ethernet;
import io.sluice.packet.TupleHash;
import io.sluice.packet.TupleKey;

/**
 * Takes one packet through the tables: the rules decide, {@link ConnectionSteps} tracks and
 * translates, and the packet leaves, maybe in copies. What happened is noted in the {@link Trace}.
 * Used by the worker's thread.
 */
final class SlowPath {
    private static final int MAX_RESUBMITS = 64;
    private static final int MAX_FORKS = 4;
    private static final int NO_PORT = -1;

    private final Outputs outputs;
    private final MacTable macs;
    private final Mempool pool;
    private final Trace trace;
    private final ConnectionSteps connections;
    private final ConjunctionScratch scratch = new ConjunctionScratch();
    private final SlowPacket[] forks = new SlowPacket[MAX_FORKS];

    private Snapshot snapshot = Snapshot.EMPTY;
    private int nowMs;
    private int resubmits;
    private int forkDepth;
    private int pendingPort;
    private int dropReason;

    SlowPath(
            Outputs outputs,
            MacTable macs,
            Mempool pool,
            Trace trace,
            ConnectionSteps connections) {
        this.outputs = outputs;
        this.macs = macs;
        this.pool = pool;
        this.trace = trace;
        this.connections = connections;
        for (int i = 0; i < MAX_FORKS; i++) {
            forks[i] = new SlowPacket();
        }
    }

    void adopt(Snapshot next) {
        snapshot = next;
    }

    /** Takes the parsed packet through the tables and sends or drops it. */
    void process(SlowPacket packet, int now) {
        nowMs = now;
        resubmits = 0;
        forkDepth = 0;
        trace.begin();
        begin();
        table(packet, 0);
        int output = finish(packet);
        trace.output = output;
        trace.count(packet.frameBytes);
    }

    private void begin() {
        pendingPort = NO_PORT;
        dropReason = DropReason.FLOW.ordinal();
    }

    /** Sends the packet's last copy; returns the port or, below 0, the reason of the drop. */
    private int finish(SlowPacket packet) {
        if (pendingPort == NO_PORT) {
            outputs.drop(dropReason, packet.mbuf);
            return -1 - dropReason;
        }
        packet.writeFrame();
        outputs.send(pendingPort, packet.mbuf);
        return pendingPort;
    }

    private void table(SlowPacket packet, int table) {
        if (++resubmits > MAX_RESUBMITS) {
            drop(DropReason.RESUBMIT_LIMIT);
            trace.notCacheable();
            return;
        }
        Rule rule = snapshot.find(table, packet.key, scratch);
        if (rule == null) {
            drop(DropReason.NO_MATCH);
            return;
        }
        trace.pass(rule.flow().counters());
        run(packet, rule.steps());
    }

    /** Why the packet ends, should no step send it. */
    private void drop(DropReason reason) {
        dropReason = reason.ordinal();
    }

    private void run(SlowPacket packet, Step[] steps) {
        for (int i = 0; i < steps.length; i++) {
            Step step = steps[i];
            switch (step.code()) {
                case OUTPUT -> output(packet, step.number());
                case IN_PORT -> outputTo(packet, packet.inPort);
                case NORMAL -> normal(packet);
                case FLOOD -> flood(packet);
                case SET -> set(packet, (Action.Set) step.action());
                case GROUP -> group(packet, step.number());
                case RESUBMIT, GOTO_TABLE -> table(packet, step.number());
                case CT -> {
                    if (!ct(packet, (Action.Ct) step.action(), i == steps.length - 1)) {
                        return;
                    }
                }
                default -> throw new IllegalStateException("no step " + step.code());
            }
        }
    }

    private void output(SlowPacket packet, int port) {
        if (port == packet.inPort) {
            drop(DropReason.OUTPUT_IN_PORT);
        } else {
            outputTo(packet, port);
        }
    }

    private void outputTo(SlowPacket packet, int port) {
        sendPending(packet);
        pendingPort = port;
    }

    /** Sends a copy of the packet as it is now where it was to go, because more comes after it. */
    private void sendPending(SlowPacket packet) {
        if (pendingPort == NO_PORT) {
            return;
        }
        trace.notCacheable();
        packet.writeFrame();
        long copy = Mbuf.copy(packet.mbuf, pool);
        if (copy == 0) {
            outputs.count(DropReason.NO_MBUF.ordinal(), 1);
        } else {
            outputs.send(pendingPort, copy);
        }
        pendingPort = NO_PORT;
    }

    private void set(SlowPacket packet, Action.Set set) {
        sendPending(packet);
        set.field().setMasked(packet.key, set.high(), set.low(), set.maskHigh(), set.maskLow());
        if (set.field() == Field.ETH_DST) {
            trace.setEthDst(set.low());
        } else {
            trace.setEthSrc(set.low());
        }
    }

    private void normal(SlowPacket packet) {
        long source = Field.ETH_SRC.get(packet.key);
        if (!Ethernet.isGroup(source)) {
            macs.learn(source, packet.inPort, nowMs);
        }
        long target = Field.ETH_DST.get(packet.key);
        int port = Ethernet.isGroup(target) ? MacTable.UNKNOWN : macs.find(target, nowMs);
        if (port == MacTable.UNKNOWN || !outputs.hasPort(port)) {
            trace.notCacheable();
            flood(packet);
        } else {
            trace.onLearnedMacs = true;
            output(packet, port);
        }
    }

    private void flood(SlowPacket packet) {
        for (DatapathPort port : snapshot.ports()) {
            if (port.number() != packet.inPort) {
                outputTo(packet, port.number());
            }
        }
    }

    private void group(SlowPacket packet, int id) {
        SelectGroup group = snapshot.group(id);
        if (group == null) {
            drop(DropReason.NO_GROUP);
            return;
        }
        trace.pass(group.counters());
        long tuple = TupleKey.portsAndScope(packet.ports, 0, packet.protocol);
        int bucket = group.pick(TupleHash.stable(packet.addresses, tuple));
        if (bucket == WeightedChoice.NOBODY) {
            drop(DropReason.NO_BUCKET);
            return;
        }
        trace.pass(group.counters(bucket));
        run(packet, group.steps(bucket));
    }

    /**
     * One {@code ct()}.
     *
     * @param last whether no step of the list follows
     * @return false when the packet ends here
     */
    private boolean ct(SlowPacket packet, Action.Ct ct, boolean last) {
        if (pendingPort != NO_PORT && ct.nat()) {
            sendPending(packet);
        }
        int state = connections.apply(packet, ct, nowMs);
        if (state < 0) {
            drop(connections.refusal());
            trace.notCacheable();
            return false;
        }
        if (ct.table() >= 0) {
            if (last) {
                recirculate(packet, ct, state);
            } else {
                fork(packet, ct, state);
            }
        }
        clearCtFields(packet);
        return true;
    }

    private void recirculate(SlowPacket packet, Action.Ct ct, int state) {
        Field.CT_STATE.set(packet.key, state);
        Field.CT_ZONE.set(packet.key, ct.zone());
        Field.CT_MARK.set(packet.key, connections.mark(packet));
        table(packet, ct.table());
    }

    private static void clearCtFields(SlowPacket packet) {
        Field.CT_STATE.set(packet.key, 0);
        Field.CT_ZONE.set(packet.key, 0);
        Field.CT_MARK.set(packet.key, 0);
    }

    /** A copy goes on in the other table, and the packet with its next step. */
    private void fork(SlowPacket packet, Action.Ct ct, int state) {
        trace.notCacheable();
        sendPending(packet);
        packet.writeFrame();
        long copy = forkDepth < MAX_FORKS ? Mbuf.copy(packet.mbuf, pool) : 0;
        if (copy == 0) {
            boolean deep = forkDepth == MAX_FORKS;
            DropReason reason = deep ? DropReason.RESUBMIT_LIMIT : DropReason.NO_MBUF;
            outputs.count(reason.ordinal(), 1);
            return;
        }
        SlowPacket branch = forks[forkDepth++];
        branch.copyFrom(packet, copy);
        int outerReason = dropReason;
        begin();
        recirculate(branch, ct, state);
        finish(branch);
        begin();
        dropReason = outerReason;
        forkDepth--;
    }

    /** Whether the way that was noted may be cached. */
    boolean isSteady() {
        for (int i = 0; i < trace.connectionCount; i++) {
            int connection = trace.connections[i];
            if (connection == ConnTable.NONE || !connections.isSteady(connection)) {
                return false;
            }
        }
        return trace.isCacheable();
    }
}
