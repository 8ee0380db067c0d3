package io.sluice.natlb;

import static io.sluice.natlb.EndpointLayout.KIND;
import static io.sluice.natlb.EndpointLayout.PERMISSION;
import static io.sluice.natlb.EndpointLayout.USES;

import io.sluice.packet.Memory;
import java.lang.invoke.VarHandle;

/**
 * Which mappings there are, for who only looks and must not hold the locks that workers take: a
 * change at this moment may be missed. Any thread.
 */
public final class EndpointView {
    private final EndpointRecords records;
    private final EndpointIndex index;
    private final EndpointPermissions permissions;
    private final EndpointLifetime lifetime;

    EndpointView(
            EndpointRecords records,
            EndpointIndex index,
            EndpointPermissions permissions,
            EndpointLifetime lifetime) {
        this.records = records;
        this.index = index;
        this.permissions = permissions;
        this.lifetime = lifetime;
    }

    /**
     * Whether there is a mapping of this inside.
     *
     * @param mapping its inside; gets its outside and filtering
     */
    public boolean find(EndpointMapping mapping, int nowMs) {
        int number = index.inside(index.insideBucket(mapping), mapping, EndpointIndex.PEEKED);
        long record = records.record(number);
        boolean found =
                number != 0
                        && Memory.getInt(record + KIND) != PERMISSION
                        && !lifetime.isOver(record, nowMs);
        if (found) {
            EndpointLayout.readOutside(record, mapping);
        }
        return found;
    }

    /** The same of {@link EndpointMappings#findInbound}. */
    public boolean findInbound(EndpointMapping mapping, long peerHigh, long peerLow, int nowMs) {
        int number = index.outside(index.outsideBucket(mapping), mapping, EndpointIndex.PEEKED);
        long record = records.record(number);
        boolean found =
                number != 0
                        && !lifetime.isOver(record, nowMs)
                        && mayCome(number, record, peerHigh, peerLow);
        if (found) {
            EndpointLayout.readInside(record, mapping);
        }
        return found;
    }

    private boolean mayCome(int number, long record, long peerHigh, long peerLow) {
        int filtering = Memory.getInt(record + KIND);
        return filtering == NatRange.Filtering.ADDRESS_DEPENDENT.ordinal()
                ? permissions.peek(number, peerHigh, peerLow, EndpointIndex.PEEKED)
                : filtering == NatRange.Filtering.ENDPOINT_INDEPENDENT.ordinal();
    }

    /** Whether another mapping has this outside address and port. */
    public boolean isTaken(EndpointMapping mapping, int nowMs) {
        int number = index.outside(index.outsideBucket(mapping), mapping, EndpointIndex.PEEKED);
        return number != 0 && !lifetime.isOver(records.record(number), nowMs);
    }

    /** Mappings have numbers from 1 to this, not all of them. */
    public int lastNumber() {
        return records.everUsed();
    }

    /**
     * Shows a mapping.
     *
     * @param mapping gets all of it
     * @return whether there is one of this number that is not over
     */
    public boolean show(int number, EndpointMapping mapping, int nowMs) {
        long record = records.record(number);
        if (!isLinked(number) || lifetime.isOver(record, nowMs)) {
            return false;
        }
        EndpointLayout.read(record, mapping);
        mapping.uses = Memory.getIntOpaque(record + USES);
        mapping.remainingMs = lifetime.timeoutMs(record);
        if (mapping.uses == 0) {
            mapping.remainingMs = lifetime.remainingMs(record, nowMs);
        }
        VarHandle.loadLoadFence();
        // One that was made anew meanwhile, of other addresses, is left to the next look.
        return isLinked(number) && EndpointLayout.has(record, mapping);
    }

    /** Whether the record is a mapping that is found; before that it is not shown half written. */
    boolean isLinked(int number) {
        long record = records.record(number);
        return Memory.getIntAcquire(record + USES) >= 0
                && Memory.getIntOpaque(record + KIND) != PERMISSION;
    }
}
