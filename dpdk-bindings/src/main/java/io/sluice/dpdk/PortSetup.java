package io.sluice.dpdk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Turns what a port shall be into DPDK's rte_eth_conf and queues. Used once per configuration. */
final class PortSetup {
    private static final NativeCall CONFIGURE =
            new NativeCall(
                    "rte_eth_dev_configure",
                    NativeCall.INT,
                    NativeCall.SHORT,
                    NativeCall.SHORT,
                    NativeCall.SHORT,
                    NativeCall.POINTER);
    private static final NativeCall SET_MTU =
            new NativeCall(
                    "rte_eth_dev_set_mtu", NativeCall.INT, NativeCall.SHORT, NativeCall.SHORT);
    private static final NativeCall ADJUST_DESCRIPTORS =
            new NativeCall(
                    "rte_eth_dev_adjust_nb_rx_tx_desc",
                    NativeCall.INT,
                    NativeCall.SHORT,
                    NativeCall.POINTER,
                    NativeCall.POINTER);
    private static final NativeCall RX_QUEUE =
            new NativeCall(
                    "rte_eth_rx_queue_setup",
                    NativeCall.INT,
                    NativeCall.SHORT,
                    NativeCall.SHORT,
                    NativeCall.SHORT,
                    NativeCall.INT,
                    NativeCall.POINTER,
                    NativeCall.POINTER);
    private static final NativeCall TX_QUEUE =
            new NativeCall(
                    "rte_eth_tx_queue_setup",
                    NativeCall.INT,
                    NativeCall.SHORT,
                    NativeCall.SHORT,
                    NativeCall.SHORT,
                    NativeCall.INT,
                    NativeCall.POINTER);
    private static final NativeCall PROMISCUOUS =
            new NativeCall("rte_eth_promiscuous_enable", NativeCall.INT, NativeCall.SHORT);

    private static final int CONF_SIZE = Shim.sizeOf("rte_eth_conf");
    private static final int MQ_MODE = Shim.offset("rte_eth_conf.rxmode.mq_mode", 4);
    private static final int MTU = Shim.offset("rte_eth_conf.rxmode.mtu", 4);
    private static final int RX_OFFLOADS = Shim.offset("rte_eth_conf.rxmode.offloads", 8);
    private static final int TX_OFFLOADS = Shim.offset("rte_eth_conf.txmode.offloads", 8);
    private static final int RSS_KEY = Shim.offset("rte_eth_conf.rx_adv_conf.rss_conf.rss_key", 8);
    private static final int RSS_KEY_LEN =
            Shim.offset("rte_eth_conf.rx_adv_conf.rss_conf.rss_key_len", 1);
    private static final int RSS_TYPES = Shim.offset("rte_eth_conf.rx_adv_conf.rss_conf.rss_hf", 8);

    private static final int SPREAD_BY_HASH = (int) Shim.value("RTE_ETH_MQ_RX_RSS");
    private static final long HASHED_TYPES =
            Shim.value("RTE_ETH_RSS_IP")
                    | Shim.value("RTE_ETH_RSS_TCP")
                    | Shim.value("RTE_ETH_RSS_UDP");
    private static final long SCATTER = Shim.value("RTE_ETH_RX_OFFLOAD_SCATTER");
    private static final long RX_CHECKSUMS = Shim.value("RTE_ETH_RX_OFFLOAD_CHECKSUM");
    private static final long MULTI_SEGS = Shim.value("RTE_ETH_TX_OFFLOAD_MULTI_SEGS");
    private static final int NOT_SUPPORTED = -(int) Shim.value("ENOTSUP");
    private static final int ETHERNET_HEADER_BYTES = (int) Shim.value("RTE_ETHER_HDR_LEN");
    private static final int TWO_VLAN_TAGS_BYTES = 8;
    private static final int DEFAULT_HASH_KEY_BYTES = 40;
    private static final int MAX_QUEUE_LENGTH = 0xFFFF;
    private static final int ANY_SOCKET = -1;

    /** Repeated, it makes a Toeplitz key that hashes (a, b) and (b, a) alike (Woo and Park). */
    private static final byte[] SYMMETRIC = {0x6d, 0x5a};

    private final String name;
    private final short port;
    private final int rxQueues;
    private final int txQueues;
    private final int mtu;
    private final int segmentBytes;
    private final DeviceInfo info;

