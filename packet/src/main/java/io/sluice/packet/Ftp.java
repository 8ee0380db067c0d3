package io.sluice.packet;

/**
 * What the control connection of FTP says of data connections: the arguments of {@code PORT} and of
 * the answer 227 (RFC 959), of {@code EPRT} and of the answer 229 (RFC 2428). Nothing is allocated.
 */
public final class Ftp {
    /** The commands and answers that name an end of a data connection. */
    public static final int NOTHING = 0;

    /** {@code PORT 192,0,2,1,4,210}: the server is to connect to there. */
    public static final int PORT = 1;

    /** {@code EPRT |2|2001:db8::1|1234|}: the same, of IPv4 (1) or IPv6 (2). */
    public static final int EPRT = 2;

    /** {@code 227 Entering Passive Mode (192,0,2,1,4,210)}: the client is to connect to there. */
    public static final int PASSIVE = 3;

    /** {@code 229 ... (|||1234|)}: to that port of the address that the client knows already. */
    public static final int EXTENDED_PASSIVE = 4;

    /** No argument that names an end is as long. */
    public static final int MAX_ARGUMENT_BYTES = 64;

    private static final int NONE = -1;
    private static final int PARTS = 6;
    private static final int GROUPS = 8;
    private static final int MAX_PORT = 0xFFFF;

    private Ftp() {}

    /** Which command a line begins with; its first four bytes, upper case, the first highest. */
    public static int command(int word) {
        return switch (word) {
            case 0x504F5254 -> PORT;
            case 0x45505254 -> EPRT;
            default -> NOTHING;
        };
    }

    /** Which answer a line begins with; its first four bytes, the first highest. */
    public static int answer(int word) {
        return switch (word) {
            case 0x32323720 -> PASSIVE;
            case 0x32323920 -> EXTENDED_PASSIVE;
            default -> NOTHING;
        };
    }

    /** The end of a data connection that an argument names. Reused; used by one thread. */
    public static final class End {
        public boolean ipv6;

        /** Whether there is an address: not in the answer 229. */
        public boolean hasAddress;

        /** Network-order value, in the lower half of {@link #low}; or the halves of IPv6. */
        public long high;

        public long low;

        /** 1 to 65535. */
        public int port;

        private int at;

        /** Whether it names this address, or none. */
        public boolean isOf(boolean addressIsIpv6, long addressHigh, long addressLow) {
            return !hasAddress
                    || (ipv6 == addressIsIpv6 && high == addressHigh && low == addressLow);
        }
    }

    /**
     * Reads an argument, which begins where the numbers do.
     *
     * @param kind PORT and so on
     * @param text its first {@code length} bytes
     * @return whether it is well formed; else {@code into} is anything
     */
    public static boolean read(int kind, byte[] text, int length, End into) {
        int end = length;
        while (end > 0 && text[end - 1] == ' ') {
            end--;
        }
        into.at = 0;
        into.high = 0;
        into.low = 0;
        into.ipv6 = false;
        into.hasAddress = true;
        boolean whole =
                switch (kind) {
                    case PORT, PASSIVE -> readSixNumbers(text, end, into);
                    case EPRT -> readExtended(text, end, into);
                    case EXTENDED_PASSIVE -> readPortOnly(text, end, into);
                    default -> false;
                };
        return whole && into.at == end && into.port != 0;
    }

    private static boolean readSixNumbers(byte[] text, int end, End into) {
        long value = 0;
        for (int i = 0; i < PARTS; i++) {
            if (i > 0 && !take(text, end, into, ',')) {
                return false;
            }
            int number = number(text, end, into, 3, 0xFF);
            if (number == NONE) {
                return false;
            }
            value = value << 8 | number;
        }
        into.low = value >>> Short.SIZE;
        into.port = (int) value & MAX_PORT;
        return true;
    }

    private static boolean readExtended(byte[] text, int end, End into) {
        if (end < 3 || !isDelimiter(text[0]) || text[2] != text[0]) {
            return false;
        }
        into.ipv6 = text[1] == '2';
        if (!into.ipv6 && text[1] != '1') {
            return false;
        }
        into.at = 3;
        return (into.ipv6 ? readIpv6(text, end, into) : readIpv4(text, end, into))
                && take(text, end, into, text[0])
                && readPort(text, end, into, text[0]);
    }

    private static boolean readPortOnly(byte[] text, int end, End into) {
        if (end < 3 || !isDelimiter(text[0]) || text[1] != text[0] || text[2] != text[0]) {
            return false;
        }
        into.hasAddress = false;
        into.at = 3;
        return readPort(text, end, into, text[0]);
    }

    private static boolean readPort(byte[] text, int end, End into, int delimiter) {
        into.port = number(text, end, into, 5, MAX_PORT);
        return into.port != NONE && take(text, end, into, delimiter);
    }

    private static boolean isDelimiter(int character) {
        return character > ' ' && character < 0x7F && !isDigit(character);
    }

    public static boolean isDigit(int character) {
        return character >= '0' && character <= '9';
    }

