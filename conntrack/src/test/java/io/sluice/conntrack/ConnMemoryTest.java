package io.sluice.conntrack;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.MemorySource;
import org.junit.jupiter.api.Test;

class ConnMemoryTest {
    /** Record, both index entries and what expiry needs; fixed parts are per table, not each. */
    @Test
    void aConnectionTakes160BytesAtMost() {
        for (int capacity : new int[] {1 << 20, 1_500_000, 4_000_000}) {
            long[] asked = new long[1];
            try (ArenaMemory memory = new ArenaMemory()) {
                MemorySource counting =
                        length -> {
                            asked[0] += length;
                            return memory.allocate(4096);
                        };
                new ConnTable(capacity, counting);
            }
            long zones = (long) Zones.COUNT * (Integer.BYTES + 64);
            long each = (asked[0] - zones - 64 * 1024) / capacity;
            assertTrue(each <= 160, each + " bytes with room for " + capacity);
        }
    }
}
