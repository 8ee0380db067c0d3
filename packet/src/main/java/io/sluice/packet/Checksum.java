package io.sluice.packet;

/**
 * The Internet checksum (RFC 1071) and its change by differences (RFC 1624, equation 3).
 *
 * <p>Sums are over 16-bit words in the host's order, as loaded: the sum of swapped words is the
 * swapped sum (RFC 1071 section 2 B), so nothing needs swapping as long as the result is stored the
 * way it was loaded.
 */
public final class Checksum {
    private Checksum() {}

    /** The ones' complement sum of the bytes, folded to 16 bits; an odd last byte counts as low. */
    public static int sum(long address, int lengthBytes) {
        long sum = 0;
        int at = 0;
        for (; at + 4 <= lengthBytes; at += 4) {
            sum += Memory.getInt(address + at) & 0xFFFFFFFFL;
        }
        if (at + 2 <= lengthBytes) {
            sum += Memory.getShort(address + at);
            at += 2;
        }
        if (at < lengthBytes) {
            sum += Memory.getByte(address + at);
        }
        return fold(sum);
    }

    /** Adds the carries back until 16 bits are left; the value must not be negative. */
    public static int fold(long sum) {
        long folded = (sum & 0xFFFFFFFFL) + (sum >>> 32);
        folded = (folded & 0xFFFF) + (folded >>> 16);
        folded = (folded & 0xFFFF) + (folded >>> 16);
        folded = (folded & 0xFFFF) + (folded >>> 16);
        return (int) folded;
    }

    /**
     * What a change from one word of 64 bits to another adds to the complement of a checksum: 0 to
     * 0xFFFE, and 0 when the sums are equal, so that adding it leaves such a checksum as it was.
     */
    public static int delta(long from, long to) {
        if (from == to) {
            return 0;
        }
        return addDeltas(0xFFFF - foldWords(from), foldWords(to));
    }

    private static int foldWords(long words) {
        return fold((words & 0xFFFFFFFFL) + (words >>> 32));
    }

    /** The delta of both changes together. */
    public static int addDeltas(int one, int other) {
        int sum = fold((long) one + other);
        return sum == 0xFFFF ? 0 : sum;
    }

    /** The checksum, as loaded, after a change with this delta. */
    public static int apply(int checksum, int delta) {
        int sum = (~checksum & 0xFFFF) + delta;
        sum = (sum & 0xFFFF) + (sum >>> 16);
        return ~sum & 0xFFFF;
    }

    /** As {@link #apply}, for UDP: 0 means "none" and stays, and is never the result (RFC 768). */
    public static int applyUdp(int checksum, int delta) {
        if (checksum == 0) {
            return 0;
        }
        int changed = apply(checksum, delta);
        return changed == 0 ? 0xFFFF : changed;
    }

    /** The sum of the pseudo header of TCP and UDP over IPv4 (RFC 9293 section 3.1). */
    public static int pseudoHeaderSum(long ipv4Header, int protocol, int l4LengthBytes) {
        long sum = Memory.getInt(ipv4Header + Ipv4.SRC) & 0xFFFFFFFFL;
        sum += Memory.getInt(ipv4Header + Ipv4.DST) & 0xFFFFFFFFL;
        sum += Integer.toUnsignedLong(Short.reverseBytes((short) protocol) & 0xFFFF);
        sum += Short.reverseBytes((short) l4LengthBytes) & 0xFFFF;
        return fold(sum);
    }

    /** The same of IPv6 (RFC 8200 section 8.1), with no routing header. */
    public static int pseudoHeaderSumIpv6(long ipv6Header, int protocol, int l4LengthBytes) {
        long sum = sum(ipv6Header + Ipv6.SRC, Ipv6.HEADER_LENGTH - Ipv6.SRC);
        sum += Short.reverseBytes((short) protocol) & 0xFFFF;
        sum += Short.reverseBytes((short) l4LengthBytes) & 0xFFFF;
        return fold(sum);
    }
}
