package io.sluice.fastpath;

import io.sluice.conntrack.ConnTable;

/**
 * Takes one packet through the tables: the rules decide, {@link ConnectionSteps} tracks and
 * translates, {@link EditSteps} changes fields, and the packet leaves ({@link Departure}), maybe in
 * copies. What happened is noted in the {@link Trace}. Used by the worker's thread.
 */
final class SlowPath {
    // As Open vSwitch: tables that follow one another count in the second limit only.
    private static final int MAX_DEPTH = 64;
    private static final int MAX_LOOKUPS = 4096;

    private final Departure departure;
    private final Switching switching;
    private final Trace trace;
    private final ConnectionSteps connections;
    private final EditSteps edits;
    private final BucketChooser chooser;
    private final ActionSet actionSet = new ActionSet();
    private final CopyStack copies;
    // What the packet is to be again after each of the buckets at work.
    private final SlowPacket[] beforeBuckets = new SlowPacket[MAX_DEPTH];
    private int bucketDepth;
    private Narrator narrator;

    private final ConjunctionScratch scratch = new ConjunctionScratch();
    private Snapshot snapshot = Snapshot.EMPTY;
    private int nowMs;
    private int lookups;
    private int depth;
    private int table;
    private Rule rule;
    // The packet's tables are passed, whatever steps are left.
    private boolean exited;
    // The packet ends here, and does nothing any more that it was to do at its end.
    private boolean dead;

    SlowPath(
            PacketSink outputs,
            MacTable macs,
            DatapathSettings settings,
            Trace trace,
            ConnectionSteps connections,
            Upcalls upcalls) {
        this.departure = new Departure(outputs, settings.pool(), trace);
        this.switching = new Switching(macs, departure, trace);
        this.trace = trace;
        this.connections = connections;
        this.edits = new EditSteps(departure, trace, upcalls, settings);
        this.chooser = new BucketChooser(trace, connections);
        this.copies = new CopyStack(departure);
        for (int i = 0; i < MAX_DEPTH; i++) {
            beforeBuckets[i] = new SlowPacket();
        }
    }

    /** Has everything told; for a path that no worker uses. */
    void narrateTo(Narrator listener) {
        narrator = listener;
        departure.narrateTo(listener);
    }

    void adopt(Snapshot next) {
        snapshot = next;
        chooser.adopt(next);
    }

    /** Takes the parsed packet through the tables and sends or drops it. */
    void process(SlowPacket packet, int now) {
        begin(packet, now);
        lookUp(packet, 0);
        end(packet);
    }

    /** Does these steps with the parsed packet, and sends or drops it. */
    void process(SlowPacket packet, Step[] steps, int now) {
        begin(packet, now);
        run(packet, steps);
        end(packet);
    }

    private void begin(SlowPacket packet, int now) {
        nowMs = now;
        lookups = 0;
        depth = 0;
        copies.clear();
        bucketDepth = 0;
        table = 0;
        rule = null;
        exited = false;
        dead = false;
        actionSet.clear();
        trace.begin(packet);
        departure.begin();
    }

    private void end(SlowPacket packet) {
        if (!dead) {
            exited = false;
            runActionSet(packet);
        }
        int left = departure.finish(packet);
        if (packet.isWrittenBeyondRewrite()) {
            trace.notCacheable();
        }
        trace.end(packet, left);
    }

    /** Looks the packet up in this table and does what the rule says. */
    private void lookUp(SlowPacket packet, int wanted) {
        enter(packet, wanted, find(packet, wanted));
    }

    private Rule find(SlowPacket packet, int wanted) {
        trace.reads(snapshot.exactBits(wanted));
        return snapshot.find(wanted, packet.key, scratch);
    }

    /** Does what the rule that was found in the table says; null: there is none. */
    private void enter(SlowPacket packet, int wanted, Rule found) {
        boolean deeper = wanted <= table && lookups > 0;
        if (lookups >= MAX_LOOKUPS || (deeper && depth >= MAX_DEPTH)) {
            stopAtLimit();
            return;
        }
        lookups++;
        int outerTable = table;
        Rule outerRule = rule;
        depth += deeper ? 1 : 0;
        table = wanted;
        rule = found;
        if (narrator != null) {
            narrator.lookUp(wanted, found);
        }
        if (rule == null) {
            departure.drop(DropReason.NO_MATCH);
        } else {
            trace.pass(rule.flow().counters());
            run(packet, rule.steps());
        }
        if (narrator != null) {
            narrator.leave();
        }
        table = outerTable;
        rule = outerRule;
        depth -= deeper ? 1 : 0;
    }

