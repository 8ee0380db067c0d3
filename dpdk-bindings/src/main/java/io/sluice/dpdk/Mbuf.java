package io.sluice.dpdk;

/**
 * DPDK's packet buffer: where its fields are, and what only native code does with it. An mbuf is an
 * address; fields are read at {@code mbuf + OFFSET}.
 *
 * <pre>
 *  mbuf                      BUF_ADDR                 + DATA_OFF                        + BUF_LEN
 *  +------------------------+--------------------------+-------------------+------------+
 *  | rte_mbuf, SIZE bytes   | headroom                 | DATA_LEN bytes    | tailroom   |
 *  +------------------------+--------------------------+-------------------+------------+
 *  frame longer than that: NEXT of the first is the second mbuf, and so on, NB_SEGS in all;
 *  PKT_LEN (of the first one only) is the sum of every segment's DATA_LEN
 * </pre>
 *
 * <p>Nothing here checks an address. Whoever holds an mbuf may call these from any thread.
 */
public final class Mbuf {
    /** Size of the structure itself. */
    public static final int SIZE = Shim.sizeOf("rte_mbuf");

    /** 8 bytes: where the buffer begins. */
    public static final int BUF_ADDR = Shim.offset("rte_mbuf.buf_addr", 8);

    /** 2 bytes: from the beginning of the buffer to the frame. */
    public static final int DATA_OFF = Shim.offset("rte_mbuf.data_off", 2);

    /** 2 bytes: owners of this mbuf. */
    public static final int REFCNT = Shim.offset("rte_mbuf.refcnt", 2);

    /** 2 bytes: mbufs the frame is spread over. */
    public static final int NB_SEGS = Shim.offset("rte_mbuf.nb_segs", 2);

    /** 2 bytes: id of the port it came in by. */
    public static final int PORT = Shim.offset("rte_mbuf.port", 2);

    /** 8 bytes: what the NIC found or shall do, RTE_MBUF_F_... */
    public static final int OL_FLAGS = Shim.offset("rte_mbuf.ol_flags", 8);

    /** 4 bytes: what the NIC took the frame for, 0 when it does not say. */
    public static final int PACKET_TYPE = Shim.offset("rte_mbuf.packet_type", 4);

    /** 4 bytes: length of the whole frame. */
    public static final int PKT_LEN = Shim.offset("rte_mbuf.pkt_len", 4);

    /** 2 bytes: length of this segment. */
    public static final int DATA_LEN = Shim.offset("rte_mbuf.data_len", 2);

    /** 2 bytes, host order: the VLAN tag, when {@link #RX_VLAN} is set. */
    public static final int VLAN_TCI = Shim.offset("rte_mbuf.vlan_tci", 2);

    /** 4 bytes: the NIC's hash, when {@link #RX_RSS_HASH} is set. */
    public static final int RSS_HASH = Shim.offset("rte_mbuf.hash.rss", 4);

    /** 2 bytes: length of the buffer. */
    public static final int BUF_LEN = Shim.offset("rte_mbuf.buf_len", 2);

    /** 8 bytes: the pool it goes back to. */
    public static final int POOL = Shim.offset("rte_mbuf.pool", 8);

    /** 8 bytes: the next segment, 0 on the last. */
    public static final int NEXT = Shim.offset("rte_mbuf.next", 8);

    /** Bytes before a frame that DPDK leaves free in a new mbuf. */
    public static final int HEADROOM = (int) Shim.value("RTE_PKTMBUF_HEADROOM");

    /** Flag in OL_FLAGS: VLAN_TCI is valid. */
    public static final long RX_VLAN = Shim.value("RTE_MBUF_F_RX_VLAN");

    /** Flag in OL_FLAGS: the tag is in VLAN_TCI only; the driver took it out of the frame. */
    public static final long RX_VLAN_STRIPPED = Shim.value("RTE_MBUF_F_RX_VLAN_STRIPPED");

    /** Flag in OL_FLAGS: on sending, the driver shall put VLAN_TCI into the frame. */
    public static final long TX_VLAN = Shim.value("RTE_MBUF_F_TX_VLAN");

    /** Flag in OL_FLAGS: RSS_HASH is valid. */
    public static final long RX_RSS_HASH = Shim.value("RTE_MBUF_F_RX_RSS_HASH");

    /** In OL_FLAGS: what the NIC found out about the IPv4 header's checksum, 0 when nothing. */
    public static final long RX_IP_CHECKSUM_MASK = Shim.value("RTE_MBUF_F_RX_IP_CKSUM_MASK");

    public static final long RX_IP_CHECKSUM_BAD = Shim.value("RTE_MBUF_F_RX_IP_CKSUM_BAD");

    /** In OL_FLAGS: what the NIC found out about TCP's or UDP's checksum, 0 when nothing. */
    public static final long RX_L4_CHECKSUM_MASK = Shim.value("RTE_MBUF_F_RX_L4_CKSUM_MASK");

    public static final long RX_L4_CHECKSUM_BAD = Shim.value("RTE_MBUF_F_RX_L4_CKSUM_BAD");

    /** Length argument of rte_pktmbuf_copy that means "to the end". */
    private static final int WHOLE = -1;

    private Mbuf() {}

    /** An empty mbuf, or 0 when the pool has none left. */
    public static long alloc(Mempool pool) {
        return PacketCalls.alloc(pool.handle());
    }

    /** Frees the mbuf and every segment behind it. */
    public static void free(long mbuf) {
        PacketCalls.free(mbuf);
    }

    /** Frees {@code count} frames whose addresses (8 bytes each) are at {@code listAddress}. */
    public static void freeBulk(long listAddress, int count) {
        PacketCalls.freeBulk(listAddress, count);
    }

    /** A deep copy of all segments into mbufs of {@code pool}, or 0 when it has too few. */
    public static long copy(long mbuf, Mempool pool) {
        return PacketCalls.copy(mbuf, pool.handle(), 0, WHOLE);
    }

    /** Lengthens the last segment; answers where the new bytes are, or 0 without the room. */
    public static long append(long mbuf, int bytes) {
        return PacketCalls.append(mbuf, bytes);
    }

    /** Lengthens the frame at its front; answers where it begins now, or 0 without the room. */
    public static long prepend(long mbuf, int bytes) {
        return PacketCalls.prepend(mbuf, bytes);
    }

    /** Cuts bytes off the end of the last segment; false if that one is shorter. */
    public static boolean trim(long mbuf, int bytes) {
        return PacketCalls.trim(mbuf, bytes) == 0;
    }

    /**
     * Cuts bytes off the front; answers where it begins now, or 0 if the first segment is short.
     */
    public static long adj(long mbuf, int bytes) {
        return PacketCalls.adj(mbuf, bytes);
    }

    /** Hangs {@code tail} behind the frame {@code head}; false if they had too many segments. */
    public static boolean chain(long head, long tail) {
        return PacketCalls.chain(head, tail) == 0;
    }

    /**
     * Moves a frame of several segments into its first mbuf. False, with the frame unchanged, when
     * the first mbuf has no room for it.
     */
    public static boolean linearize(long mbuf) {
        return PacketCalls.linearize(mbuf) == 0;
    }
}
