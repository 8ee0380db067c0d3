package io.sluice.natlb;

import static io.sluice.natlb.EndpointLayout.EPOCH;
import static io.sluice.natlb.EndpointLayout.IDLE_SINCE_MS;
import static io.sluice.natlb.EndpointLayout.INSIDE;
import static io.sluice.natlb.EndpointLayout.KEY;
import static io.sluice.natlb.EndpointLayout.KIND;
import static io.sluice.natlb.EndpointLayout.OUTSIDE;
import static io.sluice.natlb.EndpointLayout.PERMISSION;
import static io.sluice.natlb.EndpointLayout.UNLINKED;
import static io.sluice.natlb.EndpointLayout.USES;

import io.sluice.packet.Memory;
import io.sluice.packet.MemorySource;
import io.sluice.packet.TupleHash;
import io.sluice.packet.TupleKey;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntBinaryOperator;
import java.util.function.IntUnaryOperator;

/**
 * The mappings of ranges with endpoint-independent mapping (RFC 4787 section 4.1): which outside
 * address and port stands for which inside address and port, in each zone and of each protocol.
 * Both are unique: a mapping is found by either side, or not at all. Beside them the permissions of
 * address-dependent filtering: the peers that may send to a mapping.
 *
 * <p>A mapping is used by the connections made with it, and stays for a while after the last of
 * them; it ends at once when its zone is flushed. Nobody watches the time: who comes across one
 * that is over removes it.
 *
 * <p>Any thread. Locks are those of {@link Buckets}, taken in the order inside, outside,
 * permission; out of order they are only tried.
 */
public final class EndpointMappings {
    /** Another mapping has the outside address and port. */
    public static final int TAKEN = -2;

    /** There is no room for one more. */
    public static final int FULL = -3;

    // Records that one who makes a mapping looks at, for those that are over.
    private static final int SWEPT = 8;
    private static final int SWEPT_WHEN_FULL = 64;

    private final EndpointRecords records;
    private final EndpointIndex index;
    private final EndpointPermissions permissions;
    private final PortMaps maps;
    private final PortBlocks blocks;
    private final EndpointLifetime lifetime;
    private final EndpointView view;
    // For each record the port block that its mapping holds, or 0.
    private final long heldBlocks;
    private final AtomicInteger hand = new AtomicInteger();
    private volatile boolean used;

    /**
     * @param capacity mappings and permissions that fit; pages that none needs are never touched
     * @param maps are told of outside ports that are free again
     * @param blocks that mappings may be of, and hold
     * @param zoneEpoch of a zone; another after a flush
     * @param timeoutMs of a zone and a protocol, how long a mapping stays without connections
     */
    public EndpointMappings(
            int capacity,
            MemorySource memory,
            PortMaps maps,
            PortBlocks blocks,
            IntUnaryOperator zoneEpoch,
            IntBinaryOperator timeoutMs) {
        records = new EndpointRecords(capacity, memory);
        index = new EndpointIndex(capacity, records, memory);
        permissions = new EndpointPermissions(capacity, records, memory);
        heldBlocks = memory.allocate((capacity + 1L) * Integer.BYTES);
        this.maps = maps;
        this.blocks = blocks;
        lifetime = new EndpointLifetime(zoneEpoch, timeoutMs);
        view = new EndpointView(records, index, permissions, lifetime);
    }

    /** Whether there ever was a mapping. */
    public boolean areUsed() {
        return used;
    }

    /** For who only looks. */
    public EndpointView view() {
        return view;
    }

    /**
     * Finds the mapping of an inside address and port, and uses it once more.
     *
     * @param mapping its inside; gets its outside and filtering
     * @return its number, to be given to {@link #release}; 0: there is none
     */
    public int acquire(EndpointMapping mapping, int nowMs) {
        if (!used) {
            return 0;
        }
        long bucket = index.insideBucket(mapping);
        Buckets.lock(bucket);
        int number = findInside(bucket, mapping, nowMs);
        if (number != 0) {
            use(number);
            EndpointLayout.readOutside(records.record(number), mapping);
        }
        Buckets.unlock(bucket);
        return number;
    }

    /**
     * Finds the mapping of an outside address and port that this peer may send to.
     *
     * @param mapping its outside; gets its inside
     */
    public boolean findInbound(EndpointMapping mapping, long peerHigh, long peerLow, int nowMs) {
        long bucket = index.outsideBucket(mapping);
        Buckets.lock(bucket);
        int number = findOutside(bucket, mapping);
        boolean found = number != 0 && !isOver(number, nowMs) && mayCome(number, peerHigh, peerLow);
        if (found) {
            EndpointLayout.readInside(records.record(number), mapping);
        }
        Buckets.unlock(bucket);
        return found;
    }

