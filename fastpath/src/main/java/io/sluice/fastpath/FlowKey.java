package io.sluice.fastpath;

import io.sluice.packet.TupleKey;

/**
 * What the slow path does to the flow key of every packet, a word at a time. Where the fields lie
 * is said in {@link Field} alone; here their places are constants, which the compiler needs for
 * code without loads and branches. Stateless.
 */
final class FlowKey {
    private static final long LOW_48 = 0xFFFFFFFFFFFFL;
    private static final long LOW_32 = 0xFFFFFFFFL;

    private static final int INPUT = Field.IN_PORT.word();
    private static final int MARKS = Field.CT_MARK.word();

    /** Where ct_label lies, two words. */
    static final int LABEL = Field.CT_LABEL.word();

    private static final int ETH_DST = Field.ETH_DST.word();
    private static final int ETH_SRC = Field.ETH_SRC.word();
    private static final int FLAGS = Field.TCP_FLAGS.word();
    private static final int ADDRESSES = Field.NW_SRC.word();
    private static final int TRANSPORT = Field.TP_SRC.word();
    private static final int LABEL_IPV6 = Field.IPV6_LABEL.word();
    private static final int SOURCE_LINK = Field.ARP_SHA.word();
    private static final int TARGET_LINK = Field.ARP_THA.word();
    private static final int CT_ADDRESSES = Field.CT_NW_SRC.word();
    private static final int CT_PROTOCOL = Field.CT_NW_PROTO.word();

    /** Where IPv6 source and destination lie, two words each. */
    static final int WIDE = Field.IPV6_SRC.word();

    static final int WIDE_WORDS = 4;

    /** The same of the connection. */
    static final int CT_WIDE = Field.CT_IPV6_SRC.word();

    private static final int TARGET = Field.ND_TARGET.word();

    private static final int PROTOCOL_SHIFT = Field.NW_PROTO.shift();
    private static final int TOS_SHIFT = Field.NW_TOS.shift();
    private static final int TTL_SHIFT = Field.NW_TTL.shift();

    private FlowKey() {}

    static long ethDst(long[] key) {
        return key[ETH_DST] & LOW_48;
    }

    static long ethSrc(long[] key) {
        return key[ETH_SRC] & LOW_48;
    }

    /** Of a key with no Ethernet type yet. */
    static void setMacs(long[] key, long destination, long source) {
        key[ETH_DST] = destination;
        key[ETH_SRC] = source;
    }

    static void setEthType(long[] key, int type) {
        key[ETH_DST] = ((long) type << 48) | (key[ETH_DST] & LOW_48);
    }

    static void setTcpFlags(long[] key, int flags) {
        key[FLAGS] = (key[FLAGS] & ~0xFFFFL) | flags;
    }

    /** IPv4 source and destination as {@link TupleKey} has them. */
    static long addresses(long[] key) {
        // The word has them in the order of the frame.
        return Long.reverseBytes(key[ADDRESSES]);
    }

    static void setAddresses(long[] key, long addresses) {
        key[ADDRESSES] = Long.reverseBytes(addresses);
    }

    /** Sets protocol, TOS, TTL and fragment of a key without ports yet. */
    static void setNetwork(long[] key, int protocol, int tos, int ttl, int fragment) {
        key[TRANSPORT] =
                ((long) protocol << PROTOCOL_SHIFT)
                        | ((long) tos << TOS_SHIFT)
                        | ((long) ttl << TTL_SHIFT)
                        | fragment;
    }

    static int tos(long[] key) {
        return (int) (key[TRANSPORT] >>> TOS_SHIFT) & 0xFF;
    }

    static int ttl(long[] key) {
        return (int) (key[TRANSPORT] >>> TTL_SHIFT) & 0xFF;
    }

    /** {@code tp_src} in the upper and {@code tp_dst} in the lower 16 bits. */
    static int transport(long[] key) {
        return (int) (key[TRANSPORT] >>> 32);
    }

