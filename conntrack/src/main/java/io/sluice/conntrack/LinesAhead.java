package io.sluice.conntrack;

import io.sluice.packet.Memory;
import io.sluice.packet.MemorySource;

/** Cache lines that one thread will need soon, collected and asked for together. That thread. */
final class LinesAhead {
    private final MemorySource memory;
    private final long list;
    private int count;

    /**
     * @param most that are collected before they are asked for
     */
    LinesAhead(int most, MemorySource memory) {
        this.memory = memory;
        list = memory.allocate(most * (long) Long.BYTES);
    }

    void add(long address) {
        Memory.putLong(Memory.pointer(list) + ((long) count << 3), address);
        count++;
    }

    void ask() {
        memory.prefetch(list, count);
        count = 0;
    }
}