    private static boolean take(byte[] text, int end, End into, int wanted) {
        if (into.at < end && text[into.at] == wanted) {
            into.at++;
            return true;
        }
        return false;
    }

    private static int number(byte[] text, int end, End into, int maxDigits, int max) {
        int first = into.at;
        int value = 0;
        while (into.at < end && into.at < first + maxDigits && isDigit(text[into.at])) {
            value = value * 10 + text[into.at++] - '0';
        }
        return into.at == first || value > max ? NONE : value;
    }

    private static boolean readIpv4(byte[] text, int end, End into) {
        for (int i = 0; i < Integer.BYTES; i++) {
            if (i > 0 && !take(text, end, into, '.')) {
                return false;
            }
            int number = number(text, end, into, 3, 0xFF);
            if (number == NONE) {
                return false;
            }
            into.low = into.low << 8 | number;
        }
        return true;
    }

    /** Groups of hex digits (RFC 4291 section 2.2), the last two of which may be a dotted quad. */
    private static boolean readIpv6(byte[] text, int end, End into) {
        int count = 0;
        int gap = NONE;
        if (take(text, end, into, ':')) {
            if (!take(text, end, into, ':')) {
                return false;
            }
            gap = 0;
        }
        boolean more = into.at < end && Character.digit(text[into.at], 16) >= 0;
        while (more) {
            if (count == GROUPS) {
                return false;
            }
            if (isQuad(text, end, into.at)) {
                long before = into.low;
                into.low = 0;
                if (count > GROUPS - 2 || !readIpv4(text, end, into)) {
                    return false;
                }
                long quad = into.low;
                into.low = before;
                append(into, (int) (quad >>> Short.SIZE));
                append(into, (int) quad & 0xFFFF);
                count += 2;
                break;
            }
            append(into, group(text, end, into));
            count++;
            more = take(text, end, into, ':');
            if (more && take(text, end, into, ':')) {
                if (gap != NONE) {
                    return false;
                }
                gap = count;
                more = into.at < end && Character.digit(text[into.at], 16) >= 0;
            } else if (more && (into.at == end || Character.digit(text[into.at], 16) < 0)) {
                return false;
            }
        }
        if (gap == NONE) {
            return count == GROUPS;
        }
        openGap(into, gap, count);
        return count < GROUPS;
    }

    private static boolean isQuad(byte[] text, int end, int at) {
        int next = at;
        while (next < end && next < at + 3 && isDigit(text[next])) {
            next++;
        }
        return next > at && next < end && text[next] == '.';
    }

    private static int group(byte[] text, int end, End into) {
        int value = 0;
        int last = Math.min(end, into.at + 4);
        while (into.at < last && Character.digit(text[into.at], 16) >= 0) {
            value = value << 4 | Character.digit(text[into.at++], 16);
        }
        return value;
    }

    private static void append(End into, int group) {
        into.high = into.high << Short.SIZE | into.low >>> 48;
        into.low = into.low << Short.SIZE | group;
    }

    /** What was read lies at the low end: the groups before the gap move to the high end. */
    private static void openGap(End into, int gap, int count) {
        long high = 0;
        long low = 0;
        for (int i = 0; i < count; i++) {
            int shift = (count - 1 - i) * Short.SIZE;
            long group = (shift < Long.SIZE ? into.low >>> shift : into.high >>> shift) & 0xFFFF;
            int place = i < gap ? i : GROUPS - count + i;
            int up = (GROUPS / 2 - 1 - (place & 3)) * Short.SIZE;
            if (place < GROUPS / 2) {
                high |= group << up;
            } else {
                low |= group << up;
            }
        }
        into.high = high;
        into.low = low;
    }

    /**
     * Writes an argument.
     *
     * @param to has room for {@link #MAX_ARGUMENT_BYTES}
     * @return its bytes
     */
    public static int write(int kind, End from, byte[] to) {
        int at = 0;
        switch (kind) {
            case PORT, PASSIVE -> {
                at = AddressText.writeIpv4((int) from.low, to, 0);
                for (int i = 0; i < at; i++) {
                    to[i] = to[i] == '.' ? (byte) ',' : to[i];
                }
                to[at++] = ',';
                at = writeNumber(from.port >>> 8, to, at);
                to[at++] = ',';
                return writeNumber(from.port & 0xFF, to, at);
            }
            case EPRT -> {
                to[at++] = '|';
                to[at++] = (byte) (from.ipv6 ? '2' : '1');
                to[at++] = '|';
                at =
                        from.ipv6
                                ? AddressText.writeIpv6(from.high, from.low, to, at)
                                : AddressText.writeIpv4((int) from.low, to, at);
                to[at++] = '|';
            }
            default -> {
                to[at++] = '|';
                to[at++] = '|';
                to[at++] = '|';
            }
        }
        at = writeNumber(from.port, to, at);
        to[at++] = '|';
        return at;
    }

    private static int writeNumber(int number, byte[] to, int at) {
        int end = at + 1;
        for (int rest = number / 10; rest > 0; rest /= 10) {
            end++;
        }
        int rest = number;
        for (int place = end - 1; place >= at; place--) {
            to[place] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return end;
    }
}
