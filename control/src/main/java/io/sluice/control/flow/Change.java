package io.sluice.control.flow;

import io.sluice.fastpath.Action;
import io.sluice.fastpath.Flow;
import io.sluice.fastpath.Group;
import io.sluice.fastpath.MeterConfig;
import io.sluice.fastpath.PacketOut;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** One line's worth of change to the flows, groups and meters. */
public sealed interface Change {
    /** Replaces the flow of the same table, priority and match. */
    record AddFlow(Flow flow) implements Change {}

    /**
     * Gives the flows other actions.
     *
     * @param cookie what the flows' cookie becomes; empty: stays
     * @param resetCounts whether the flows count from 0 again
     * @param otherwise what is added when no flow matches; may be empty
     */
    record ModFlows(
            FlowFilter filter,
            List<Action> actions,
            OptionalLong cookie,
            boolean resetCounts,
            Optional<Flow> otherwise)
            implements Change {}

    record DelFlows(FlowFilter filter) implements Change {}

    /** What is about groups. */
    sealed interface OfGroup extends Change {}

    record AddGroup(Group group) implements OfGroup {}

    /** Gives the group that exists other buckets. */
    record ModGroup(Group group) implements OfGroup {}

    /** Adds buckets to the group that exists. */
    record InsertBuckets(int groupId, BucketPlace place, List<BucketText> buckets)
            implements OfGroup {}

    /** Takes buckets from the group that exists. */
    record RemoveBuckets(int groupId, BucketPlace place) implements OfGroup {}

    /**
     * Deletes the flows that name the group too.
     *
     * @param id empty: all groups
     */
    record DelGroup(OptionalInt id) implements OfGroup {}

    /** What is about meters. */
    sealed interface OfMeter extends Change {}

    record AddMeter(MeterConfig meter) implements OfMeter {}

    /** Gives the meter that exists other rates. */
    record ModMeter(MeterConfig meter) implements OfMeter {}

    /**
     * Deletes the flows that name the meter too. Nothing happens when there is none.
     *
     * @param id empty: all meters
     */
    record DelMeter(OptionalInt id) implements OfMeter {}

    /** Sends a packet once all other changes are made. */
    record SendPacket(PacketOut packet) implements Change {}

    /**
     * A change and where it was written.
     *
     * @param place for errors, ends in ": "; may be empty
     */
    record Placed(Change change, String place) {}
}