    /**
     * Makes a mapping and uses it once; or uses the one that another worker has made meanwhile,
     * whose outside it then has.
     *
     * @param mapping all of it
     * @return its number, to be given to {@link #release}; {@link #TAKEN}, {@link #FULL}
     */
    public int claim(EndpointMapping mapping, int nowMs) {
        used = true;
        long inside = index.insideBucket(mapping);
        Buckets.lock(inside);
        int number = findInside(inside, mapping, nowMs);
        if (number != 0) {
            use(number);
            EndpointLayout.readOutside(records.record(number), mapping);
        } else {
            long outside = index.outsideBucket(mapping);
            Buckets.lock(outside);
            number = make(mapping, inside, outside, nowMs);
            Buckets.unlock(outside);
        }
        Buckets.unlock(inside);
        return number;
    }

    /** Both buckets are locked. */
    private int make(EndpointMapping mapping, long inside, long outside, int nowMs) {
        int other = findOutside(outside, mapping);
        if (other != 0 && !(isOver(other, nowMs) && removeFound(other, inside, outside, nowMs))) {
            return TAKEN;
        }
        int number = records.take();
        if (number == 0) {
            return FULL;
        }
        if (mapping.block != 0) {
            // Once more: the caller's own use ends, whoever makes the mapping.
            blocks.use(mapping.block);
            Memory.putInt(heldBlock(number), mapping.block);
        }
        long record = records.record(number);
        // Who only looks does not see one that is half written: see EndpointView.
        Memory.setIntOpaque(record + USES, UNLINKED);
        VarHandle.storeStoreFence();
        EndpointLayout.putAddress(record + INSIDE, mapping.insideHigh, mapping.insideLow);
        EndpointLayout.putAddress(record + OUTSIDE, mapping.outsideHigh, mapping.outsideLow);
        Memory.putLong(record + KEY, EndpointLayout.key(mapping));
        Memory.putInt(record + EPOCH, lifetime.epoch(mapping.zone));
        Memory.putInt(record + IDLE_SINCE_MS, nowMs);
        Memory.putInt(record + KIND, mapping.filtering.ordinal());
        Memory.setIntRelease(record + USES, 1);
        index.add(number, inside, outside);
        return number;
    }

    /** Removes what is over and was found by its outside; not if another holds its inside. */
    private boolean removeFound(int number, long heldInside, long outside, int nowMs) {
        long inside = index.insideBucketOf(number);
        if (inside != heldInside && !Buckets.tryLock(inside)) {
            return false;
        }
        unlink(number, inside, outside, nowMs);
        if (inside != heldInside) {
            Buckets.unlock(inside);
        }
        return true;
    }

    /**
     * Lets a peer's address send to a mapping, as long as a connection to it uses that.
     *
     * @param mapping its number, used once by the caller, whose use the permission becomes
     * @return what to release instead
     */
    public int permit(int mapping, long peerHigh, long peerLow, int nowMs) {
        int number = permissions.acquire(mapping, peerHigh, peerLow);
        if (number < 0) {
            // Another connection's permission uses the mapping already.
            release(mapping, nowMs);
            return -number;
        }
        // Without room for it the mapping works, and lets nobody in.
        return number == 0 ? mapping : number;
    }

    /** Says that a connection with this mapping or permission has ended. */
    public void release(int number, int nowMs) {
        long record = records.record(number);
        if (Memory.getInt(record + KIND) == PERMISSION) {
            int mapping = permissions.release(number);
            if (mapping != 0) {
                release(mapping, nowMs);
            }
            return;
        }
        Memory.setIntOpaque(record + IDLE_SINCE_MS, nowMs);
        if (Memory.getAndAddInt(record + USES, -1) == (UNLINKED | 1)) {
            free(number, nowMs);
        }
    }

    /**
     * Removes a mapping, unless connections use it; for who has made one, released it and could not
     * make its connection.
     */
    public void removeUnused(int number, int nowMs) {
        if (Memory.getIntOpaque(records.record(number) + KIND) != PERMISSION) {
            removeIfOver(number, true, nowMs);
        }
    }

    /**
     * Removes some mappings that are over, from where the last call ended; to be called by who is
     * about to make one, without locks.
     *
     * @param full whether those without connections are to go, too
     */
    public void sweep(boolean full, int nowMs) {
        int used = records.everUsed();
        int count = full ? SWEPT_WHEN_FULL : SWEPT;
        for (int i = 0; i < Math.min(count, used); i++) {
            int number = 1 + Integer.remainderUnsigned(hand.getAndIncrement(), used);
            if (Memory.getIntOpaque(records.record(number) + KIND) != PERMISSION) {
                removeIfOver(number, full, nowMs);
            }
        }
    }

