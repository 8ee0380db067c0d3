package io.sluice.fastpath;

import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.DryTracker;
import io.sluice.conntrack.Tuple;
import io.sluice.fastpath.TraceEvent.Node;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** Makes a tree of what {@link SlowPath} tells about one packet. */
final class TraceRecorder implements Narrator {
    /** Flows can make a packet's way so long that nobody could read, or store, all of it. */
    static final int MAX_EVENTS = 16_384;

    /** Within which events still happen. A step is closed by the next one beside it. */
    private record Open(List<Node> within, boolean isStep) {}

    private final Snapshot snapshot;
    private final DryTracker tracker;
    private final DryConnectionSteps connections;
    private final int nowMs;
    private int events;
    private final List<Node> roots = new ArrayList<>();
    private final Deque<Open> open = new ArrayDeque<>();
    // The packet's tuple before the step at work.
    private long addressesBefore;
    private int portsBefore;
    private Optional<Tuple> quotedBefore = Optional.empty();

    TraceRecorder(
            Snapshot snapshot, DryTracker tracker, DryConnectionSteps connections, int nowMs) {
        this.snapshot = snapshot;
        this.tracker = tracker;
        this.connections = connections;
        this.nowMs = nowMs;
        open.push(new Open(roots, false));
    }

    List<Node> roots() {
        return roots;
    }

    /** Whether all events are there; else the first {@link #MAX_EVENTS}. */
    boolean isComplete() {
        return events <= MAX_EVENTS;
    }

    private void add(TraceEvent event) {
        add(new Node(event, List.of()));
    }

    private void add(Node node) {
        if (++events <= MAX_EVENTS) {
            open.element().within.add(node);
        }
    }

    private void enter(TraceEvent event, boolean isStep) {
        List<Node> within = new ArrayList<>();
        add(new Node(event, within));
        open.push(new Open(within, isStep));
    }

    private void closeStep() {
        if (open.element().isStep) {
            open.pop();
        }
    }

    @Override
    public void lookUp(int table, Rule found) {
        enter(new TraceEvent.Lookup(table, Optional.ofNullable(found).map(Rule::flow)), false);
    }

    @Override
    public void leave() {
        closeStep();
        open.pop();
    }

    @Override
    public void step(SlowPacket packet, Step step) {
        closeStep();
        enter(new TraceEvent.Step(step.action()), true);
        addressesBefore = packet.addresses();
        portsBefore = packet.ports();
        quotedBefore = quoted(packet);
    }

    @Override
    public void tracked(SlowPacket packet, int zone, int state) {
        boolean hasConnection = packet.connection != ConnTable.NONE;
        boolean isTranslated =
                packet.addresses() != addressesBefore || packet.ports() != portsBefore;
        Optional<Tuple> quoted = quoted(packet);
        add(
                new TraceEvent.Tracked(
                        packet.isError() ? 0 : packet.protocol,
                        zone,
                        state,
                        connections.wasGiven(),
                        hasConnection
                                ? tracker.connection(packet.connection, nowMs)
                                : Optional.empty(),
                        tracker.isMade(packet.connection),
                        isTranslated ? Optional.of(tuple(packet)) : Optional.empty(),
                        packet.isError() ? packet.quoted.protocol : 0,
                        quoted.equals(quotedBefore) ? Optional.empty() : quoted));
    }

    @Override
    public void bucket(Group group, int bucket, BucketReason reason) {
        int bucketId = group.buckets().get(bucket).id();
        enter(new TraceEvent.InBucket(group.id(), bucketId, reason), false);
    }

    @Override
    public void copy() {
        enter(new TraceEvent.InCopy(), false);
    }

    @Override
    public void actionSet() {
        closeStep();
        enter(new TraceEvent.InActionSet(), false);
    }

    @Override
    public void sendTo(SlowPacket packet, int port) {
        Optional<String> name =
                snapshot.ports().stream()
                        .filter(each -> each.number() == port)
                        .map(DatapathPort::name)
                        .findFirst();
        add(new TraceEvent.SentTo(port, name, new TracedPacket(packet.key)));
    }

    @Override
    public void answer() {
        add(new TraceEvent.Answered());
    }

    @Override
    public void lose(DropReason reason) {
        switch (reason) {
            // The lookup says it already.
            case NO_MATCH -> {}
            case CONTROLLER -> add(new TraceEvent.SentUp());
            default -> add(new TraceEvent.Lost(reason));
        }
    }

    @Override
    public void drop(DropReason reason) {
        closeStep();
        add(new TraceEvent.Dropped(reason));
    }

    private static Optional<Tuple> quoted(SlowPacket packet) {
        QuotedPacket quoted = packet.quoted;
        if (!packet.isError()) {
            return Optional.empty();
        }
        return Optional.of(
                quoted.ipv6
                        ? Tuple.ofWide(quoted.wide, 0, quoted.ports)
                        : Tuple.of(quoted.addresses, quoted.ports));
    }

    private static Tuple tuple(SlowPacket packet) {
        return packet.isIpv6()
                ? Tuple.ofWide(packet.key, FlowKey.WIDE, packet.ports())
                : Tuple.of(packet.addresses(), packet.ports());
    }
}
