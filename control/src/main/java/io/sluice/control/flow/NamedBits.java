package io.sluice.control.flow;

import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.fastpath.SubField;

/**
 * {@code NAME[]}, {@code NAME[3]} or {@code NAME[0..15]}.
 *
 * @param named the field that the name stands for
 */
record NamedBits(NamedField named, SubField bits) {
    private static final String EXPECTED =
            "bits of a field: NAME[], NAME[BIT] or NAME[FIRST..LAST]";

    /**
     * Reads a field's name with brackets behind it.
     *
     * @throws io.sluice.control.text.SyntaxException for an unknown name, no brackets, or bits that
     *     the field does not have
     */
    static NamedBits read(Span text) {
        int bracket = text.indexOf("[");
        if (bracket < 0) {
            throw text.expected(EXPECTED);
        }
        NamedField named = FieldNames.read(text.part(0, bracket));
        if (text.charAt(text.length() - 1) != ']') {
            throw text.expected(EXPECTED);
        }
        return new NamedBits(named, readBits(named, text.part(bracket + 1, text.length() - 1)));
    }

    /** As {@link #read}; a name without brackets means the whole field. */
    static NamedBits readOrWhole(Span text) {
        if (text.indexOf("[") >= 0) {
            return read(text);
        }
        NamedField named = FieldNames.read(text);
        return new NamedBits(named, named.bits());
    }

    private static SubField readBits(NamedField named, Span text) {
        if (text.isEmpty()) {
            return named.bits();
        }
        int dots = text.indexOf("..");
        if (dots < 0) {
            int bit = readBit(named, text);
            return named.part(bit, bit);
        }
        int first = readBit(named, text.part(0, dots));
        int last = readBit(named, text.from(dots + 2));
        if (last < first) {
            throw text.error(
                    "no bits from %d to %d: the first must not be above the last"
                            .formatted(first, last));
        }
        return named.part(first, last);
    }

    private static int readBit(NamedField named, Span text) {
        return Numbers.parse(text, 0, named.bits().bits() - 1, "a bit of " + named.name());
    }
}
