package io.sluice.conntrack;

import io.sluice.packet.MemorySource;
import java.lang.foreign.Arena;

/** Table memory that goes with the test. */
final class ArenaMemory implements MemorySource, AutoCloseable {
    private final Arena arena = Arena.ofShared();

    @Override
    public long allocate(long lengthBytes) {
        return arena.allocate(lengthBytes, 4096).address();
    }

    @Override
    public void close() {
        arena.close();
    }
}
