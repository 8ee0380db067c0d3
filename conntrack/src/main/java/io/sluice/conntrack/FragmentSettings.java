package io.sluice.conntrack;

/**
 * What fragments may do, with the defaults of Open vSwitch.
 *
 * @param ipv4 whether they wait in {@code ct()} for their datagram; else they are {@code inv}
 * @param minIpv4 bytes of the IP packet that every fragment but the last must have
 * @param maxFragments that wait at a time, of both versions together
 * @param timeoutMs after a datagram's first fragment has come
 */
public record FragmentSettings(
        boolean ipv4, boolean ipv6, int minIpv4, int minIpv6, int maxFragments, int timeoutMs) {
    public static final FragmentSettings DEFAULT =
            new FragmentSettings(true, true, 1200, 1280, 1000, 15_000);

    /** The least that commands may ask for, as in Open vSwitch; 0 in the config. */
    public static final int LEAST_MIN = 400;

    public static final int MOST_FRAGMENTS = 5000;

    public FragmentSettings {
        if (maxFragments < 0 || maxFragments > MOST_FRAGMENTS) {
            throw new IllegalArgumentException(
                    maxFragments + " fragments, not within 0-" + MOST_FRAGMENTS);
        }
    }

    public boolean isEnabled(boolean version6) {
        return version6 ? ipv6 : ipv4;
    }

    public FragmentSettings withEnabled(boolean version6, boolean enabled) {
        return new FragmentSettings(
                version6 ? ipv4 : enabled,
                version6 ? enabled : ipv6,
                minIpv4,
                minIpv6,
                maxFragments,
                timeoutMs);
    }

    public int min(boolean version6) {
        return version6 ? minIpv6 : minIpv4;
    }

    public FragmentSettings withMin(boolean version6, int bytes) {
        return new FragmentSettings(
                ipv4,
                ipv6,
                version6 ? minIpv4 : bytes,
                version6 ? bytes : minIpv6,
                maxFragments,
                timeoutMs);
    }

    public FragmentSettings withMax(int fragments) {
        return new FragmentSettings(ipv4, ipv6, minIpv4, minIpv6, fragments, timeoutMs);
    }
}
