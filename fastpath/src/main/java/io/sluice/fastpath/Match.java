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

    /** The field's value; bits that its mask leaves open are 0. */
    public long value(Field field) {
        return field.get(value);
    }

    /** The bits of the field that matter; 0 when the field is not matched. */
    public long mask(Field field) {
        return field.get(mask);
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
            if (mask(field) != 0) {
                text.append(text.isEmpty() ? "" : ",").append(field.text());
                text.append(String.format("=%#x/%#x", value(field), mask(field)));
            }
        }
        return text.toString();
    }

    /** Collects fields; not thread-safe. */
    public static final class Builder {
        private final long[] value = new long[Field.WORDS];
        private final long[] mask = new long[Field.WORDS];

        public Builder exact(Field field, long fieldValue) {
            return masked(field, fieldValue, field.maxValue());
        }

        /** A field given twice keeps the later value. */
        public Builder masked(Field field, long fieldValue, long fieldMask) {
            field.set(mask, fieldMask);
            field.set(value, fieldValue & fieldMask);
            return this;
        }

        public boolean has(Field field) {
            return field.get(mask) != 0;
        }

        public long value(Field field) {
            return field.get(value);
        }

        public Match build() {
            return new Match(value.clone(), mask.clone());
        }
    }
}
