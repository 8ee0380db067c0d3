package io.sluice.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

class MemoryTest {
    @Test
    void networkOrderIsBigEndian() {
        try (Arena arena = Arena.ofConfined()) {
            long address = arena.allocate(64, 64).address();
            Memory.putIntBe(address, 0x0A000001);
            assertEquals(0x0A, Memory.getByte(address));
            assertEquals(0x0A00, Memory.getShortBe(address));
            assertEquals(0x0100000A, Memory.getInt(address));
        }
    }
}
