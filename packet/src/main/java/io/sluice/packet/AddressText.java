package io.sluice.packet;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Addresses as people write them. Numbers are the network-order value as a host integer. */
public final class AddressText {
    /** Of an address at most: eight groups of four hex digits. */
    public static final int MAX_BYTES = 39;

    private static final int GROUPS = 8;
    private static final String IPV6 = "an IPv6 address (2001:db8::1)";

    private AddressText() {}

    /**
     * Reads a dotted quad.
     *
     * @throws IllegalArgumentException naming the text, when it is not four numbers from 0 to 255
     */
    public static int parseIpv4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 4) {
            throw new IllegalArgumentException("'" + text + "' is not an IPv4 address (a.b.c.d)");
        }
        int value = 0;
        for (String part : parts) {
            value = value << 8 | parseNumber(part, 10, 3, 255, text, "an IPv4 address (a.b.c.d)");
        }
        return value;
    }

    public static String formatIpv4(int address) {
        byte[] text = new byte[MAX_BYTES];
        return asText(text, writeIpv4(address, text, 0));
    }

    /**
     * Writes what {@link #formatIpv4} returns.
     *
     * @return the index behind it
     */
    public static int writeIpv4(int address, byte[] to, int at) {
        int end = writeOctet(address >>> 24, to, at);
        for (int shift = 16; shift >= 0; shift -= 8) {
            to[end++] = '.';
            end = writeOctet(address >>> shift & 0xFF, to, end);
        }
        return end;
    }

    private static int writeOctet(int octet, byte[] to, int at) {
        int end = at;
        if (octet >= 100) {
            to[end++] = (byte) ('0' + octet / 100);
        }
        if (octet >= 10) {
            to[end++] = (byte) ('0' + octet / 10 % 10);
        }
        to[end++] = (byte) ('0' + octet % 10);
        return end;
    }

    private static String asText(byte[] ascii, int length) {
        return new String(ascii, 0, length, StandardCharsets.US_ASCII);
    }

    /** An IPv6 address in halves; the first byte is the highest of {@code high}. */
    public record Ipv6(long high, long low) {}

    /**
     * Reads groups of hex digits with colons between them; {@code ::} stands for groups of 0 and
     * the last two groups may be a dotted quad. Names and zones ({@code %eth0}) are not addresses.
     *
     * @throws IllegalArgumentException naming the text
     */
    public static Ipv6 parseIpv6(String text) {
        int gap = text.indexOf("::");
        if (gap < 0) {
            int[] groups = parseGroups(text, text, GROUPS, true);
            if (groups.length != GROUPS) {
                throw notIpv6(text);
            }
            return ofGroups(groups);
        }
        // One group at least is left out, though "1:2:3:4:5:6:7::" leaves out no more.
        int[] before = parseGroups(text.substring(0, gap), text, GROUPS - 1, false);
        int[] after = parseGroups(text.substring(gap + 2), text, GROUPS - 1 - before.length, true);
        int[] groups = Arrays.copyOf(before, GROUPS);
        System.arraycopy(after, 0, groups, GROUPS - after.length, after.length);
        return ofGroups(groups);
    }

    /**
     * As RFC 5952 wants it, with the dotted quads that the C library writes: {@code ::1.2.3.4} and
     * {@code ::ffff:1.2.3.4}.
     */
    public static String formatIpv6(long high, long low) {
        byte[] text = new byte[MAX_BYTES];
        return asText(text, writeIpv6(high, low, text, 0));
    }

    /**
     * Writes what {@link #formatIpv6} returns.
     *
     * @return the index behind it
     */
    public static int writeIpv6(long high, long low, byte[] to, int at) {
        if (high == 0 && low >>> Integer.SIZE == 0 && low >>> Short.SIZE != 0) {
            return writeIpv4((int) low, to, write("::", to, at));
        }
        if (high == 0 && low >>> Integer.SIZE == 0xFFFF) {
            return writeIpv4((int) low, to, write("::ffff:", to, at));
        }
        int gap = 0;
        int length = 1;
        for (int i = 0; i < GROUPS; i++) {
            int zeros = zerosAt(high, low, i);
            if (zeros > length) {
                gap = i;
                length = zeros;
            }
        }
        if (length == 1) {
            return writeGroups(high, low, 0, GROUPS, to, at);
        }
        int end = write("::", to, writeGroups(high, low, 0, gap, to, at));
        return writeGroups(high, low, gap + length, GROUPS, to, end);
    }

    private static int group(long high, long low, int i) {
        return (int) ((i < GROUPS / 2 ? high : low) >>> (48 - 16 * (i & 3))) & 0xFFFF;
    }

    private static int zerosAt(long high, long low, int from) {
        int end = from;
        while (end < GROUPS && group(high, low, end) == 0) {
            end++;
        }
        return end - from;
    }

    private static int writeGroups(long high, long low, int from, int until, byte[] to, int at) {
        int end = at;
        for (int i = from; i < until; i++) {
            if (i > from) {
                to[end++] = ':';
            }
            int group = group(high, low, i);
            for (int shift = 12; shift >= 0; shift -= 4) {
                if (group >>> shift != 0 || shift == 0) {
                    to[end++] = (byte) Character.forDigit(group >>> shift & 0xF, 16);
                }
            }
        }
        return end;
    }

    private static int write(String ascii, byte[] to, int at) {
        for (int i = 0; i < ascii.length(); i++) {
            to[at + i] = (byte) ascii.charAt(i);
        }
        return at + ascii.length();
    }

    /** Groups on one side of the gap; a dotted quad, which may only be last, is two. */
    private static int[] parseGroups(String part, String whole, int max, boolean isLast) {
        if (part.isEmpty()) {
            return new int[0];
        }
        String[] texts = part.split(":", -1);
        boolean quad = isLast && texts[texts.length - 1].indexOf('.') >= 0;
        int[] groups = new int[texts.length + (quad ? 1 : 0)];
        if (groups.length > max) {
            throw notIpv6(whole);
        }
        for (int i = 0; i < texts.length - (quad ? 1 : 0); i++) {
            groups[i] = parseNumber(texts[i], 16, 4, 0xFFFF, whole, IPV6);
        }
        if (quad) {
            int address = parseIpv4(texts[texts.length - 1]);
            groups[groups.length - 2] = address >>> 16;
            groups[groups.length - 1] = address & 0xFFFF;
        }
        return groups;
    }

    private static Ipv6 ofGroups(int[] groups) {
        long high = 0;
        long low = 0;
        for (int i = 0; i < GROUPS / 2; i++) {
            high = high << 16 | groups[i];
            low = low << 16 | groups[i + GROUPS / 2];
        }
        return new Ipv6(high, low);
    }

    private static IllegalArgumentException notIpv6(String text) {
        return new IllegalArgumentException("'" + text + "' is not " + IPV6);
    }

    /**
     * Reads six bytes in hex with colons between them; the first byte is the highest of the 48
     * bits.
     *
     * @throws IllegalArgumentException naming the text
     */
    public static long parseMac(String text) {
        String[] parts = text.split(":", -1);
        if (parts.length != 6) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not an Ethernet address (xx:xx:xx:xx:xx:xx)");
        }
        long value = 0;
        for (String part : parts) {
            value =
                    value << 8
                            | parseNumber(
                                    part,
                                    16,
                                    2,
                                    255,
                                    text,
                                    "an Ethernet address (xx:xx:xx:xx:xx:xx)");
        }
        return value;
    }

    public static String formatMac(long mac) {
        StringBuilder text = new StringBuilder(17);
        for (int shift = 40; shift >= 0; shift -= 8) {
            int octet = (int) (mac >>> shift) & 0xFF;
            text.append(Character.forDigit(octet >> 4, 16));
            text.append(Character.forDigit(octet & 0xF, 16));
            if (shift > 0) {
                text.append(':');
            }
        }
        return text.toString();
    }

    private static int parseNumber(
            String part, int radix, int maxDigits, int max, String whole, String expected) {
        boolean digits = !part.isEmpty() && part.length() <= maxDigits;
        int value = 0;
        for (int i = 0; digits && i < part.length(); i++) {
            int digit = Character.digit(part.charAt(i), radix);
            digits = digit >= 0;
            value = value * radix + digit;
        }
        if (!digits || value > max) {
            throw new IllegalArgumentException("'" + whole + "' is not " + expected);
        }
        return value;
    }
}
