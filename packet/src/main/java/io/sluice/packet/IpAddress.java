package io.sluice.packet;

/**
 * An address of IPv4 or IPv6, as numbers people write: network-order values. For text and dumps,
 * not for the packet path.
 *
 * @param high the upper 64 bits of an IPv6 address; 0 for IPv4
 * @param low the lower 64 bits of an IPv6 address; an IPv4 address in its lower 32 bits
 */
public record IpAddress(boolean ipv6, long high, long low) {
    public static IpAddress ofIpv4(int address) {
        return new IpAddress(false, 0, address & 0xFFFFFFFFL);
    }

    public static IpAddress ofIpv6(long high, long low) {
        return new IpAddress(true, high, low);
    }

    /**
     * Reads {@code a.b.c.d} or the forms of RFC 4291 section 2.2.
     *
     * @throws IllegalArgumentException when it is neither
     */
    public static IpAddress parse(String text) {
        if (text.indexOf(':') < 0) {
            return ofIpv4(AddressText.parseIpv4(text));
        }
        AddressText.Ipv6 parsed = AddressText.parseIpv6(text);
        return ofIpv6(parsed.high(), parsed.low());
    }

    /** As {@link #parse} reads it; IPv6 as RFC 5952 recommends. */
    @Override
    public String toString() {
        return ipv6 ? AddressText.formatIpv6(high, low) : AddressText.formatIpv4((int) low);
    }
}
