package io.sluice.natlb;

import static io.sluice.natlb.EndpointLayout.INSIDE;
import static io.sluice.natlb.EndpointLayout.KEY;
import static io.sluice.natlb.EndpointLayout.NEXT_INSIDE;
import static io.sluice.natlb.EndpointLayout.USES;

import io.sluice.packet.Memory;
import io.sluice.packet.MemorySource;
import io.sluice.packet.TupleHash;

/**
 * Which ports of outside addresses are in somebody's block: of each address with blocks, in each
 * zone, a record and a bit for every 64 ports. So blocks of any sizes never overlap. Any thread;
 * locks are those of {@link Buckets}.
 *
 * <pre>
 * record, 64 bytes, at the places of {@link EndpointLayout}:
 *    INSIDE  address | KEY  zone, IPv6 | USES  blocks | NEXT_INSIDE  the next of the bucket
 * bits, 128 bytes for each record: 1: the 64 ports are in a block
 * </pre>
 */
final class BlockAddresses {
    /** No block of the address is free. */
    static final int NONE = -1;

    /** There is no room for one more address. */
    static final int FULL = -2;

    private static final int UNIT_SHIFT = 6;
    private static final int BITS_SHIFT = 7;

    /** Ports of a word of bits. */
    private static final int WORD_PORTS = Long.SIZE << UNIT_SHIFT;

    private final EndpointRecords records;
    private final Buckets buckets;
    private final long bits;

    /**
     * @param capacity addresses that have blocks at the same time
     */
    BlockAddresses(int capacity, MemorySource memory) {
        records = new EndpointRecords(capacity, memory);
        buckets = new Buckets(capacity, memory, records.base(), NEXT_INSIDE);
        bits = memory.allocate((capacity + 1L) << BITS_SHIFT);
    }

    /**
     * Takes a free block of an address.
     *
     * @param block its outside address and zone
     * @param hash where among the address' blocks to look first
     * @return its first port, {@link #NONE} or {@link #FULL}
     */
    int reserve(NatRange range, PortBlock block, int hash) {
        long bucket = bucket(block);
        Buckets.lock(bucket);
        int number = find(bucket, block, EndpointIndex.ALL);
        if (number == 0) {
            number = add(bucket, block);
        }
        int port = number == 0 ? FULL : freeBlock(number, range, hash);
        if (port >= 0) {
            mark(number, port, range.blocks().size(), true);
            long uses = records.record(number) + USES;
            Memory.putInt(uses, Memory.getInt(uses) + 1);
        }
        Buckets.unlock(bucket);
        return port;
    }

    /** The same as far as can be told without locks; takes nothing. */
    int peek(NatRange range, PortBlock block, int hash) {
        int number = find(bucket(block), block, EndpointIndex.PEEKED);
        return freeBlock(number, range, hash);
    }

    /** Gives a block back, of which the outside is given. */
    void free(PortBlock block) {
        long bucket = bucket(block);
        Buckets.lock(bucket);
        int number = find(bucket, block, EndpointIndex.ALL);
        mark(number, block.firstPort, block.lastPort - block.firstPort + 1, false);
        long uses = records.record(number) + USES;
        int left = Memory.getInt(uses) - 1;
        Memory.putInt(uses, left);
        if (left == 0) {
            buckets.remove(bucket, number);
            records.give(number);
        }
        Buckets.unlock(bucket);
    }

    private long bucket(PortBlock block) {
        return buckets.bucket(
                TupleHash.secret(
                        TupleHash.secret(block.outsideHigh, block.outsideLow), key(block)));
    }

    private static long key(PortBlock block) {
        return (block.replyZone & 0xFFFFL) | (block.ipv6 ? 1L << 16 : 0);
    }

    private int find(long bucket, PortBlock block, int steps) {
        int number = buckets.first(bucket);
        for (int i = 0; number != 0 && i < steps; i++) {
            long record = records.record(number);
            if (Memory.getLong(record + KEY) == key(block)
                    && Memory.getLong(record + INSIDE) == block.outsideHigh
                    && Memory.getLong(record + INSIDE + Long.BYTES) == block.outsideLow) {
                return number;
            }
            number = buckets.next(number);
        }
        return 0;
    }

    private int add(long bucket, PortBlock block) {
        int number = records.take();
        if (number != 0) {
            long record = records.record(number);
            EndpointLayout.putAddress(record + INSIDE, block.outsideHigh, block.outsideLow);
            Memory.putLong(record + KEY, key(block));
            Memory.putInt(record + USES, 0);
            Memory.zero(word(number, 0), 1L << BITS_SHIFT);
            buckets.add(bucket, number);
        }
        return number;
    }

    private long word(int number, int unit) {
        return Memory.pointer(
                bits + ((long) number << BITS_SHIFT) + (unit >>> 6) * (long) Long.BYTES);
    }

    /** Of record 0, which is none, all are free. */
    private int freeBlock(int number, NatRange range, int hash) {
        int size = range.blocks().size();
        int count = (range.maxPort() + 1 - range.minPort()) / size;
        int start = range.minPort() + (hash & Integer.MAX_VALUE) % count * size;
        int end = range.minPort() + count * size;
        int port = firstFree(number, start, end, size);
        return port != NONE ? port : firstFree(number, range.minPort(), start, size);
    }

    /**
     * A word at a time where a word has several blocks: an address may have a thousand, all taken.
     */
    private int firstFree(int number, int from, int end, int size) {
        if (size >= WORD_PORTS) {
            for (int port = from; port < end; port += size) {
                if (isFree(number, port, size)) {
                    return port;
                }
            }
            return NONE;
        }
        int units = size >>> UNIT_SHIFT;
        // At the first bit of each block of a word.
        long starts = Long.divideUnsigned(-1, (1L << units) - 1);
        for (int port = from; port < end; port = (port & -WORD_PORTS) + WORD_PORTS) {
            int unit = port >>> UNIT_SHIFT;
            long taken = Memory.getLong(word(number, unit));
            for (int more = 1; more < units; more <<= 1) {
                taken |= taken >>> more;
            }
            long free = ~taken & starts & (-1L << unit);
            if (free != 0) {
                int found = (port & -WORD_PORTS) + (Long.numberOfTrailingZeros(free) << UNIT_SHIFT);
                return found < end ? found : NONE;
            }
        }
        return NONE;
    }

    private boolean isFree(int number, int port, int size) {
        long taken = 0;
        for (int done = 0; done < size && taken == 0; done += WORD_PORTS) {
            int unit = (port + done) >>> UNIT_SHIFT;
            taken = Memory.getLong(word(number, unit)) & mask(unit, size);
        }
        return taken == 0;
    }

    /** Which bits of its word are a block's: blocks begin at multiples of their size. */
    private static long mask(int unit, int size) {
        int units = size >>> UNIT_SHIFT;
        return units >= Long.SIZE ? -1 : ((1L << units) - 1) << (unit & (Long.SIZE - 1));
    }

    private void mark(int number, int port, int size, boolean taken) {
        for (int done = 0; done < size; done += WORD_PORTS) {
            int unit = (port + done) >>> UNIT_SHIFT;
            long word = word(number, unit);
            long mask = mask(unit, size);
            Memory.putLong(
                    word, taken ? Memory.getLong(word) | mask : Memory.getLong(word) & ~mask);
        }
    }

    /** Addresses that have blocks; for tests. */
    int inUse() {
        return records.inUse();
    }
}
