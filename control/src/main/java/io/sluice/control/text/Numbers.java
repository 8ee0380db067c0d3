package io.sluice.control.text;

import java.math.BigInteger;
import java.util.OptionalInt;

/** Whole numbers, decimal or hexadecimal with {@code 0x}. */
public final class Numbers {
    /** More than 128 bits need, even with some zeros in front. */
    private static final int MAX_DIGITS = 64;

    private Numbers() {}

    public static boolean isNumber(String text) {
        return text.matches("[0-9]+|0[xX][0-9a-fA-F]+");
    }

    /**
     * Reads a number within bounds.
     *
     * @param what names the number in the error, with its article: "a table number"
     */
    public static int parse(Span text, int min, int max, String what) {
        return (int) parse(text, min, (long) max, what);
    }

    /** As {@link #parse(Span, int, int, String)}; values below 0 never pass. */
    public static long parse(Span text, long min, long max, String what) {
        String expected = "%s from %d to %d".formatted(what, min, max);
        long value = unsigned(text, expected);
        if (value < min || value > max) {
            throw text.expected(expected);
        }
        return value;
    }

    /** The number, if the text is one within the bounds. */
    public static OptionalInt find(String text, int min, int max) {
        if (!isNumber(text)) {
            return OptionalInt.empty();
        }
        try {
            return OptionalInt.of(parse(Span.of(text), min, max, "a number"));
        } catch (SyntaxException e) {
            return OptionalInt.empty();
        }
    }

    /** All 32 bits. */
    public static int parse32(Span text, String what) {
        return (int) parse(text, 0, 0xFFFFFFFFL, what);
    }

    /** All 64 bits. */
    public static long parse64(Span text, String what) {
        return unsigned(text, what);
    }

    /** A number of 128 bits, in halves. */
    public record Wide(long high, long low) {
        /** The lowest bits set; from 1 to 128. */
        public static Wide ones(int bits) {
            return bits <= Long.SIZE
                    ? new Wide(0, -1L >>> (Long.SIZE - bits))
                    : new Wide(-1L >>> (2 * Long.SIZE - bits), -1L);
        }

        /** As C's {@code %#x}: 0 has no {@code 0x}. */
        public String toHex() {
            if (high != 0) {
                return "0x" + Long.toHexString(high) + "%016x".formatted(low);
            }
            return low == 0 ? "0" : "0x" + Long.toHexString(low);
        }
    }

    /**
     * Reads a number that fits the lowest bits.
     *
     * @param bits from 1 to 128
     */
    public static Wide parseBits(Span span, int bits, String what) {
        String text = span.text();
        String expected = what + " of at most " + bits + (bits == 1 ? " bit" : " bits");
        if (text.length() > MAX_DIGITS || !isNumber(text)) {
            throw span.expected(expected);
        }
        BigInteger value =
                isHex(text) ? new BigInteger(text.substring(2), 16) : new BigInteger(text);
        if (value.bitLength() > bits) {
            throw span.expected(expected);
        }
        return new Wide(value.shiftRight(Long.SIZE).longValue(), value.longValue());
    }

    private static boolean isHex(String text) {
        return text.length() > 2 && (text.charAt(1) == 'x' || text.charAt(1) == 'X');
    }

    private static long unsigned(Span span, String expected) {
        String text = span.text();
        if (!isNumber(text)) {
            throw span.expected(expected);
        }
        try {
            return isHex(text)
                    ? Long.parseUnsignedLong(text, 2, text.length(), 16)
                    : Long.parseUnsignedLong(text);
        } catch (NumberFormatException e) {
            throw span.expected(expected);
        }
    }
}
