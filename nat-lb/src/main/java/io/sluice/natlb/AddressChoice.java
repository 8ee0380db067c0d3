package io.sluice.natlb;

import io.sluice.packet.IpAddress;

/**
 * The addresses of a range that are tried for a connection, one after the other from one that a
 * hash says, round the range's end. Addresses are numbers of 128 bits; one of IPv4 is in the lower
 * 32. One for each search; answers are fields.
 */
final class AddressChoice {
    private static final long OTHER_HALF = 0x9E3779B97F4A7C15L;

    private long firstHigh;
    private long firstLow;
    // One less than the number of addresses, which may be 2^128.
    private long spanHigh;
    private long spanLow;
    private long offsetHigh;
    private long offsetLow;
    private long count;

    /**
     * Starts over.
     *
     * @param ownHigh the address that the packet has on that side: what the null translation keeps
     */
    void begin(NatRange range, long hash, long ownHigh, long ownLow) {
        IpAddress first = range.first();
        IpAddress last = range.last();
        boolean keeps = range.isNull();
        firstHigh = keeps ? ownHigh : first.high();
        firstLow = keeps ? ownLow : first.low();
        boolean borrow = Long.compareUnsigned(last.low(), first.low()) < 0;
        spanLow = last.low() - first.low();
        spanHigh = last.high() - first.high() - (borrow ? 1 : 0);
        boolean countable = spanHigh == 0 && spanLow >= 0 && spanLow < Long.MAX_VALUE;
        // A client that must have the same address gets no other when its ports run out.
        count = range.pick().isPersistent() ? 1 : countable ? spanLow + 1 : Long.MAX_VALUE;
        begin(hash);
    }

    /** This address alone. */
    void only(long high, long low) {
        firstHigh = high;
        firstLow = low;
        spanHigh = 0;
        spanLow = 0;
        offsetHigh = 0;
        offsetLow = 0;
        count = 1;
    }

    private void begin(long hash) {
        if (spanHigh == 0) {
            offsetHigh = 0;
            offsetLow = spanLow == -1 ? hash : Math.unsignedMultiplyHigh(hash, spanLow + 1);
            return;
        }
        offsetHigh = spanHigh == -1 ? hash : Math.unsignedMultiplyHigh(hash, spanHigh + 1);
        // Other bits than those that chose the upper half.
        long bits = hash * OTHER_HALF;
        offsetLow = bits ^ (bits >>> 32);
        wrap();
    }

    /** Takes the number of addresses off an offset that is beyond them, by less than it. */
    private void wrap() {
        int high = Long.compareUnsigned(offsetHigh, spanHigh);
        if (high > 0 || (high == 0 && Long.compareUnsigned(offsetLow, spanLow) > 0)) {
            boolean borrow = Long.compareUnsigned(offsetLow, spanLow) <= 0;
            offsetHigh = offsetHigh - spanHigh - (borrow ? 1 : 0);
            offsetLow = offsetLow - spanLow - 1;
        }
    }

    /** How many may be tried; of more than 2^63 only so many. */
    long count() {
        return count;
    }

    /** Goes to the next one. */
    void next() {
        boolean atEnd = offsetHigh == spanHigh && offsetLow == spanLow;
        offsetLow = atEnd ? 0 : offsetLow + 1;
        offsetHigh = atEnd ? 0 : offsetLow == 0 ? offsetHigh + 1 : offsetHigh;
    }

    /** The upper 64 bits of the address. */
    long high() {
        boolean carry = Long.compareUnsigned(firstLow + offsetLow, firstLow) < 0;
        return firstHigh + offsetHigh + (carry ? 1 : 0);
    }

    /** The lower 64 bits, or the address of IPv4. */
    long low() {
        return firstLow + offsetLow;
    }
}
