package io.sluice.control.text;

import io.sluice.packet.AddressText;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** ASCII text in a buffer that is used again and again: adding to it makes no garbage. */
public final class TextBytes {
    private static final long BILLION = 1_000_000_000L;
    private static final int BILLION_DIGITS = 9;
    private static final long LOW_32 = 0xFFFFFFFFL;

    /** Of 128 bits, and more than an address. */
    private static final int MAX_NUMBER_BYTES = 48;

    private byte[] bytes;
    private int length;

    // Numbers are made here from their last digit on.
    private final byte[] digits = new byte[MAX_NUMBER_BYTES];
    private long remainder;

    /**
     * @param capacity in bytes; it grows if it must
     */
    public TextBytes(int capacity) {
        bytes = new byte[Math.max(capacity, MAX_NUMBER_BYTES)];
    }

    public int length() {
        return length;
    }

    /** Where the text is, from index 0 on; another array when it has grown. */
    public byte[] bytes() {
        return bytes;
    }

    public void clear() {
        length = 0;
    }

    private void need(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
        }
    }

    public TextBytes put(char ascii) {
        need(1);
        bytes[length++] = (byte) ascii;
        return this;
    }

    // Takes the lower byte of each character, which is what is wanted: ASCII, and no garbage.
    @SuppressWarnings("deprecation")
    public TextBytes put(String ascii) {
        int more = ascii.length();
        need(more);
        ascii.getBytes(0, more, bytes, length);
        length += more;
        return this;
    }

    /** In decimal. */
    public TextBytes put(long number) {
        return number < 0 ? put('-').put(0, -number) : putDigits(decimal(number, digits.length));
    }

    /** The number of 128 bits in decimal, unsigned. */
    public TextBytes put(long high, long low) {
        long upper = high;
        long lower = low;
        int at = digits.length;
        while (upper != 0 || lower < 0) {
            long quotient = divide(upper, 0);
            lower = divide(lower, remainder);
            upper = quotient;
            for (int i = 0; i < BILLION_DIGITS; i++) {
                digits[--at] = (byte) ('0' + (remainder % 10));
                remainder /= 10;
            }
        }
        // Never 0 behind other digits: what was divided last is 2^63 at least.
        return putDigits(decimal(lower, at));
    }

    /**
     * Divides by a billion and leaves the remainder.
     *
     * @param carry what remained of the digits above, less than a billion
     */
    private long divide(long word, long carry) {
        long upper = (carry << Integer.SIZE) | (word >>> Integer.SIZE);
        long lower = ((upper % BILLION) << Integer.SIZE) | (word & LOW_32);
        remainder = lower % BILLION;
        return ((upper / BILLION) << Integer.SIZE) | (lower / BILLION);
    }

    /** Writes digits before this index, and returns where they begin. */
    private int decimal(long number, int end) {
        int at = end;
        long rest = number;
        do {
            digits[--at] = (byte) ('0' + (rest % 10));
            rest /= 10;
        } while (rest != 0);
        return at;
    }

    /** The number of 128 bits in lower-case hex digits, without zeros in front. */
    public TextBytes putHex(long high, long low) {
        int at = digits.length;
        long upper = high;
        long lower = low;
        do {
            digits[--at] = (byte) Character.forDigit((int) lower & 0xF, 16);
            lower = (lower >>> 4) | (upper << 60);
            upper >>>= 4;
        } while ((upper | lower) != 0);
        return putDigits(at);
    }

    private TextBytes putDigits(int from) {
        int more = digits.length - from;
        need(more);
        System.arraycopy(digits, from, bytes, length, more);
        length += more;
        return this;
    }

    /** An address as {@link AddressText} writes it; one of IPv4 in the lower 32 bits. */
    public TextBytes putAddress(boolean ipv6, long high, long low) {
        need(AddressText.MAX_BYTES);
        length =
                ipv6
                        ? AddressText.writeIpv6(high, low, bytes, length)
                        : AddressText.writeIpv4((int) low, bytes, length);
        return this;
    }

    @Override
    public String toString() {
        return new String(bytes, 0, length, StandardCharsets.US_ASCII);
    }
}