    PortSetup(String name, int port, int rxQueues, int txQueues, int mtu, int segmentBytes) {
        this.name = name;
        this.port = (short) port;
        this.rxQueues = rxQueues;
        this.txQueues = txQueues;
        this.mtu = mtu;
        this.segmentBytes = segmentBytes;
        this.info = DeviceInfo.of(port);
    }

    boolean sendsSegments() {
        return (info.txOffloads() & MULTI_SEGS) != 0;
    }

    void configure() {
        requireRange("receive queues", rxQueues, 1, info.maxRxQueues());
        requireRange("transmit queues", txQueues, 1, info.maxTxQueues());
        if (mtu != 0) {
            requireRange("bytes of MTU", mtu, info.minMtu(), info.maxMtu());
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment conf = arena.allocate(CONF_SIZE, 8);
            conf.set(ValueLayout.JAVA_INT, MTU, mtu);
            long checksums = info.rxOffloads() & RX_CHECKSUMS;
            conf.set(
                    ValueLayout.JAVA_LONG, RX_OFFLOADS, checksums | (needsScatter() ? SCATTER : 0));
            conf.set(ValueLayout.JAVA_LONG, TX_OFFLOADS, info.txOffloads() & MULTI_SEGS);
            long types = info.rssTypes() & HASHED_TYPES;
            if (rxQueues > 1 && types != 0) {
                MemorySegment key = symmetricKey(arena);
                conf.set(ValueLayout.JAVA_INT, MQ_MODE, SPREAD_BY_HASH);
                conf.set(ValueLayout.ADDRESS, RSS_KEY, key);
                conf.set(ValueLayout.JAVA_BYTE, RSS_KEY_LEN, (byte) key.byteSize());
                conf.set(ValueLayout.JAVA_LONG, RSS_TYPES, types);
            }
            CONFIGURE.check(port, (short) rxQueues, (short) txQueues, conf);
        }
        if (mtu != 0) {
            // Drivers of kernel interfaces set the interface's MTU only when told so by name.
            ignoreUnsupported(SET_MTU, port, (short) mtu);
        }
        ignoreUnsupported(PROMISCUOUS, port);
    }

    void addQueues(int rxDescriptors, int txDescriptors, Mempool pool) {
        requireRange("receive descriptors", rxDescriptors, 0, MAX_QUEUE_LENGTH);
        requireRange("transmit descriptors", txDescriptors, 0, MAX_QUEUE_LENGTH);
        short rxLength = (short) rxDescriptors;
        short txLength = (short) txDescriptors;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment rx = arena.allocateFrom(ValueLayout.JAVA_SHORT, rxLength);
            MemorySegment tx = arena.allocateFrom(ValueLayout.JAVA_SHORT, txLength);
            ADJUST_DESCRIPTORS.check(port, rx, tx);
            // Queue setup, and not the adjustment, knows the driver's default: it takes 0 for it.
            rxLength = rxDescriptors == 0 ? 0 : rx.get(ValueLayout.JAVA_SHORT, 0);
            txLength = txDescriptors == 0 ? 0 : tx.get(ValueLayout.JAVA_SHORT, 0);
        }
        for (short i = 0; i < rxQueues; i++) {
            RX_QUEUE.check(port, i, rxLength, ANY_SOCKET, MemorySegment.NULL, pool.openPool());
        }
        for (short i = 0; i < txQueues; i++) {
            TX_QUEUE.check(port, i, txLength, ANY_SOCKET, MemorySegment.NULL);
        }
    }

    private boolean needsScatter() {
        int frameBytes = mtu + ETHERNET_HEADER_BYTES + TWO_VLAN_TAGS_BYTES;
        return frameBytes > segmentBytes && (info.rxOffloads() & SCATTER) != 0;
    }

    private MemorySegment symmetricKey(Arena arena) {
        int bytes = info.hashKeyBytes() == 0 ? DEFAULT_HASH_KEY_BYTES : info.hashKeyBytes();
        MemorySegment key = arena.allocate(bytes);
        for (int i = 0; i < bytes; i++) {
            key.set(ValueLayout.JAVA_BYTE, i, SYMMETRIC[i % SYMMETRIC.length]);
        }
        return key;
    }

    private static void ignoreUnsupported(NativeCall call, Object... arguments) {
        int code = call.invokeCode(arguments);
        if (code < 0 && code != NOT_SUPPORTED) {
            throw call.failure(code, arguments);
        }
    }

    private void requireRange(String what, int value, int least, int most) {
        if (value < least || value > most) {
            throw new DpdkException(
                    "port %s: %d %s are asked for, and it takes %d to %d"
                            .formatted(name, value, what, least, most));
        }
    }
}
