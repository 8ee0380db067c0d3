package io.sluice.fastpath;

import io.sluice.conntrack.ConnTable;
import io.sluice.dpdk.Prefetch;
import io.sluice.packet.Memory;
import io.sluice.packet.MemorySource;
import io.sluice.packet.TupleHash;

/**
 * Asks for the memory that the next packet of the slow path will need while this one is at work: if
 * it is treated as the packet before was, where the index has its connection, and where that of its
 * answers. Only what is prefetched depends on the guess. Used by the worker's thread.
 */
final class Foresight {
    private static final int LINES = 3;

    private final ConnTable table;
    private final Translator translator;
    private final long list;

    Foresight(ConnTable table, Translator translator, MemorySource memory) {
        this.table = table;
        this.translator = translator;
        list = memory.allocate(LINES * (long) Long.BYTES);
    }

    /**
     * For a packet whose first line in the index was asked for already.
     *
     * @param slot with its tuple and second line
     */
    void ask(long slot, int zone) {
        long lines = Memory.pointer(list);
        Memory.putLong(lines, Memory.getLong(slot + SlotLayout.SECOND_LINE));
        int count = 1;
        long addresses = Memory.getLong(slot + SlotLayout.ADDRESSES);
        if (translator.guess(addresses, Memory.getLong(slot + SlotLayout.TUPLE), zone)) {
            long hash = TupleHash.secret(translator.guessedAddresses(), translator.guessedPorts());
            Memory.putLong(lines + Long.BYTES, table.firstBucket(hash));
            Memory.putLong(lines + 2 * Long.BYTES, table.secondBucket(hash));
            count = LINES;
        }
        Prefetch.lines(lines, Long.BYTES, count);
    }
}
