package io.sluice.fastpath;

/**
 * Some bits of a field, as {@code NXM_NX_REG0[4..11]} names them.
 *
 * @param offset of the lowest bit, from the field's lowest
 * @param bits how many; offset and bits together at most the field's width
 */
public record SubField(Field field, int offset, int bits) {
    public SubField {
        if (offset < 0 || bits < 1 || offset + bits > field.bits()) {
            throw new IllegalArgumentException(
                    "bits %d to %d are not within the %d bits of %s"
                            .formatted(offset, offset + bits - 1, field.bits(), field.text()));
        }
    }

    public static SubField whole(Field field) {
        return new SubField(field, 0, field.bits());
    }

    public boolean isWhole() {
        return bits == field.bits();
    }

    /** The lowest 64 of the bits, as a number. */
    public long get(long[] key) {
        return part(field.getHigh(key), field.get(key), offset) & ones(Math.min(bits, Long.SIZE));
    }

    /** What is above the lowest 64 of the bits; 0 when there are no more. */
    public long getHigh(long[] key) {
        return bits <= Long.SIZE
                ? 0
                : part(field.getHigh(key), field.get(key), offset + Long.SIZE)
                        & ones(bits - Long.SIZE);
    }

    /** Sets the bits to the lowest ones of a number of 128 bits. */
    public void set(long[] key, long high, long low) {
        field.setMasked(key, shiftedHigh(high, low), shiftedLow(low), maskHigh(), maskLow());
    }

    /** The bits' mask within the field, its upper 64 bits. */
    public long maskHigh() {
        return shiftedHigh(ones(bits - Long.SIZE), ones(bits));
    }

    /** The bits' mask within the field, its lower 64 bits. */
    public long maskLow() {
        return shiftedLow(ones(bits));
    }

    /** A number at the place of these bits in the field: its upper 64 bits. */
    public long shiftedHigh(long high, long low) {
        if (offset >= Long.SIZE) {
            return low << (offset - Long.SIZE);
        }
        return offset == 0 ? high : (high << offset) | (low >>> (Long.SIZE - offset));
    }

    /** A number at the place of these bits in the field: its lower 64 bits. */
    public long shiftedLow(long low) {
        return offset >= Long.SIZE ? 0 : low << offset;
    }

    private static long part(long high, long low, int from) {
        if (from >= 2 * Long.SIZE) {
            return 0;
        }
        if (from >= Long.SIZE) {
            return high >>> (from - Long.SIZE);
        }
        return from == 0 ? low : (low >>> from) | (high << (Long.SIZE - from));
    }

    private static long ones(int count) {
        if (count <= 0) {
            return 0;
        }
        return count >= Long.SIZE ? -1L : (1L << count) - 1;
    }
}
