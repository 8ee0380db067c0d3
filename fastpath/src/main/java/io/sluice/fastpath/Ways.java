package io.sluice.fastpath;

import io.sluice.conntrack.Zones;
import io.sluice.packet.Memory;
import io.sluice.packet.MemorySource;
import java.util.Arrays;

/**
 * The ways that a worker has compiled: which flows and buckets a packet passed, in which zones it
 * was tracked, which Ethernet addresses it got and where it left. Packets of the same way share
 * one, however many connections there are. Used by the worker's thread.
 */
final class Ways {
    /** No room for one more. */
    static final int FULL = -1;

    private static final int CAPACITY = 1 << 14;
    private static final int INDEX_MASK = 2 * CAPACITY - 1;

    private final long base;
    private final Zones zones;
    // Open addressing, number plus one; 0: empty.
    private final int[] index = new int[INDEX_MASK + 1];
    private final Counters[][] counters = new Counters[CAPACITY][];
    private final int[][] trackedZones = new int[CAPACITY][];
    private int count;

    Ways(Zones zones, MemorySource memory) {
        this.zones = zones;
        base = memory.allocate((long) CAPACITY * WayLayout.BYTES_EACH);
    }

    long address(int way) {
        return Memory.pointer(base + ((long) way << WayLayout.SHIFT));
    }

    /** The number of the way that this trace describes, made when it is new; or {@link #FULL}. */
    int intern(Trace trace) {
        int slot = trace.hash() & INDEX_MASK;
        while (index[slot] != 0) {
            int way = index[slot] - 1;
            if (isSame(way, trace)) {
                return way;
            }
            slot = (slot + 1) & INDEX_MASK;
        }
        if (count == CAPACITY) {
            return FULL;
        }
        int way = count++;
        index[slot] = way + 1;
        write(way, trace);
        return way;
    }

    private boolean isSame(int way, Trace trace) {
        long address = address(way);
        return Memory.getInt(address + WayLayout.OUTPUT) == trace.output
                && Memory.getLong(address + WayLayout.KEEP_LOW) == trace.keepLow
                && Memory.getLong(address + WayLayout.SET_LOW) == trace.setLow
                && Memory.getInt(address + WayLayout.KEEP_HIGH) == trace.keepHigh
                && Memory.getInt(address + WayLayout.SET_HIGH) == trace.setHigh
                && Memory.getLong(address + WayLayout.EXTRAS) == trace.extras
                && Memory.getShort(address + WayLayout.UNUSUAL) == unusual(trace)
                && trace.passed(counters[way], trackedZones[way]);
    }

    private static int unusual(Trace trace) {
        if (trace.ipv6) {
            return WayLayout.IPV6;
        }
        return trace.extras == WayExtras.NONE ? 0 : WayLayout.WITH_EXTRAS;
    }

    private void write(int way, Trace trace) {
        long address = address(way);
        Memory.zero(address, WayLayout.BYTES_EACH);
        Memory.putLong(address + WayLayout.KEEP_LOW, trace.keepLow);
        Memory.putLong(address + WayLayout.SET_LOW, trace.setLow);
        Memory.putInt(address + WayLayout.KEEP_HIGH, trace.keepHigh);
        Memory.putInt(address + WayLayout.SET_HIGH, trace.setHigh);
        Memory.putInt(address + WayLayout.OUTPUT, trace.output);
        Memory.putLong(address + WayLayout.EXTRAS, trace.extras);
        Memory.putShort(address + WayLayout.UNUSUAL, unusual(trace));
        counters[way] = trace.copyOfCounters();
        trackedZones[way] = trace.copyOfZones();
    }

    /** Adds what was counted to the counters of flows, buckets and zones. */
    void fold() {
        for (int way = 0; way < count; way++) {
            long address = address(way);
            long packets = Memory.getLong(address + WayLayout.PACKETS);
            if (packets == 0) {
                continue;
            }
            long frameBytes = Memory.getLong(address + WayLayout.FRAME_BYTES);
            long ipBytes = Memory.getLong(address + WayLayout.IP_BYTES);
            for (Counters each : counters[way]) {
                each.add(packets, frameBytes);
            }
            for (int zone : trackedZones[way]) {
                zones.countPackets(zone, packets, ipBytes);
            }
            Memory.putLong(address + WayLayout.PACKETS, 0);
            Memory.putLong(address + WayLayout.FRAME_BYTES, 0);
            Memory.putLong(address + WayLayout.IP_BYTES, 0);
        }
    }

    /** Forgets all ways; the caller sees to it that no cache entry names one. */
    void clear() {
        fold();
        Arrays.fill(index, 0);
        Arrays.fill(counters, 0, count, null);
        count = 0;
    }
}
