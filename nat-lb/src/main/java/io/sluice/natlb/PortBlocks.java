package io.sluice.natlb;

import static io.sluice.natlb.BlockLayout.IDLE_SINCE_MS;
import static io.sluice.natlb.BlockLayout.USES;
import static io.sluice.natlb.BlockLayout.VERSION;

import io.sluice.packet.Memory;
import io.sluice.packet.MemorySource;
import java.lang.invoke.VarHandle;

/**
 * The port blocks that clients have: a client is an inside address in a zone, and a block some
 * ports of one outside address that are nobody else's meanwhile. Which range a block is of, it says
 * itself: one that fits a range's addresses, ports and size is of that range.
 *
 * <p>A block is used by connections, each of which holds it from before it is made until its record
 * is freed, however it ends, and by mappings ({@link EndpointMappings}). Uses begin under the lock
 * of the client's bucket, or where there is one already; they end without a lock. A block that had
 * none for its hold is taken back under that lock by {@link #sweep}, so nobody can begin one then.
 *
 * <p>Any thread. Locks are those of {@link Buckets}: the client's, then the outside address'.
 */
public final class PortBlocks {
    /** The client has as many blocks as it may have. */
    static final int LIMIT = -1;

    /** There is no room for one more. */
    static final int FULL = -2;

    // In what connections hold, beside the number: mappings have none of so high numbers.
    private static final int HELD = 1 << 30;

    // A range has many clients behind an address; that is what it is for.
    private static final int BLOCKS_PER_ADDRESS = 8;

    private final EndpointRecords records;
    private final Buckets buckets;
    private final BlockAddresses addresses;
    private volatile boolean used;

    /**
     * @param capacity blocks that fit; pages that none needs are never touched
     */
    public PortBlocks(int capacity, MemorySource memory) {
        records = new EndpointRecords(capacity, memory);
        buckets = new Buckets(capacity, memory, records.base(), BlockLayout.NEXT);
        addresses = new BlockAddresses(Math.max(64, capacity / BLOCKS_PER_ADDRESS), memory);
    }

    /** What a connection holds that uses this block. */
    public static int held(int number) {
        return HELD | number;
    }

    /** Whether that is what it holds. */
    public static boolean isHeld(int held) {
        return (held & HELD) != 0;
    }

    public static int number(int held) {
        return held & ~HELD;
    }

    /** Whether there ever was a block. */
    public boolean areUsed() {
        return used;
    }

    /**
     * Finds the client's next block of a range, the newest first, and uses it once more.
     *
     * @param block its client; gets its outside
     * @param after the one before, which the caller uses; 0: none
     * @return its number, to be given to {@link #release}; 0: there is none
     */
    int acquire(NatRange range, PortBlock block, int after) {
        if (!used) {
            return 0;
        }
        long bucket = bucket(block);
        Buckets.lock(bucket);
        int from = after == 0 ? buckets.first(bucket) : buckets.next(after);
        int number = find(from, range, block, EndpointIndex.ALL);
        if (number != 0) {
            use(number);
            BlockLayout.read(records.record(number), block);
        }
        Buckets.unlock(bucket);
        return number;
    }

    /** The same as far as can be told without locks; uses nothing. */
    int peek(NatRange range, PortBlock block, int after) {
        int from = after == 0 ? buckets.first(bucket(block)) : buckets.next(after);
        int number = used ? find(from, range, block, EndpointIndex.PEEKED) : 0;
        if (number != 0) {
            BlockLayout.read(records.record(number), block);
        }
        return number;
    }

    /** Once more, for who has it from one that uses it. */
    void use(int number) {
        Memory.getAndAddInt(records.record(number) + USES, 1);
    }

    /** Says that a connection or mapping that held it does not any more. */
    public void release(int number, int nowMs) {
        long record = records.record(number);
        Memory.setIntOpaque(record + IDLE_SINCE_MS, nowMs);
        Memory.getAndAddInt(record + USES, -1);
    }

    /**
     * Takes a free block of an outside address, for {@link #add}.
     *
     * @param block its outside address; gets its ports
     * @return whether one was free
     */
    boolean reserve(NatRange range, PortBlock block, int hash) {
        int port = addresses.reserve(range, block, hash);
        return setPorts(range, block, port);
    }

    /** Whether one is free, as far as can be told without locks. */
    boolean peekFree(NatRange range, PortBlock block, int hash) {
        return setPorts(range, block, addresses.peek(range, block, hash));
    }

    private static boolean setPorts(NatRange range, PortBlock block, int port) {
        block.firstPort = port;
        block.lastPort = port + range.blocks().size() - 1;
        return port >= 0;
    }

