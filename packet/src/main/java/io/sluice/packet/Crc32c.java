package io.sluice.packet;

/**
 * How a CRC32c changes with what it is over.
 *
 * <p>A CRC is the remainder of a division of polynomials over GF(2), where sums are exclusive ors.
 * So the remainders of two messages of the same length differ by the remainder of their difference,
 * and zeros behind a difference multiply its remainder by a power of x: neither needs the message.
 */
public final class Crc32c {
    // The divisor, x^0 in the highest bit, as CRC32c writes polynomials; x^32 is left out.
    private static final int DIVISOR = 0x82F63B78;

    /** x^(8 * 2^i): what 2^i bytes multiply by. */
    private static final int[] POWERS = powers();

    /** What a byte becomes that so many bytes of the message follow, up to seven. */
    private static final int[][] BYTES = bytes();

    private Crc32c() {}

    private static int[][] bytes() {
        int[][] bytes = new int[Long.BYTES][1 << Byte.SIZE];
        for (int i = 0; i < bytes[0].length; i++) {
            int remainder = i;
            for (int bit = 0; bit < Byte.SIZE; bit++) {
                remainder = (remainder >>> 1) ^ (DIVISOR & -(remainder & 1));
            }
            bytes[0][i] = remainder;
        }
        for (int behind = 1; behind < bytes.length; behind++) {
            for (int i = 0; i < bytes[behind].length; i++) {
                int before = bytes[behind - 1][i];
                bytes[behind][i] = (before >>> Byte.SIZE) ^ bytes[0][before & 0xFF];
            }
        }
        return bytes;
    }

    /**
     * The remainder of a message with more bytes.
     *
     * @param remainder of what is before them; -1 where the message begins. The checksum is the
     *     complement of that of the whole message (RFC 9260 appendix A), in host order
     */
    public static int add(int remainder, long address, int lengthBytes) {
        int next = remainder;
        int at = 0;
        // Eight bytes at a time, each by a table of its own (Kounavis and Berry, 2005).
        for (; at + Long.BYTES <= lengthBytes; at += Long.BYTES) {
            long word = Memory.getLong(address + at) ^ (next & 0xFFFFFFFFL);
            next = 0;
            for (int i = 0; i < Long.BYTES; i++) {
                next ^= BYTES[Long.BYTES - 1 - i][(int) (word >>> (i * Byte.SIZE)) & 0xFF];
            }
        }
        for (; at < lengthBytes; at++) {
            next = (next >>> Byte.SIZE) ^ BYTES[0][(next ^ Memory.getByte(address + at)) & 0xFF];
        }
        return next;
    }

    private static int[] powers() {
        int[] powers = new int[Integer.SIZE];
        powers[0] = 1 << (Integer.SIZE - 1 - Byte.SIZE);
        for (int i = 1; i < powers.length; i++) {
            powers[i] = multiply(powers[i - 1], powers[i - 1]);
        }
        return powers;
    }

    /**
     * What to combine with a checksum, by exclusive or, after a change of 4 bytes.
     *
     * @param difference exclusive or of the 4 bytes before and after, as loaded
     * @param lengthBytes from the first of them to the end of the message
     */
    public static int delta(int difference, int lengthBytes) {
        int product = difference;
        for (int i = 0; lengthBytes >>> i != 0; i++) {
            if ((lengthBytes >>> i & 1) != 0) {
                product = multiply(product, POWERS[i]);
            }
        }
        return product;
    }

    private static int multiply(int a, int b) {
        int product = 0;
        int shifted = b;
        for (int bits = a; bits != 0; bits <<= 1) {
            if (bits < 0) {
                product ^= shifted;
            }
            shifted = (shifted >>> 1) ^ (DIVISOR & -(shifted & 1));
        }
        return product;
    }
}
