package io.sluice.fastpath;

/**
 * A field that a select group's hash is over.
 *
 * @param name in flow syntax; several names share a {@link Field}
 * @param maskHigh the bits that count, upper 64
 * @param maskLow the bits that count, lower 64
 * @param ethType packets of another have no such field; {@link #ANY}: all do
 * @param protocol packets of another IP protocol have no such field; {@link #ANY}: all do
 */
public record HashedField(
        String name, Field field, long maskHigh, long maskLow, int ethType, int protocol) {
    public static final int ANY = -1;

    boolean isOf(long[] key) {
        return (ethType == ANY || Field.ETH_TYPE.get(key) == ethType)
                && (protocol == ANY || Field.NW_PROTO.get(key) == protocol);
    }
}
