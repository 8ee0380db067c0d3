package io.sluice.fastpath;

/**
 * The addresses that "time exceeded" comes from; without one, expired packets of that version are
 * only sent up.
 *
 * @param ipv4 0: none
 * @param ipv6High upper half of the address; with a lower half of 0 as well: none
 */
public record TimeExceededSource(int ipv4, long ipv6High, long ipv6Low) {
    public static final TimeExceededSource NONE = new TimeExceededSource(0, 0, 0);

    boolean hasIpv4() {
        return ipv4 != 0;
    }

    boolean hasIpv6() {
        return ipv6High != 0 || ipv6Low != 0;
    }
}
