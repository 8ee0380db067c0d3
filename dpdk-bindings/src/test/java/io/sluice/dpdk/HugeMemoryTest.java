package io.sluice.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class HugeMemoryTest {
    private static final long MIB = 1L << 20;
    private static final long PAGE_BYTES = 4096;

    @SuppressWarnings("restricted")
    private static MemorySegment at(long address, long bytes) {
        return MemorySegment.ofAddress(address).reinterpret(bytes);
    }

    private static long residentBytes() throws IOException {
        String[] statm = Files.readString(Path.of("/proc/self/statm")).split(" ", -1);
        return Long.parseLong(statm[1]) * PAGE_BYTES;
    }

    @Test
    void isZeroedAlignedAndWritableToItsLastByte() {
        for (long bytes : new long[] {1, 4097, 2 * MIB, 2 * MIB + 1, 10 * MIB - 1}) {
            long address = HugeMemory.allocate(bytes);
            assertEquals(0, address % HugeMemory.ALIGNMENT);
            MemorySegment memory = at(address, bytes);
            assertEquals(-1, memory.mismatch(MemorySegment.ofArray(new byte[(int) bytes])));
            memory.set(ValueLayout.JAVA_BYTE, bytes - 1, (byte) 1);
            HugeMemory.free(address, bytes);
        }
    }

    @Test
    void untouchedPagesCostNothing() throws IOException {
        long bytes = 64L << 30;
        long before = residentBytes();
        long address = HugeMemory.allocate(bytes);
        at(address, bytes).set(ValueLayout.JAVA_LONG, bytes / 2, 1);
        assertTrue(residentBytes() - before < 64 * MIB);
        HugeMemory.free(address, bytes);
    }

    @Test
    void preparedPagesAreThere() throws IOException {
        long bytes = 256 * MIB;
        long address = HugeMemory.allocate(bytes);
        long before = residentBytes();
        HugeMemory.prepare(address, 128 * MIB);
        long grown = residentBytes() - before;
        assertTrue(grown > 100 * MIB && grown < 160 * MIB, () -> "grown by " + grown);
        HugeMemory.free(address, bytes);
    }

    @Test
    void freeGivesMemoryBack() throws IOException {
        long bytes = 256 * MIB;
        long address = HugeMemory.allocate(bytes);
        long before = residentBytes();
        at(address, bytes).fill((byte) 1);
        assertTrue(residentBytes() - before > 200 * MIB);
        HugeMemory.free(address, bytes);
        assertTrue(residentBytes() - before < 64 * MIB);
    }

    @Test
    void moreThanTheAddressSpaceIsRefused() {
        DpdkException e =
                assertThrows(DpdkException.class, () -> HugeMemory.allocate(Long.MAX_VALUE / 2));
        assertEquals(
                "the system has no room for a table of 4611686018427387903 bytes", e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> HugeMemory.allocate(0));
    }
}
