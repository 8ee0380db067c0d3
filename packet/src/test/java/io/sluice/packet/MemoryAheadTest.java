package io.sluice.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryAheadTest {
    private static final long MIB = 1 << 20;
    private static final long BASE = 1L << 40;

    private final List<String> prepared = new ArrayList<>();
    private final MemorySource source =
            new MemorySource() {
                @Override
                public long allocate(long lengthBytes) {
                    return BASE;
                }

                @Override
                public void prepare(long address, long lengthBytes) {
                    prepared.add((address - BASE) / MIB + "+" + lengthBytes / MIB);
                }
            };

    @Test
    void goesOnInPiecesUntilThereIsEnough() {
        MemoryAhead ahead = new MemoryAhead(source, BASE, 40 * MIB);
        assertFalse(ahead.prepare(0));
        assertTrue(ahead.prepare(1));
        assertFalse(ahead.prepare(16 * MIB));
        assertTrue(ahead.prepare(16 * MIB + 1));
        assertEquals(List.of("0+16", "16+16"), prepared);
    }

    @Test
    void endsWithTheTable() {
        MemoryAhead ahead = new MemoryAhead(source, BASE, 40 * MIB);
        while (ahead.prepare(Long.MAX_VALUE)) {}
        assertEquals(List.of("0+16", "16+16", "32+8"), prepared);
        assertFalse(ahead.prepare(Long.MAX_VALUE));
    }
}