    static void setTransport(long[] key, int sourceAndDestination) {
        key[TRANSPORT] = ((long) sourceAndDestination << 32) | (key[TRANSPORT] & LOW_32);
    }

    static void setInPort(long[] key, int port) {
        key[INPUT] = ((long) port << 32) | (key[INPUT] & LOW_32);
    }

    /** Sets ct_state, ct_zone and ct_mark. */
    static void setConnection(long[] key, int state, int zone, int mark) {
        key[INPUT] = (key[INPUT] & ~LOW_32) | ((long) zone << 16) | (state & 0xFFFF);
        key[MARKS] = ((long) mark << 32) | (key[MARKS] & LOW_32);
    }

    /**
     * Sets the IPv4 tuple of the connection.
     *
     * @param addresses as {@link TupleKey} has them
     * @param transport ports or type and code, as {@link #transport}
     */
    static void setConnectionTuple(long[] key, long addresses, int transport, int protocol) {
        key[CT_ADDRESSES] = Long.reverseBytes(addresses);
        key[SOURCE_LINK] = withUpper16(key[SOURCE_LINK], transport >>> 16);
        key[TARGET_LINK] = withUpper16(key[TARGET_LINK], transport & 0xFFFF);
        key[CT_PROTOCOL] = protocol;
    }

    private static long withUpper16(long word, int upper) {
        return ((long) upper << 48) | (word & LOW_48);
    }

    static void clearConnectionTuple(long[] key) {
        key[SOURCE_LINK] &= LOW_48;
        key[TARGET_LINK] &= LOW_48;
        // Nothing else lies in the words between: addresses of IPv4 and IPv6.
        for (int word = CT_ADDRESSES; word <= CT_PROTOCOL; word++) {
            key[word] = 0;
        }
    }

    /** Copies all that {@code ct()} wrote. */
    static void copyConnection(long[] from, long[] to) {
        to[INPUT] = (to[INPUT] & ~LOW_32) | (from[INPUT] & LOW_32);
        to[MARKS] = (from[MARKS] & ~LOW_32) | (to[MARKS] & LOW_32);
        to[LABEL] = from[LABEL];
        to[LABEL + 1] = from[LABEL + 1];
        to[SOURCE_LINK] = (from[SOURCE_LINK] & ~LOW_48) | (to[SOURCE_LINK] & LOW_48);
        to[TARGET_LINK] = (from[TARGET_LINK] & ~LOW_48) | (to[TARGET_LINK] & LOW_48);
        System.arraycopy(from, CT_ADDRESSES, to, CT_ADDRESSES, CT_PROTOCOL + 1 - CT_ADDRESSES);
    }

    /** Clears all that {@code ct()} wrote. */
    static void clearConnection(long[] key) {
        setConnection(key, 0, 0, 0);
        key[LABEL] = 0;
        key[LABEL + 1] = 0;
        clearConnectionTuple(key);
    }

    /** Whether two keys have other IP addresses. */
    static boolean differInAddresses(long[] one, long[] other) {
        long differs = one[ADDRESSES] ^ other[ADDRESSES];
        for (int word = WIDE; word < WIDE + WIDE_WORDS; word++) {
            differs |= one[word] ^ other[word];
        }
        return differs != 0;
    }

    /** Whether two keys differ in what a cached way cannot change in a frame without tags. */
    static boolean differBeyondRewrite(long[] one, long[] other) {
        long differs = (one[TRANSPORT] ^ other[TRANSPORT]) >>> PROTOCOL_SHIFT & 0xFF;
        differs |= (one[LABEL_IPV6] ^ other[LABEL_IPV6]) >>> 32;
        differs |= (one[TARGET] ^ other[TARGET]) | (one[TARGET + 1] ^ other[TARGET + 1]);
        differs |= (one[SOURCE_LINK] ^ other[SOURCE_LINK]) & LOW_48;
        differs |= (one[TARGET_LINK] ^ other[TARGET_LINK]) & LOW_48;
        return differs != 0;
    }
}
