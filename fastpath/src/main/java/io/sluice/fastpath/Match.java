package io.sluice.fastpath;

import java.util.Arrays;

/** Which packets a flow is for: values and masks of a flow key's words. Immutable. */
public final class Match {
    // One bit for each word of the key that matters; in their order, what they must be and where.
    private final long words;
    private final long[] values;
    private final long[] masks;
    private final int hash;

    private Match(long words, long[] values, long[] masks) {
        this.words = words;
        this.values = values;
        this.masks = masks;
        hash = hash(words, values, masks);
    }

    /** Thoroughly mixed: matches of one table differ in few bits, and often in step. */
    private static int hash(long words, long[] values, long[] masks) {
        long hash = words;
        for (int i = 0; i < values.length; i++) {
            hash = (hash ^ values[i]) * 0x9E3779B97F4A7C15L;
            hash = ((hash ^ (hash >>> 32)) + masks[i]) * 0x9E3779B97F4A7C15L;
            hash ^= hash >>> 29;
        }
        return (int) hash;
    }

    public static Builder builder() {
        return new Builder();
    }

    /** The match of all zeros with these masks: equal for all matches that look at the same. */
    Match pattern() {
        return new Match(words, new long[values.length], masks);
    }

    /** How many words of the key matter. */
    int wordCount() {
        return values.length;
    }

    /** A bit for each word of the key that matters. */
    long words() {
        return words;
    }

    /** The value of the word that matters with this number among them. */
    long valueAt(int index) {
        return values[index];
    }

    /** The mask of the word that matters with this number among them. */
    long maskAt(int index) {
        return masks[index];
    }

    void addMasksTo(long[] union) {
        long left = words;
        for (long mask : masks) {
            union[Long.numberOfTrailingZeros(left)] |= mask;
            left &= left - 1;
        }
    }

    private long value(int word) {
        return (words >>> word & 1) == 0 ? 0 : values[index(word)];
    }

    private long mask(int word) {
        return (words >>> word & 1) == 0 ? 0 : masks[index(word)];
    }

    private int index(int word) {
        return Long.bitCount(words & ((1L << word) - 1));
    }

    /** The field's value, of a wide one the lower half; bits that its mask leaves open are 0. */
    public long value(Field field) {
        return field.isWide()
                ? value(field.word() + 1)
                : (value(field.word()) >>> field.shift()) & field.maxValue();
    }

    /** The upper half of a wide field's value. */
    public long valueHigh(Field field) {
        return field.isWide() ? value(field.word()) : 0;
    }

    /** The bits of the field that matter, of a wide one in the lower half. */
    public long mask(Field field) {
        return field.isWide()
                ? mask(field.word() + 1)
                : (mask(field.word()) >>> field.shift()) & field.maxValue();
    }

    /** The bits that matter in the upper half of a wide field. */
    public long maskHigh(Field field) {
        return field.isWide() ? mask(field.word()) : 0;
    }

    /** Whether any bit of the field matters. */
    public boolean has(Field field) {
        return mask(field) != 0 || maskHigh(field) != 0;
    }

    /** Whether all bits of the field matter. */
    public boolean hasExactly(Field field) {
        return mask(field) == field.maxValue() && maskHigh(field) == field.maxHigh();
    }

    public boolean matches(long[] key) {
        long left = words;
        for (int i = 0; i < values.length; i++) {
            if ((key[Long.numberOfTrailingZeros(left)] & masks[i]) != values[i]) {
                return false;
            }
            left &= left - 1;
        }
        return true;
    }

    /**
     * Whether every packet that this match takes is taken by the other as well: the test of {@code
     * flow/del} and {@code flow/mod} without {@code --strict}.
     */
    public boolean isWithin(Match other) {
        long left = other.words;
        for (int i = 0; i < other.values.length; i++) {
            int word = Long.numberOfTrailingZeros(left);
            boolean narrower = (other.masks[i] & ~mask(word)) == 0;
            if (!narrower || (value(word) & other.masks[i]) != other.values[i]) {
                return false;
            }
            left &= left - 1;
        }
        return true;
    }

    /** Whether no packet can be taken by both because they want other values of the same bits. */
    public boolean contradicts(Match other) {
        for (long left = words & other.words; left != 0; left &= left - 1) {
            int word = Long.numberOfTrailingZeros(left);
            long both = mask(word) & other.mask(word);
            if (((value(word) ^ other.value(word)) & both) != 0) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Match match
                && hash == match.hash
                && words == match.words
                && Arrays.equals(values, match.values)
                && Arrays.equals(masks, match.masks);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Field field : Field.values()) {
            if (has(field)) {
                text.append(text.isEmpty() ? "" : ",").append(field.text());
                text.append(
                        String.format(
                                "=%#x:%#x/%#x:%#x",
                                valueHigh(field), value(field), maskHigh(field), mask(field)));
            }
        }
        return text.toString();
    }

    /** Collects fields; not thread-safe. */
    public static final class Builder {
        private final long[] value = new long[Field.WORDS];
        private final long[] mask = new long[Field.WORDS];

        public Builder exact(Field field, long fieldValue) {
            return masked(field, 0, fieldValue, field.maxHigh(), field.maxValue());
        }

        /** A field given twice keeps the later value. */
        public Builder masked(Field field, long fieldValue, long fieldMask) {
            return masked(field, 0, fieldValue, 0, fieldMask);
        }

        /** Value and mask in halves of 64 bits, the upper first. */
        public Builder masked(Field field, long high, long low, long maskHigh, long maskLow) {
            field.set(mask, maskHigh, maskLow);
            field.set(value, high & maskHigh, low & maskLow);
            return this;
        }

        /** Adds bits of a field to those that matter already. */
        public Builder and(Field field, long high, long low, long maskHigh, long maskLow) {
            field.setMasked(mask, maskHigh, maskLow, maskHigh, maskLow);
            field.setMasked(value, high, low, maskHigh, maskLow);
            return this;
        }

        public boolean has(Field field) {
            return field.get(mask) != 0 || field.getHigh(mask) != 0;
        }

        public long value(Field field) {
            return field.get(value);
        }

        public Match build() {
            long words = 0;
            for (int word = 0; word < Field.WORDS; word++) {
                words |= mask[word] == 0 ? 0 : 1L << word;
            }
            return new Match(words, chosen(value, words), chosen(mask, words));
        }

        private static long[] chosen(long[] from, long words) {
            long[] chosen = new long[Long.bitCount(words)];
            long left = words;
            for (int i = 0; i < chosen.length; i++) {
                chosen[i] = from[Long.numberOfTrailingZeros(left)];
                left &= left - 1;
            }
            return chosen;
        }
    }
}