    private void stopAtLimit() {
        die(DropReason.RESUBMIT_LIMIT);
    }

    private void die(DropReason reason) {
        departure.drop(reason);
        trace.notCacheable();
        exited = true;
        dead = true;
    }

    private void run(SlowPacket packet, Step[] steps) {
        for (int i = 0; i < steps.length && !exited; i++) {
            if (narrator != null) {
                narrator.step(packet, steps[i]);
            }
            if (!run(packet, steps[i], i == steps.length - 1)) {
                return;
            }
        }
    }

    /** Does one step; false when the list it is from ends here. */
    private boolean run(SlowPacket packet, Step step, boolean last) {
        switch (step.code()) {
            case OUTPUT -> output(packet, step.number());
            case OUTPUT_TRUNCATED ->
                    outputTruncated(packet, (Action.OutputTruncated) step.action());
            case OUTPUT_FIELD -> outputField(packet, (Action.OutputField) step.action());
            case IN_PORT -> departure.to(packet, packet.inPort);
            case NORMAL -> switching.normal(packet, snapshot, nowMs);
            case FLOOD -> flood(packet);
            case RESUBMIT -> resubmit(packet, (Action.Resubmit) step.action());
            case GOTO_TABLE -> lookUp(packet, step.number());
            case GROUP -> group(packet, step.number());
            case CT -> {
                return ct(packet, (Action.Ct) step.action(), last);
            }
            case CLONE -> runIsolated(packet, step.nested());
            case LEARN -> edits.learn(packet, step, rule, snapshot);
            case METER -> {
                return meter(packet, step.number());
            }
            case WRITE_ACTIONS -> writeActions(step.nested());
            case CLEAR_ACTIONS -> actionSet.clear();
            case EXIT -> exited = true;
            default -> {
                return edits.run(packet, step, table, rule, nowMs);
            }
        }
        return true;
    }

    private void output(SlowPacket packet, int port) {
        output(packet, port, Departure.WHOLE);
    }

    private void output(SlowPacket packet, int port, int maxBytes) {
        if (port == packet.inPort) {
            departure.drop(DropReason.OUTPUT_IN_PORT);
        } else {
            departure.to(packet, port, maxBytes);
        }
    }

    private void outputTruncated(SlowPacket packet, Action.OutputTruncated output) {
        if (output.port() == Action.OutputTruncated.IN_PORT) {
            departure.to(packet, packet.inPort, output.maxBytes());
        } else {
            output(packet, output.port(), output.maxBytes());
        }
    }

    private void outputField(SlowPacket packet, Action.OutputField output) {
        trace.reads(output.port().field());
        output(packet, Action.Output.portOf(output.port().get(packet.key)));
    }

    private void flood(SlowPacket packet) {
        trace.notCacheable();
        switching.flood(packet, snapshot);
    }

    private boolean meter(SlowPacket packet, int id) {
        trace.notCacheable();
        Meter meter = snapshot.meter(id);
        if (meter == null || isWithin(meter, packet.frameBytes)) {
            return true;
        }
        die(DropReason.METER);
        return false;
    }

    private boolean isWithin(Meter meter, int frameBytes) {
        long nowNs = System.nanoTime();
        return trace.isDry() ? meter.hasFor(frameBytes, nowNs) : meter.take(frameBytes, nowNs);
    }

    private void writeActions(Step[] steps) {
        if (!actionSet.write(steps)) {
            stopAtLimit();
        }
    }

    private void runActionSet(SlowPacket packet) {
        if (actionSet.isEmpty()) {
            return;
        }
        if (narrator != null) {
            narrator.actionSet();
        }
        boolean goesOn = true;
        for (int place = 0; place < actionSet.size() && goesOn; place++) {
            Step step = actionSet.step(place);
            if (step != null && !exited) {
                if (narrator != null) {
                    narrator.step(packet, step);
                }
                goesOn = run(packet, step, true);
            }
        }
        if (narrator != null) {
            narrator.leave();
        }
    }

    /** The lookup sees another port or tuple, but not the flow that it finds. */
    private void resubmit(SlowPacket packet, Action.Resubmit resubmit) {
        int wanted = resubmit.table() == Action.Resubmit.SAME ? table : resubmit.table();
        boolean swap = resubmit.swapConnection() && Field.CT_NW_PROTO.get(packet.key) != 0;
        long inPort = Field.IN_PORT.get(packet.key);
        if (resubmit.inPort() != Action.Resubmit.SAME) {
            Field.IN_PORT.set(packet.key, resubmit.inPort());
        }
        if (swap) {
            ConnectionTuple.swap(packet.key);
        }
        Rule found = find(packet, wanted);
        if (swap) {
            ConnectionTuple.swap(packet.key);
        }
        Field.IN_PORT.set(packet.key, inPort);
        enter(packet, wanted, found);
    }

