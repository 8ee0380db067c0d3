package io.sluice.dpdk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What a port's driver says of itself: DPDK's rte_eth_dev_info, read once. */
record DeviceInfo(
        MemorySegment device,
        String driverName,
        int maxRxQueues,
        int maxTxQueues,
        int minMtu,
        int maxMtu,
        long rxOffloads,
        long txOffloads,
        int hashKeyBytes,
        long rssTypes) {
    private static final NativeCall GET =
            new NativeCall(
                    "rte_eth_dev_info_get", NativeCall.INT, NativeCall.SHORT, NativeCall.POINTER);

    private static final int SIZE = Shim.sizeOf("rte_eth_dev_info");
    private static final int DEVICE = Shim.offset("rte_eth_dev_info.device", 8);
    private static final int DRIVER_NAME = Shim.offset("rte_eth_dev_info.driver_name", 8);
    private static final int MAX_RX_QUEUES = Shim.offset("rte_eth_dev_info.max_rx_queues", 2);
    private static final int MAX_TX_QUEUES = Shim.offset("rte_eth_dev_info.max_tx_queues", 2);
    private static final int MIN_MTU = Shim.offset("rte_eth_dev_info.min_mtu", 2);
    private static final int MAX_MTU = Shim.offset("rte_eth_dev_info.max_mtu", 2);
    private static final int RX_OFFLOADS = Shim.offset("rte_eth_dev_info.rx_offload_capa", 8);
    private static final int TX_OFFLOADS = Shim.offset("rte_eth_dev_info.tx_offload_capa", 8);
    private static final int HASH_KEY_SIZE = Shim.offset("rte_eth_dev_info.hash_key_size", 1);
    private static final int RSS_TYPES = Shim.offset("rte_eth_dev_info.flow_type_rss_offloads", 8);

    static DeviceInfo of(int port) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(SIZE, 8);
            GET.check((short) port, info);
            return new DeviceInfo(
                    info.get(ValueLayout.ADDRESS, DEVICE),
                    NativeCall.text(info.get(ValueLayout.ADDRESS, DRIVER_NAME)),
                    unsigned(info, MAX_RX_QUEUES),
                    unsigned(info, MAX_TX_QUEUES),
                    unsigned(info, MIN_MTU),
                    unsigned(info, MAX_MTU),
                    info.get(ValueLayout.JAVA_LONG, RX_OFFLOADS),
                    info.get(ValueLayout.JAVA_LONG, TX_OFFLOADS),
                    info.get(ValueLayout.JAVA_BYTE, HASH_KEY_SIZE) & 0xFF,
                    info.get(ValueLayout.JAVA_LONG, RSS_TYPES));
        }
    }

    private static int unsigned(MemorySegment info, int offset) {
        return Short.toUnsignedInt(info.get(ValueLayout.JAVA_SHORT, offset));
    }
}
