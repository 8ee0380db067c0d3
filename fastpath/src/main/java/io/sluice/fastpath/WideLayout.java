package io.sluice.fastpath;

/**
 * What an entry of the flow cache has besides its line when it is of IPv6: one cache line of a
 * third array, which no entry of IPv4 touches. Addresses are source and destination, in the byte
 * order of the frame.
 *
 * <pre>
 *  0  32  addresses            key: the entry itself has a hash of them
 * 32  32  addresses to write
 * </pre>
 */
final class WideLayout {
    static final int ADDRESSES_BYTES = 32;
    static final int ADDRESSES = 0;
    static final int NEW_ADDRESSES = ADDRESSES + ADDRESSES_BYTES;

    private WideLayout() {}
}
