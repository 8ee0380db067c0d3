package io.sluice.control.engine;

import io.sluice.dpdk.HugeMemory;
import io.sluice.dpdk.Prefetch;
import io.sluice.packet.MemorySource;

/** Gives tables huge pages. Stateless. */
final class TableMemory implements MemorySource {
    @Override
    public long allocate(long lengthBytes) {
        return HugeMemory.allocate(lengthBytes);
    }

    @Override
    public void prepare(long address, long lengthBytes) {
        HugeMemory.prepare(address, lengthBytes);
    }

    @Override
    public void prefetch(long addressOfFirst, int count) {
        Prefetch.lines(addressOfFirst, Long.BYTES, count);
    }
}
