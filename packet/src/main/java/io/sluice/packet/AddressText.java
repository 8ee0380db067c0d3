package io.sluice.packet;

/** Addresses as people write them. Numbers are the network-order value as a host integer. */
public final class AddressText {
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
        return (address >>> 24)
                + "."
                + (address >>> 16 & 0xFF)
                + "."
                + (address >>> 8 & 0xFF)
                + "."
                + (address & 0xFF);
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
