package io.sluice.fastpath;

/**
 * A field that flows match on or set: where it lies in a flow key.
 *
 * <p>A flow key is {@link #WORDS} longs. Every field is a run of bits in one of them, as the number
 * that people write (network-order values as host integers); fields of 128 bits take two words, the
 * upper half first.
 *
 * <pre>
 *          63          48 47          32 31          16 15           0
 * word  0 | in_port                    | ct_zone      | ct_state     |
 * word  1 | ct_mark                    | pkt_mark                    |
 * word  2 | metadata                                                 |
 * word  3 | reg0                       | reg1          and so on up to
 * word 10 | reg14                      | reg15                       |
 * word 11 | ct_label, 2 words                                        |
 * word 13 | dl_type      | dl_dst                                    |
 * word 14 | vlan_tci     | dl_src                                    |
 * word 15 | vlan_tpid    | vlan_tci of  | vlan_tpid    | tcp_flags    |
 *         |              | inner tag    | of inner tag |              |
 * word 16 | nw_src (arp_spa)           | nw_dst (arp_tpa)            |
 * word 17 | tp_src       | tp_dst      | proto | tos  | ttl   | frag |
 * word 18 | ipv6_src, 2 words                                        |
 * word 20 | ipv6_dst, 2 words                                        |
 * word 22 | ipv6_label                 | conj_id                     |
 * word 23 | nd_target, 2 words                                       |
 * word 25 | ct_tp_src    | arp_sha (nd_sll)                          |
 * word 26 | ct_tp_dst    | arp_tha (nd_tll)                          |
 * word 27 | ct_nw_src                  | ct_nw_dst                   |
 * word 28 | ct_ipv6_src, 2 words                                     |
 * word 30 | ct_ipv6_dst, 2 words                                     |
 * word 32 | ct_nw_proto in the lowest 8 bits                         |
 * </pre>
 *
 * <p>{@code tp_src} and {@code tp_dst} hold the type and code of an ICMP or ICMPv6 message, {@code
 * nw_proto} the operation of an ARP packet. Bit 12 of a {@code vlan_tci} says that there is a tag.
 * {@code reg0} and {@code reg1} side by side are {@code xreg0}, {@code reg0} to {@code reg3} {@code
 * xxreg0}, and so on.
 */