    /**
     * Gives the client a block that was reserved, and uses it once; or uses the one that another
     * worker has given it meanwhile, whose outside the answer has then.
     *
     * @param block all of it
     * @param known how many blocks of the range the caller has seen the client to have
     * @return its number, {@link #LIMIT} or {@link #FULL}; what was reserved is free again if it is
     *     not that
     */
    int add(NatRange range, PortBlock block, int known, BlockEvents events, int nowMs) {
        long bucket = bucket(block);
        Buckets.lock(bucket);
        int newest = find(buckets.first(bucket), range, block, EndpointIndex.ALL);
        int count = 0;
        for (int each = newest; each != 0; count++) {
            each = find(buckets.next(each), range, block, EndpointIndex.ALL);
        }
        boolean byOther = count > known;
        int number;
        if (byOther) {
            number = newest;
        } else if (count >= range.blocks().max()) {
            number = LIMIT;
        } else {
            number = make(bucket, range, block, events, nowMs);
        }
        if (byOther || number < 0) {
            addresses.free(block);
        }
        if (byOther) {
            use(number);
            BlockLayout.read(records.record(number), block);
        }
        Buckets.unlock(bucket);
        return number;
    }

    private int make(long bucket, NatRange range, PortBlock block, BlockEvents events, int nowMs) {
        int number = records.take();
        if (number == 0) {
            return FULL;
        }
        long record = records.record(number);
        // After it was even, by the lock of the pool: what is written now is not taken for a block.
        BlockLayout.write(record, block, range.blocks().holdSeconds() * 1000);
        Memory.putInt(record + USES, 1);
        Memory.putInt(record + IDLE_SINCE_MS, nowMs);
        Memory.setIntRelease(record + VERSION, Memory.getInt(record + VERSION) + 1);
        buckets.add(bucket, number);
        used = true;
        // Before another can have it, use it or give it back.
        events.allocated(block, nowMs);
        return number;
    }

    /**
     * Takes back those of some blocks that nothing has used for their hold.
     *
     * @param from the number of the first that is looked at, from 1
     * @param scratch for the events
     */
    void sweep(int from, int count, PortBlock scratch, BlockEvents events, int nowMs) {
        int end = Math.min(from + count - 1, records.everUsed());
        for (int number = from; number <= end; number++) {
            long record = records.record(number);
            if (isBlock(record) && isOver(record, nowMs)) {
                takeBack(number, scratch, events, nowMs);
            }
        }
    }

    private void takeBack(int number, PortBlock scratch, BlockEvents events, int nowMs) {
        // Another may be using the record anew: what was read counts if the chain has it.
        long record = records.record(number);
        BlockLayout.read(record, scratch);
        long bucket = bucket(scratch);
        Buckets.lock(bucket);
        if (buckets.contains(bucket, number) && isOver(record, nowMs)) {
            BlockLayout.read(record, scratch);
            // Before another client can have it.
            events.released(scratch, nowMs);
            buckets.remove(bucket, number);
            Memory.setIntRelease(record + VERSION, Memory.getInt(record + VERSION) + 1);
            addresses.free(scratch);
            records.give(number);
        }
        Buckets.unlock(bucket);
    }

    private static boolean isBlock(long record) {
        return (Memory.getIntAcquire(record + VERSION) & 1) != 0;
    }

    private static boolean isOver(long record, int nowMs) {
        return Memory.getIntAcquire(record + USES) == 0
                && nowMs - Memory.getIntOpaque(record + IDLE_SINCE_MS)
                        >= BlockLayout.holdMs(record);
    }

    /** Blocks have numbers from 1 to this, not all of them. */
    public int lastNumber() {
        return records.everUsed();
    }

    /**
     * Shows a block as it is in one moment, without locks. Any thread.
     *
     * @return whether there is one of this number
     */
    public boolean show(int number, PortBlock block, int nowMs) {
        long record = records.record(number);
        int version = Memory.getIntAcquire(record + VERSION);
        BlockLayout.read(record, block);
        block.users = Memory.getIntOpaque(record + USES);
        int idleMs = block.users == 0 ? nowMs - Memory.getIntOpaque(record + IDLE_SINCE_MS) : 0;
        block.remainingMs = Math.max(0, BlockLayout.holdMs(record) - Math.max(0, idleMs));
        VarHandle.loadLoadFence();
        return (version & 1) != 0 && Memory.getIntOpaque(record + VERSION) == version;
    }

    private long bucket(PortBlock client) {
        return buckets.bucket(BlockLayout.hash(client));
    }

    private int find(int from, NatRange range, PortBlock client, int steps) {
        int number = from;
        for (int i = 0; number != 0 && i < steps; i++) {
            if (BlockLayout.fits(records.record(number), client, range)) {
                return number;
            }
            number = buckets.next(number);
        }
        return 0;
    }

    /** Blocks, and outside addresses that have some; for tests. */
    int inUse() {
        return records.inUse() + addresses.inUse();
    }
}
