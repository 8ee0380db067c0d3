package io.sluice.natlb;

import static io.sluice.natlb.EndpointLayout.INSIDE;
import static io.sluice.natlb.EndpointLayout.KEY;
import static io.sluice.natlb.EndpointLayout.KIND;
import static io.sluice.natlb.EndpointLayout.PERMISSION;
import static io.sluice.natlb.EndpointLayout.USES;

import io.sluice.packet.Memory;
import io.sluice.packet.MemorySource;

/**
 * Which peers may send to a mapping with address-dependent filtering, and how many connections say
 * so. A permission is a use of its mapping. Any thread; may be called with a lock of a mapping.
 */
final class EndpointPermissions {
    private final EndpointRecords records;
    private final Buckets buckets;

    EndpointPermissions(int capacity, EndpointRecords records, MemorySource memory) {
        this.records = records;
        buckets = new Buckets(capacity, memory, records.base(), EndpointLayout.NEXT_INSIDE);
    }

    /**
     * One connection more from the mapping to this peer.
     *
     * @return the permission's number if it is new and uses the mapping, minus its number if there
     *     was one; 0: there is no room
     */
    int acquire(int mapping, long peerHigh, long peerLow) {
        long bucket = bucket(mapping, peerHigh, peerLow);
        Buckets.lock(bucket);
        int number = find(bucket, mapping, peerHigh, peerLow);
        if (number != 0) {
            Memory.getAndAddInt(records.record(number) + USES, 1);
            Buckets.unlock(bucket);
            return -number;
        }
        number = records.take();
        if (number != 0) {
            long record = records.record(number);
            EndpointLayout.putAddress(record + INSIDE, peerHigh, peerLow);
            Memory.putLong(record + KEY, mapping);
            Memory.putInt(record + KIND, PERMISSION);
            Memory.setIntRelease(record + USES, 1);
            buckets.add(bucket, number);
        }
        Buckets.unlock(bucket);
        return number;
    }

    /**
     * One connection less.
     *
     * @return the mapping whose use has ended with it; 0: there are other connections to the peer
     */
    int release(int number) {
        long record = records.record(number);
        int mapping = (int) Memory.getLong(record + KEY);
        long bucket =
                bucket(
                        mapping,
                        Memory.getLong(record + INSIDE),
                        Memory.getLong(record + INSIDE + Long.BYTES));
        Buckets.lock(bucket);
        boolean last = Memory.getAndAddInt(record + USES, -1) == 1;
        if (last) {
            buckets.remove(bucket, number);
            records.give(number);
        }
        Buckets.unlock(bucket);
        return last ? mapping : 0;
    }

    boolean has(int mapping, long peerHigh, long peerLow) {
        long bucket = bucket(mapping, peerHigh, peerLow);
        Buckets.lock(bucket);
        boolean has = find(bucket, mapping, peerHigh, peerLow) != 0;
        Buckets.unlock(bucket);
        return has;
    }

    /** The same without the lock, as far as so many steps lead; see {@link EndpointMappings}. */
    boolean peek(int mapping, long peerHigh, long peerLow, int steps) {
        int number = buckets.first(bucket(mapping, peerHigh, peerLow));
        for (int i = 0; number != 0 && i < steps; i++) {
            if (EndpointLayout.isPermission(records.record(number), mapping, peerHigh, peerLow)) {
                return true;
            }
            number = buckets.next(number);
        }
        return false;
    }

    private long bucket(int mapping, long high, long low) {
        return buckets.bucket(EndpointLayout.permissionHash(mapping, high, low));
    }

    private int find(long bucket, int mapping, long high, long low) {
        int number = buckets.first(bucket);
        while (number != 0
                && !EndpointLayout.isPermission(records.record(number), mapping, high, low)) {
            number = buckets.next(number);
        }
        return number;
    }
}