public enum Field {
    IN_PORT("in_port", 0, 32, 32),
    CT_ZONE("ct_zone", 0, 16, 16),
    CT_STATE("ct_state", 0, 0, 16),
    CT_MARK("ct_mark", 1, 32, 32),
    PKT_MARK("pkt_mark", 1, 0, 32),
    METADATA("metadata", 2, 0, 64),
    REG0("reg0", 3, 32, 32),
    REG1("reg1", 3, 0, 32),
    REG2("reg2", 4, 32, 32),
    REG3("reg3", 4, 0, 32),
    REG4("reg4", 5, 32, 32),
    REG5("reg5", 5, 0, 32),
    REG6("reg6", 6, 32, 32),
    REG7("reg7", 6, 0, 32),
    REG8("reg8", 7, 32, 32),
    REG9("reg9", 7, 0, 32),
    REG10("reg10", 8, 32, 32),
    REG11("reg11", 8, 0, 32),
    REG12("reg12", 9, 32, 32),
    REG13("reg13", 9, 0, 32),
    REG14("reg14", 10, 32, 32),
    REG15("reg15", 10, 0, 32),
    XREG0("xreg0", 3, 0, 64),
    XREG1("xreg1", 4, 0, 64),
    XREG2("xreg2", 5, 0, 64),
    XREG3("xreg3", 6, 0, 64),
    XREG4("xreg4", 7, 0, 64),
    XREG5("xreg5", 8, 0, 64),
    XREG6("xreg6", 9, 0, 64),
    XREG7("xreg7", 10, 0, 64),
    XXREG0("xxreg0", 3, 0, 128),
    XXREG1("xxreg1", 5, 0, 128),
    XXREG2("xxreg2", 7, 0, 128),
    XXREG3("xxreg3", 9, 0, 128),
    CT_LABEL("ct_label", 11, 0, 128),
    ETH_TYPE("dl_type", 13, 48, 16),
    ETH_DST("dl_dst", 13, 0, 48),
    VLAN_TCI("vlan_tci", 14, 48, 16),
    ETH_SRC("dl_src", 14, 0, 48),
    VLAN_TPID("vlan_tpid", 15, 48, 16),
    INNER_VLAN_TCI("inner_vlan_tci", 15, 32, 16),
    INNER_VLAN_TPID("inner_vlan_tpid", 15, 16, 16),
    TCP_FLAGS("tcp_flags", 15, 0, 16),
    NW_SRC("nw_src", 16, 32, 32),
    NW_DST("nw_dst", 16, 0, 32),
    TP_SRC("tp_src", 17, 48, 16),
    TP_DST("tp_dst", 17, 32, 16),
    NW_PROTO("nw_proto", 17, 24, 8),
    NW_TOS("nw_tos", 17, 16, 8),
    NW_TTL("nw_ttl", 17, 8, 8),
    NW_FRAG("ip_frag", 17, 0, 8),
    IPV6_SRC("ipv6_src", 18, 0, 128),
    IPV6_DST("ipv6_dst", 20, 0, 128),
    IPV6_LABEL("ipv6_label", 22, 32, 32),
    CONJ_ID("conj_id", 22, 0, 32),
    ND_TARGET("nd_target", 23, 0, 128),
    CT_TP_SRC("ct_tp_src", 25, 48, 16),
    ARP_SHA("arp_sha", 25, 0, 48),
    CT_TP_DST("ct_tp_dst", 26, 48, 16),
    ARP_THA("arp_tha", 26, 0, 48),
    CT_NW_SRC("ct_nw_src", 27, 32, 32),
    CT_NW_DST("ct_nw_dst", 27, 0, 32),
    CT_IPV6_SRC("ct_ipv6_src", 28, 0, 128),
    CT_IPV6_DST("ct_ipv6_dst", 30, 0, 128),
    CT_NW_PROTO("ct_nw_proto", 32, 0, 8);

    /** Longs in a flow key. */
    public static final int WORDS = 33;

    /** In {@link #VLAN_TCI}: there is a tag. Open vSwitch puts it in place of the CFI bit. */
    public static final int VLAN_PRESENT = 0x1000;

    /** In {@link #NW_FRAG}: a fragment of any kind; a later fragment has both bits. */
    public static final int FRAG_ANY = 1;

    public static final int FRAG_LATER = 2;

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

    /** Whether the field has 128 bits. */
    public boolean isWide() {
        return bits > Long.SIZE;
    }

    /** All ones in the field's width, not shifted; of a wide field, in its lower 64 bits. */
    public long maxValue() {
        return isWide() ? -1L : -1L >>> (Long.SIZE - bits);
    }

    /** All ones in the upper 64 bits; 0 unless the field is wide. */
    public long maxHigh() {
        return isWide() ? -1L : 0;
    }

    /** The value, or the lower 64 bits of a wide field. */
    public long get(long[] key) {
        return isWide() ? key[word + 1] : (key[word] >>> shift) & maxValue();
    }

    /** The upper 64 bits of a wide field; 0 for others. */
    public long getHigh(long[] key) {
        return isWide() ? key[word] : 0;
    }

    /** Sets the value; a wide field's upper 64 bits become 0. */
    public void set(long[] key, long value) {
        set(key, 0, value);
    }

    /** Sets the value; {@code high} counts for wide fields only. */
    public void set(long[] key, long high, long low) {
        if (isWide()) {
            key[word] = high;
            key[word + 1] = low;
        } else {
            key[word] = (key[word] & ~(maxValue() << shift)) | ((low & maxValue()) << shift);
        }
    }

    /** Sets the bits of the mask only. */
    public void setMasked(long[] key, long high, long low, long maskHigh, long maskLow) {
        long newHigh = (getHigh(key) & ~maskHigh) | (high & maskHigh);
        long newLow = (get(key) & ~maskLow) | (low & maskLow);
        set(key, newHigh, newLow);
    }
}