    /** Removes those of some mappings that are over; by their numbers, which begin at 1. */
    void sweep(int from, int count, int nowMs) {
        int end = Math.min(from + count - 1, records.everUsed());
        for (int number = from; number <= end; number++) {
            if (view.isLinked(number) && isOver(number, nowMs)) {
                removeIfOver(number, false, nowMs);
            }
        }
    }

    private void removeIfOver(int number, boolean full, int nowMs) {
        // Another may be using the record anew: what was read counts if the chain has it.
        long inside = index.insideBucketOf(number);
        Buckets.lock(inside);
        long record = records.record(number);
        if (index.contains(inside, number)) {
            boolean idle = full && Memory.getIntAcquire(record + USES) == 0;
            if (idle || isOver(number, nowMs)) {
                long outside = index.outsideBucketOf(number);
                Buckets.lock(outside);
                unlink(number, inside, outside, nowMs);
                Buckets.unlock(outside);
            }
        }
        Buckets.unlock(inside);
    }

    /** Nobody finds it any more; both buckets are locked. */
    private void unlink(int number, long inside, long outside, int nowMs) {
        long record = records.record(number);
        index.remove(number, inside, outside);
        long key = Memory.getLong(record + KEY);
        maps.freed(
                repliesToAny(
                        EndpointLayout.isIpv6(key),
                        Memory.getLong(record + OUTSIDE),
                        Memory.getLong(record + OUTSIDE + Long.BYTES)),
                TupleKey.withPorts(scope(key), TupleKey.ports(0, EndpointLayout.outsidePort(key))),
                Memory.getInt(record + EPOCH));
        // Last: from now on who ends the last use frees it.
        if (Memory.getAndAddInt(record + USES, UNLINKED) == 0) {
            free(number, nowMs);
        }
    }

    /** Nobody finds or uses it any more. */
    private void free(int number, int nowMs) {
        if (blocks.areUsed()) {
            long held = heldBlock(number);
            int block = Memory.getInt(held);
            Memory.putInt(held, 0);
            if (block != 0) {
                blocks.release(block, nowMs);
            }
        }
        records.give(number);
    }

    private long heldBlock(int number) {
        return Memory.pointer(heldBlocks + number * (long) Integer.BYTES);
    }

    private static long scope(long key) {
        long scope =
                TupleKey.portsAndScope(0, EndpointLayout.zone(key), EndpointLayout.protocol(key));
        return EndpointLayout.isIpv6(key) ? TupleKey.ofIpv6(scope) : scope;
    }

    /**
     * The addresses of answers to an outside address from no peer in particular, as {@link
     * TupleKey} has them: what {@link PortMaps} notes ports of mappings by.
     */
    public static long repliesToAny(boolean ipv6, long outsideHigh, long outsideLow) {
        return ipv6
                ? TupleHash.wide(0, 0, outsideHigh, outsideLow)
                : TupleKey.addresses(0, (int) outsideLow);
    }

    private boolean isOver(int number, int nowMs) {
        return lifetime.isOver(records.record(number), nowMs);
    }

    private boolean mayCome(int number, long peerHigh, long peerLow) {
        int filtering = Memory.getInt(records.record(number) + KIND);
        return filtering == NatRange.Filtering.ADDRESS_DEPENDENT.ordinal()
                ? permissions.has(number, peerHigh, peerLow)
                : filtering == NatRange.Filtering.ENDPOINT_INDEPENDENT.ordinal();
    }

    private void use(int number) {
        Memory.getAndAddInt(records.record(number) + USES, 1);
    }

    /** The mapping of this inside; one that is over is removed. The bucket is locked. */
    private int findInside(long bucket, EndpointMapping mapping, int nowMs) {
        int number = index.inside(bucket, mapping, EndpointIndex.ALL);
        if (number == 0 || !isOver(number, nowMs)) {
            return number;
        }
        long outside = index.outsideBucketOf(number);
        Buckets.lock(outside);
        unlink(number, bucket, outside, nowMs);
        Buckets.unlock(outside);
        return 0;
    }

    private int findOutside(long bucket, EndpointMapping mapping) {
        return index.outside(bucket, mapping, EndpointIndex.ALL);
    }

    long insideBucket(EndpointMapping mapping) {
        return index.insideBucket(mapping);
    }

    /** Mappings and permissions that are not free, those over included; for tests. */
    int inUse() {
        return records.inUse();
    }
}
