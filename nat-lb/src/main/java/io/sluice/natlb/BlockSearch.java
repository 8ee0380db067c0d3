package io.sluice.natlb;

import io.sluice.packet.TupleHash;

/**
 * The port blocks that a client's connection may be made in, best first: those that it has, and
 * then a new one, if it may have one more. A new one is of the address that the client has blocks
 * of (paired address pooling: RFC 6888 REQ-2), or else of the one that a hash of the client's
 * address says, the same in every process, and the next ones. The search is bounded. One for each
 * worker.
 */
public final class BlockSearch {
    /** Why there is none. */
    public enum Failure {
        /** No block of the range is free, or no port of the client's. */
        EXHAUSTED,
        /** None of as many addresses as are tried for one packet has a free one. */
        GAVE_UP,
        /** The client has as many as it may have. */
        LIMIT,
        /** There is no memory for one more. */
        FULL
    }

    /** Addresses that are tried for one packet. */
    private static final int MAX_ADDRESSES = 256;

    /** The same after one in vain, for others of its range in the same millisecond. */
    private static final int MAX_ADDRESSES_AFTER_FAILURE = 16;

    private static final int NONE = 0;

    private final PortBlocks blocks;
    private final BlockEvents events;
    private final boolean dry;
    private final AddressChoice choice = new AddressChoice();
    private final PortBlock block = new PortBlock();

    private NatRange range;
    private int number;
    private int seen;
    private boolean looksForNew;
    private Failure failure = Failure.EXHAUSTED;
    private NatRange failedRange;
    private int failedMs;

    /**
     * @param events are told of new blocks; null if dry
     * @param dry for searches that are to find what others would, and to change nothing
     */
    public BlockSearch(PortBlocks blocks, BlockEvents events, boolean dry) {
        this.blocks = blocks;
        this.events = events;
        this.dry = dry;
    }

    /** Where the caller puts the client and the zones before {@link #begin}, and finds the rest. */
    public PortBlock block() {
        return block;
    }

    /** Starts over, for another packet. */
    public void begin(NatRange wanted) {
        range = wanted;
        number = NONE;
        seen = 0;
        looksForNew = false;
        failure = Failure.EXHAUSTED;
    }

    /**
     * Goes to the next block, and uses it until the next call.
     *
     * @return false when there is none: see {@link #failure}
     */
    public boolean next(int nowMs) {
        int before = number;
        if (looksForNew) {
            // Another one for the same packet would be no better.
            letGo(nowMs);
            return false;
        }
        number = dry ? blocks.peek(range, block, before) : blocks.acquire(range, block, before);
        if (before != NONE && !dry) {
            blocks.release(before, nowMs);
        }
        if (number != NONE && seen < range.blocks().max()) {
            seen++;
            return true;
        }
        return takeNew(nowMs);
    }

    private boolean takeNew(int nowMs) {
        letGo(nowMs);
        looksForNew = true;
        if (seen >= range.blocks().max()) {
            failure = Failure.LIMIT;
            return false;
        }
        if (!findFree(nowMs)) {
            return false;
        }
        if (dry) {
            return true;
        }
        int added = blocks.add(range, block, seen, events, nowMs);
        if (added < 0) {
            failure = added == PortBlocks.LIMIT ? Failure.LIMIT : Failure.FULL;
            return false;
        }
        number = added;
        return true;
    }

    @SuppressWarnings("ReferenceEquality") // A range is one object for as long as its flow is.
    private boolean findFree(int nowMs) {
        int ipv4 = (int) block.clientLow;
        // As NatSearch hashes clients.
        long hash =
                block.ipv6
                        ? TupleHash.stable(block.clientHigh, block.clientLow)
                        : TupleHash.stable(ipv4, 0);
        // The last one that was seen is of the same address as the first.
        if (seen > 0 && reserve(block.outsideHigh, block.outsideLow, (int) hash)) {
            return true;
        }
        boolean failedBefore = range == failedRange && failedMs == nowMs;
        int tries = failedBefore ? MAX_ADDRESSES_AFTER_FAILURE : MAX_ADDRESSES;
        choice.begin(range, hash, 0, 0);
        long count = choice.count();
        for (long tried = 0; tried < Math.min(count, tries); tried++) {
            if (reserve(choice.high(), choice.low(), (int) hash)) {
                return true;
            }
            choice.next();
        }
        failedRange = range;
        failedMs = nowMs;
        failure = count > tries ? Failure.GAVE_UP : Failure.EXHAUSTED;
        return false;
    }

    private boolean reserve(long high, long low, int hash) {
        block.outsideHigh = high;
        block.outsideLow = low;
        return dry ? blocks.peekFree(range, block, hash) : blocks.reserve(range, block, hash);
    }

    /** Does not use the block any more: nothing was made in it. */
    public void letGo(int nowMs) {
        if (number != NONE && !dry) {
            blocks.release(number, nowMs);
        }
        number = NONE;
    }

    /** The number of the block: its use is now of who gives it to {@link PortBlocks#release}. */
    public int keep() {
        int kept = number;
        number = NONE;
        return kept;
    }

    /** The number of the block, which stays in use until the next call. */
    public int number() {
        return number;
    }

    public Failure failure() {
        return failure;
    }
}