    private void group(SlowPacket packet, int id) {
        LiveGroup group = snapshot.group(id);
        if (group == null) {
            departure.drop(DropReason.NO_GROUP);
            return;
        }
        trace.pass(group.counters());
        if (group.isAll()) {
            for (int bucket = 0; bucket < group.bucketCount(); bucket++) {
                bucket(packet, group, bucket);
            }
            return;
        }
        int bucket =
                packet.datagram == null
                        ? chooser.choose(group, packet, nowMs)
                        : packet.datagram.choose(chooser, group, packet, nowMs);
        if (bucket == Selector.NOBODY) {
            departure.drop(DropReason.NO_BUCKET);
        } else {
            bucket(packet, group, bucket);
        }
    }

    /** Does a bucket's steps; what comes after them finds the packet as it was before them. */
    private void bucket(SlowPacket packet, LiveGroup group, int bucket) {
        if (bucketDepth == MAX_DEPTH || lookups >= MAX_LOOKUPS) {
            stopAtLimit();
            return;
        }
        // Groups of groups multiply as tables do.
        lookups++;
        SlowPacket before = beforeBuckets[bucketDepth++];
        before.copyFields(packet);
        if (group.bindsConnections()) {
            packet.bucket = group.selector().number(bucket);
        }
        trace.pass(group.counters(bucket));
        if (narrator != null) {
            narrator.bucket(
                    group.group(), bucket, group.isAll() ? BucketReason.EVERY : chooser.reason());
        }
        run(packet, group.steps(bucket));
        if (narrator != null) {
            narrator.leave();
        }
        bucketDepth--;
        departure.takeBack(packet, before);
        // What ends a bucket ends nothing else, unless it ends the packet.
        exited = dead;
    }

    /**
     * One {@code ct()}.
     *
     * @param last whether no step of the list follows
     * @return false when the packet ends here
     */
    private boolean ct(SlowPacket packet, Action.Ct ct, boolean last) {
        if (ct.nat()) {
            departure.settle(packet);
        }
        int zone = zone(packet, ct.originalZone());
        int replyZone = ct.replyZone().isPresent() ? zone(packet, ct.replyZone().get()) : zone;
        for (int i = 0; i < ct.exec().size(); i++) {
            if (ct.exec().get(i) instanceof Action.Move move) {
                trace.reads(move.from().field());
            }
        }
        int state =
                packet.datagram == null
                        ? connections.apply(packet, ct, zone, replyZone, nowMs)
                        : packet.datagram.apply(connections, packet, ct, zone, replyZone, nowMs);
        if (state < 0) {
            departure.drop(connections.refusal());
            trace.notCacheable();
            actionSet.clear();
            return false;
        }
        if (narrator != null) {
            narrator.tracked(packet, connections.zone(packet), state);
        }
        if (ct.table() >= 0) {
            if (last) {
                recirculate(packet, ct.table(), state);
            } else {
                fork(packet, ct.table(), state);
            }
        }
        ConnectionSteps.clearFields(packet);
        return true;
    }

    private int zone(SlowPacket packet, Action.Ct.Zone zone) {
        if (zone.field().isPresent()) {
            trace.reads(zone.field().get().field());
        }
        return zone.of(packet.key);
    }

    private void recirculate(SlowPacket packet, int next, int state) {
        if (packet.datagram == null) {
            connections.writeFields(packet, state);
        } else {
            packet.datagram.writeFields(connections, packet, state);
        }
        lookUp(packet, next);
    }

    /** A copy goes on in the other table, and the packet with its next step. */
    private void fork(SlowPacket packet, int next, int state) {
        SlowPacket copy = beginCopy(packet);
        if (copy != null) {
            recirculate(copy, next, state);
            endCopy(copy);
        }
    }

    /** Does the steps with a copy of the packet, which is not changed by them. */
    private void runIsolated(SlowPacket packet, Step[] steps) {
        SlowPacket copy = beginCopy(packet);
        if (copy != null) {
            run(copy, steps);
            endCopy(copy);
        }
    }

    private SlowPacket beginCopy(SlowPacket packet) {
        trace.notCacheable();
        SlowPacket copy = copies.push(packet);
        if (copy != null && narrator != null) {
            narrator.copy();
        }
        return copy;
    }

    private void endCopy(SlowPacket copy) {
        copies.pop(copy);
        // What ends the work on a copy ends nothing else, unless it ends the packet.
        exited = dead;
        if (narrator != null) {
            narrator.leave();
        }
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
