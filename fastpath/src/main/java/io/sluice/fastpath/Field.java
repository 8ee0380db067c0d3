package io.sluice.fastpath;

/**
 * A field that flows match on: where it lies in a flow key.
 *
 * <p>A flow key is {@link #WORDS} longs. Every field is a run of bits in one of them, as the number
 * that people write (network-order values as host integers).
 *
 * <pre>
 *        63          48 47          32 31          16 15           0
 * word 0 | in_port                    | ct_zone      | ct_state     |
 * word 1 | ct_mark                    | 0                           |
 * word 2 | dl_type      | dl_dst                                    |
 * word 3 | vlan_tci     | dl_src                                    |
 * word 4 | nw_src (arp_spa)           | nw_dst (arp_tpa)            |
 * word 5 | tp_src       | tp_dst      | proto | tos  | ttl   | frag |
 * </pre>
 *
 * <p>{@code tp_src} and {@code tp_dst} hold the type and code of an ICMP message, {@code nw_proto}
 * the operation of an ARP packet.
 */
public enum Field {
    IN_PORT("in_port", 0, 32, 32),
    CT_ZONE("ct_zone", 0, 16, 16),
    CT_STATE("ct_state", 0, 0, 16),
    CT_MARK("ct_mark", 1, 32, 32),
    ETH_TYPE("dl_type", 2, 48, 16),
    ETH_DST("dl_dst", 2, 0, 48),
    VLAN_TCI("vlan_tci", 3, 48, 16),
    ETH_SRC("dl_src", 3, 0, 48),
    NW_SRC("nw_src", 4, 32, 32),
    NW_DST("nw_dst", 4, 0, 32),
    TP_SRC("tp_src", 5, 48, 16),
    TP_DST("tp_dst", 5, 32, 16),
    NW_PROTO("nw_proto", 5, 24, 8),
    NW_TOS("nw_tos", 5, 16, 8),
    NW_TTL("nw_ttl", 5, 8, 8),
    NW_FRAG("ip_frag", 5, 0, 8);

    /** Longs in a flow key. */
    public static final int WORDS = 6;

    private final String text;
    private final int word;
    private final int shift;
    private final int bits;

    Field(String text, int word, int shift, int bits) {
        this.text = text;
        this.word = word;
        this.shift = shift;
        this.bits = bits;
    }

    /** The name in flow syntax. */
    public String text() {
        return text;
    }

    public int word() {
        return word;
    }

    public int shift() {
        return shift;
    }

    public int bits() {
        return bits;
    }

    /** All ones in the field's width, not shifted. */
    public long maxValue() {
        return -1L >>> (64 - bits);
    }

    public long get(long[] key) {
        return (key[word] >>> shift) & maxValue();
    }

    public void set(long[] key, long value) {
        key[word] = (key[word] & ~(maxValue() << shift)) | ((value & maxValue()) << shift);
    }
}
