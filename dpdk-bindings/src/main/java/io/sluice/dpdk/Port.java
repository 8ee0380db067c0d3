package io.sluice.dpdk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * An Ethernet port. Its life: {@link #open}, {@link #configure}, {@link #start}, traffic through
 * its queues, {@link #stop}, {@link #close}; after stop it may be configured anew, after close
 * opened again. All methods belong to the control thread, queues to one worker each, and no worker
 * may touch a queue while its port is stopped.
 */
public final class Port implements AutoCloseable {
    private static final NativeCall START =
            new NativeCall("rte_eth_dev_start", NativeCall.INT, NativeCall.SHORT);
    private static final NativeCall STOP =
            new NativeCall("rte_eth_dev_stop", NativeCall.INT, NativeCall.SHORT);
    private static final NativeCall CLOSE =
            new NativeCall("rte_eth_dev_close", NativeCall.INT, NativeCall.SHORT);
    private static final NativeCall PROMISCUOUS_OFF =
            new NativeCall("rte_eth_promiscuous_disable", NativeCall.INT, NativeCall.SHORT);
    private static final NativeCall NAME =
            new NativeCall(
                    "rte_eth_dev_get_name_by_port",
                    NativeCall.INT,
                    NativeCall.SHORT,
                    NativeCall.POINTER);
    private static final NativeCall MAC =
            new NativeCall(
                    "rte_eth_macaddr_get", NativeCall.INT, NativeCall.SHORT, NativeCall.POINTER);
    private static final NativeCall MTU =
            new NativeCall(
                    "rte_eth_dev_get_mtu", NativeCall.INT, NativeCall.SHORT, NativeCall.POINTER);
    private static final NativeCall STATS =
            new NativeCall(
                    "rte_eth_stats_get", NativeCall.INT, NativeCall.SHORT, NativeCall.POINTER);
    private static final NativeCall LINK =
            new NativeCall("sluice_link_get", NativeCall.INT, NativeCall.INT, NativeCall.POINTER);

    private static final NativeCall INTERFACE_RUNS =
            new NativeCall("sluice_interface_runs", NativeCall.INT, NativeCall.POINTER);

    private static final int NAME_BYTES = (int) Shim.value("RTE_ETH_NAME_MAX_LEN");
    private static final int MAC_BYTES = (int) Shim.value("RTE_ETHER_ADDR_LEN");
    private static final int UNKNOWN_SPEED = (int) Shim.value("RTE_ETH_SPEED_NUM_UNKNOWN");

    private static final int STATS_SIZE = Shim.sizeOf("rte_eth_stats");
    private static final int RX_PACKETS = Shim.offset("rte_eth_stats.ipackets", 8);
    private static final int TX_PACKETS = Shim.offset("rte_eth_stats.opackets", 8);
    private static final int RX_BYTES = Shim.offset("rte_eth_stats.ibytes", 8);
    private static final int TX_BYTES = Shim.offset("rte_eth_stats.obytes", 8);
    private static final int RX_MISSED = Shim.offset("rte_eth_stats.imissed", 8);
    private static final int RX_ERRORS = Shim.offset("rte_eth_stats.ierrors", 8);
    private static final int TX_ERRORS = Shim.offset("rte_eth_stats.oerrors", 8);
    private static final int RX_NO_MBUF = Shim.offset("rte_eth_stats.rx_nombuf", 8);

    private static final int LINK_SIZE = Shim.sizeOf("sluice_link");
    private static final int LINK_UP = Shim.offset("sluice_link.up", 4);
    private static final int LINK_SPEED = Shim.offset("sluice_link.speed_mbps", 4);
    private static final int LINK_FULL_DUPLEX = Shim.offset("sluice_link.full_duplex", 4);

    private enum State {
        OPEN,
        CONFIGURED,
        STARTED,
        CLOSED
    }

    private final Device device;
    private final String name;
    private State state = State.OPEN;
    private RxQueue[] rxQueues = {};
    private TxQueue[] txQueues = {};
    private boolean sendsSegments;

    private Port(Device device) {
        this.device = device;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(NAME_BYTES);
            NAME.check((short) device.portId(), text);
            this.name = text.getString(0);
        }
    }

    /**
     * Opens a port while DPDK is running. Nothing is left behind if that fails.
     *
     * @param devargs a virtual device with its parameters, such as {@code
     *     net_af_packet0,iface=veth0} (the name begins with the driver's), or a PCI address
     */
    public static Port open(String devargs) {
        return new Port(Device.plug(devargs));
    }

    /**
     * Sets up queues, promiscuous mode, and what the device offers of: sending frames of several
     * segments, receiving frames longer than an mbuf, verifying checksums, and a symmetric hash
     * over several queues (both directions of a connection in the same one). The port must not be
     * started.
     *
     * @param rxDescriptors length of each receive queue, made to fit the driver; 0: its default
     * @param txDescriptors the same for sending
     * @param mtu longest IP packet in bytes; 0: the driver's default
     * @param pool takes what arrives; closed after the port
     */
    public void configure(
            int rxQueues,
            int txQueues,
            int rxDescriptors,
            int txDescriptors,
            int mtu,
            Mempool pool) {
        require(state == State.OPEN || state == State.CONFIGURED, "be stopped to be configured");
        PortSetup setup =
                new PortSetup(name, device.portId(), rxQueues, txQueues, mtu, pool.segmentBytes());
        setup.configure();
        setup.addQueues(rxDescriptors, txDescriptors, pool);
        this.sendsSegments = setup.sendsSegments();
        this.rxQueues = new RxQueue[rxQueues];
        this.txQueues = new TxQueue[txQueues];
        for (int i = 0; i < rxQueues; i++) {
            this.rxQueues[i] = new RxQueue(id(), i, device.receiveMakesSystemCalls());
        }
        for (int i = 0; i < txQueues; i++) {
            this.txQueues[i] = new TxQueue(id(), i, device.sendMakesSystemCalls());
        }
        state = State.CONFIGURED;
    }

    public void start() {
        require(state == State.CONFIGURED, "be configured and stopped to be started");
        START.check((short) id());
        state = State.STARTED;
    }

    /** Stops the device. Does nothing if it is not started. */
    public void stop() {
        if (state == State.STARTED) {
            STOP.check((short) id());
            state = State.CONFIGURED;
        }
    }

    /** Stops, closes and unplugs the device, which may be opened again. */
    @Override
    public void close() {
        if (state == State.CLOSED) {
            return;
        }
        stop();
        // Else a kernel interface stays promiscuous when we are gone; drivers without the mode
        // answer an error that says nothing new.
        PROMISCUOUS_OFF.invoke((short) id());
        CLOSE.check((short) id());
        state = State.CLOSED;
        device.unplug();
    }

    /** DPDK's number for it, as {@code rte_mbuf.port} has it. */
    public int id() {
        return device.portId();
    }

    /** DPDK's name for it, such as {@code net_af_packet0}. */
    public String name() {
        return name;
    }

    public String driver() {
        return device.driver();
    }

    /** The device's own Ethernet address, 6 bytes. */
    public byte[] mac() {
        requireOpen();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mac = arena.allocate(MAC_BYTES);
            MAC.check((short) id(), mac);
            return mac.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** The longest IP packet it takes, in bytes. */
    public int mtu() {
        requireOpen();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mtu = arena.allocate(ValueLayout.JAVA_SHORT);
            MTU.check((short) id(), mtu);
            return Short.toUnsignedInt(mtu.get(ValueLayout.JAVA_SHORT, 0));
        }
    }

    public PortStats stats() {
        requireOpen();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment stats = arena.allocate(STATS_SIZE, 8);
            STATS.check((short) id(), stats);
            return new PortStats(
                    stats.get(ValueLayout.JAVA_LONG, RX_PACKETS),
                    stats.get(ValueLayout.JAVA_LONG, TX_PACKETS),
                    stats.get(ValueLayout.JAVA_LONG, RX_BYTES),
                    stats.get(ValueLayout.JAVA_LONG, TX_BYTES),
                    stats.get(ValueLayout.JAVA_LONG, RX_MISSED),
                    stats.get(ValueLayout.JAVA_LONG, RX_ERRORS),
                    stats.get(ValueLayout.JAVA_LONG, TX_ERRORS),
                    stats.get(ValueLayout.JAVA_LONG, RX_NO_MBUF));
        }
    }

    /** The link as the driver sees it; a port on a kernel's interface is down with that. */
    public LinkState link() {
        requireOpen();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment link = arena.allocate(LINK_SIZE, 4);
            LINK.check(id(), link);
            int speed = link.get(ValueLayout.JAVA_INT, LINK_SPEED);
            boolean up = link.get(ValueLayout.JAVA_INT, LINK_UP) != 0;
            return new LinkState(
                    up && interfaceRuns(),
                    speed == UNKNOWN_SPEED ? 0 : speed,
                    link.get(ValueLayout.JAVA_INT, LINK_FULL_DUPLEX) != 0);
        }
    }

    /** The drivers that send through a kernel's interface do not look at its link. */
    private boolean interfaceRuns() {
        return device.kernelInterface()
                .map(name -> INTERFACE_RUNS.invokeInt(name) > 0)
                .orElse(true);
    }

    /** The queue of this number, made by {@link #configure}. */
    public RxQueue rxQueue(int queue) {
        return rxQueues[queue];
    }

    /** The queue of this number, made by {@link #configure}. */
    public TxQueue txQueue(int queue) {
        return txQueues[queue];
    }

    /**
     * Whether its bursts enter the kernel (af_packet, af_xdp, tap...), which costs much more than a
     * burst of a NIC: poll it less greedily.
     */
    public boolean makesSystemCalls() {
        return device.receiveMakesSystemCalls() || device.sendMakesSystemCalls();
    }

    /** Whether frames of several segments can be sent as they are; else linearize them first. */
    public boolean sendsSegments() {
        return sendsSegments;
    }

    private void requireOpen() {
        require(state != State.CLOSED, "be open");
    }

    private void require(boolean condition, String what) {
        if (!condition) {
            throw new IllegalStateException(
                    "port " + name + " must " + what + ", and it is " + state);
        }
    }
}
