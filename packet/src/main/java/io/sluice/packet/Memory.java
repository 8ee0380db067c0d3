package io.sluice.packet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Loads and stores at absolute addresses, outside the heap.
 *
 * <p>Nothing is checked here: whoever calls has proved that the address is inside a region that
 * lives (the parser for frames, the owner of the layout for tables). Plain accesses may be
 * unaligned; the ones with a memory order in their name need natural alignment. Values are in the
 * host's byte order, which is little-endian on every machine this runs on; {@code ...Be} reads and
 * writes network order.
 */
public final class Memory {
    @SuppressWarnings("restricted")
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle ORDERED_LONG = ValueLayout.JAVA_LONG.varHandle();
    private static final VarHandle ORDERED_INT = ValueLayout.JAVA_INT.varHandle();

    private static final long POINTER_BITS = 0x0000_FFFF_FFFF_FFFFL;

    private Memory() {}

    /**
     * The same address, known to the compiler as one: user-space addresses have 47 bits. Where a
     * pointer comes out of memory, an array or a sum, one "and" here lets the bounds check of every
     * access at a constant offset from it fold away (docs/performance.md).
     */
    public static long pointer(long address) {
        return address & POINTER_BITS;
    }

    public static long getLong(long address) {
        return ALL.get(LONG, address);
    }

    /** Of network byte order. */
    public static long getLongBe(long address) {
        return Long.reverseBytes(getLong(address));
    }

    public static void putLong(long address, long value) {
        ALL.set(LONG, address, value);
    }

    public static int getInt(long address) {
        return ALL.get(INT, address);
    }

    public static void putInt(long address, int value) {
        ALL.set(INT, address, value);
    }

    /** The 16 bits at the address, zero-extended. */
    public static int getShort(long address) {
        return ALL.get(SHORT, address) & 0xFFFF;
    }

    public static void putShort(long address, int value) {
        ALL.set(SHORT, address, (short) value);
    }

    /** The byte at the address, zero-extended. */
    public static int getByte(long address) {
        return ALL.get(ValueLayout.JAVA_BYTE, address) & 0xFF;
    }

    public static void putByte(long address, int value) {
        ALL.set(ValueLayout.JAVA_BYTE, address, (byte) value);
    }

    public static int getShortBe(long address) {
        return Short.reverseBytes(ALL.get(SHORT, address)) & 0xFFFF;
    }

    public static void putShortBe(long address, int value) {
        ALL.set(SHORT, address, Short.reverseBytes((short) value));
    }

    public static int getIntBe(long address) {
        return Integer.reverseBytes(ALL.get(INT, address));
    }

    public static void putIntBe(long address, int value) {
        ALL.set(INT, address, Integer.reverseBytes(value));
    }

    public static int getIntAcquire(long address) {
        return (int) ORDERED_INT.getAcquire(ALL, address);
    }

    public static void setIntRelease(long address, int value) {
        ORDERED_INT.setRelease(ALL, address, value);
    }

    public static int getIntOpaque(long address) {
        return (int) ORDERED_INT.getOpaque(ALL, address);
    }

    public static void setIntOpaque(long address, int value) {
        ORDERED_INT.setOpaque(ALL, address, value);
    }

    public static boolean compareAndSetInt(long address, int expected, int value) {
        return ORDERED_INT.compareAndSet(ALL, address, expected, value);
    }

    public static int getAndAddInt(long address, int delta) {
        return (int) ORDERED_INT.getAndAdd(ALL, address, delta);
    }

    public static long getLongAcquire(long address) {
        return (long) ORDERED_LONG.getAcquire(ALL, address);
    }

    public static void setLongRelease(long address, long value) {
        ORDERED_LONG.setRelease(ALL, address, value);
    }

    public static long getLongOpaque(long address) {
        return (long) ORDERED_LONG.getOpaque(ALL, address);
    }

    public static void setLongOpaque(long address, long value) {
        ORDERED_LONG.setOpaque(ALL, address, value);
    }

    public static boolean compareAndSetLong(long address, long expected, long value) {
        return ORDERED_LONG.compareAndSet(ALL, address, expected, value);
    }

    public static long getAndAddLong(long address, long delta) {
        return (long) ORDERED_LONG.getAndAdd(ALL, address, delta);
    }

    public static long getAndBitwiseOrLong(long address, long bits) {
        return (long) ORDERED_LONG.getAndBitwiseOr(ALL, address, bits);
    }

    public static long getAndBitwiseAndLong(long address, long bits) {
        return (long) ORDERED_LONG.getAndBitwiseAnd(ALL, address, bits);
    }

    public static void copy(long from, long to, long lengthBytes) {
        MemorySegment.copy(ALL, from, ALL, to, lengthBytes);
    }

    public static void copy(byte[] from, long to) {
        MemorySegment.copy(from, 0, ALL, ValueLayout.JAVA_BYTE, to, from.length);
    }

    public static void copy(byte[] from, int offset, long to, int lengthBytes) {
        MemorySegment.copy(from, offset, ALL, ValueLayout.JAVA_BYTE, to, lengthBytes);
    }

    public static void copy(long from, byte[] to) {
        copy(from, to, 0, to.length);
    }

    public static void copy(long from, byte[] to, int offset, int lengthBytes) {
        MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, from, to, offset, lengthBytes);
    }

    public static void zero(long address, long lengthBytes) {
        ALL.asSlice(address, lengthBytes).fill((byte) 0);
    }
}
