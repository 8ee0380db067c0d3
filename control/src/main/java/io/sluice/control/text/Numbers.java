package io.sluice.control.text;

import java.util.OptionalInt;

/** Whole numbers, decimal or hexadecimal with {@code 0x}. */
public final class Numbers {
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

    private static long unsigned(Span span, String expected) {
        String text = span.text();
        if (!isNumber(text)) {
            throw span.expected(expected);
        }
        boolean hex = text.length() > 2 && (text.charAt(1) == 'x' || text.charAt(1) == 'X');
        try {
            return hex
                    ? Long.parseUnsignedLong(text, 2, text.length(), 16)
                    : Long.parseUnsignedLong(text);
        } catch (NumberFormatException e) {
            throw span.expected(expected);
        }
    }
}
