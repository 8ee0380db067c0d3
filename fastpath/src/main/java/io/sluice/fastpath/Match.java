package io.sluice.fastpath;

import java.util.Arrays;

/** Which packets a flow is for: a value and a mask for every word of the flow key. Immutable. */
public final class Match {
    private final long[] value;
    private final long[] mask;

    private Match(long[] value, long[] mask) {
        this.value = value;
        this.mask = mask;
    }

    public static Builder builder() {
        return new Builder();
    }

    long value(int word) {
        return value[word];
    }

    long mask(int word) {
        return mask[word];
    }

    /** The field's value, of a wide one the lower half; bits that its mask leaves open are 0. */
    public long value(Field field) {
        return field.get(value);
    }

    /** The upper half of a wide field's value. */
    public long valueHigh(Field field) {
        return field.getHigh(value);
    }

    /** The bits of the field that matter, of a wide one in the lower half. */
    public long mask(Field field) {
        return field.get(mask);
    }

    /** The bits that matter in the upper half of a wide field. */
    public long maskHigh(Field field) {
        return field.getHigh(mask);
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
        for (int word = 0; word < Field.WORDS; word++) {
            if ((key[word] & mask[word]) != value[word]) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether every packet that this match takes is taken by the other as well: the test of {@code
     * flow/del} and {@code flow/mod} without {@code --strict}.
     */
    public boolean isWithin(Match other) {
        for (int word = 0; word < Field.WORDS; word++) {
            boolean narrower = (other.mask[word] & ~mask[word]) == 0;
            if (!narrower || (value[word] & other.mask[word]) != other.value[word]) {
                return false;
            }
        }
        return true;
    }

    /** Whether no packet can be taken by both because they want other values of the same bits. */
    public boolean contradicts(Match other) {
        for (int word = 0; word < Field.WORDS; word++) {
            if (((value[word] ^ other.value[word]) & mask[word] & other.mask[word]) != 0) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Match match
                && Arrays.equals(value, match.value)
                && Arrays.equals(mask, match.mask);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(value) + Arrays.hashCode(mask);
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
            return new Match(value.clone(), mask.clone());
        }
    }
}
