package io.sluice.fastpath;

import io.sluice.conntrack.Connection;
import io.sluice.conntrack.Tuple;
import java.util.List;
import java.util.Optional;

/** What happens to a packet that is traced. */
public sealed interface TraceEvent {
    /** An event, and what happens because of it, in order. */
    record Node(TraceEvent event, List<Node> within) {}

    /** The packet is looked up; empty: no flow matches. */
    record Lookup(int table, Optional<Flow> flow) implements TraceEvent {}

    /** An action of a flow, bucket or action set. */
    record Step(Action action) implements TraceEvent {}

    /**
     * What a {@code ct()} found, or made.
     *
     * @param protocol of the packet; 0 for an ICMP error, whose tuple is its addresses
     * @param state bits of {@link io.sluice.conntrack.CtState}
     * @param given whether the state was given by hand
     * @param made whether the connection does not exist and a real packet would make it
     * @param translated the packet's tuple, if it was translated
     * @param quotedProtocol of the packet that an ICMP error carries; 0 for other packets
     * @param quoted that packet's tuple, if it was translated
     */
    record Tracked(
            int protocol,
            int zone,
            int state,
            boolean given,
            Optional<Connection> connection,
            boolean made,
            Optional<Tuple> translated,
            int quotedProtocol,
            Optional<Tuple> quoted)
            implements TraceEvent {}

    /** A group's bucket takes the packet; the group's number is unsigned. */
    record InBucket(int group, int bucketId, BucketReason reason) implements TraceEvent {}

    record InCopy() implements TraceEvent {}

    record InActionSet() implements TraceEvent {}

    /**
     * The packet is sent.
     *
     * @param name of the port; empty: there is none of the number
     */
    record SentTo(int port, Optional<String> name, TracedPacket packet) implements TraceEvent {}

    /** The packet goes to {@code packet/in}. */
    record SentUp() implements TraceEvent {}

    /** ICMP time exceeded goes where the packet came from. */
    record Answered() implements TraceEvent {}

    /** The step sends nothing, or less than it should. */
    record Lost(DropReason reason) implements TraceEvent {}

    /** The packet, or the copy at work, ends without being sent. */
    record Dropped(DropReason reason) implements TraceEvent {}
}
