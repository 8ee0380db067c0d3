package io.sluice.dpdk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A device as DPDK's buses know it: plugged in by its devargs, found again as an Ethernet port, and
 * unplugged. Control thread only.
 */
record Device(int portId, MemorySegment handle, String driver, String bus, String devargs) {
    private static final NativeCall PROBE =
            new NativeCall("rte_dev_probe", NativeCall.INT, NativeCall.POINTER);
    private static final NativeCall REMOVE =
            new NativeCall("rte_dev_remove", NativeCall.INT, NativeCall.POINTER);
    private static final NativeCall NEXT_PORT =
            new NativeCall("rte_eth_find_next", NativeCall.SHORT, NativeCall.SHORT);
    private static final NativeCall DEVICE_NAME =
            new NativeCall("rte_dev_name", NativeCall.POINTER, NativeCall.POINTER);
    private static final NativeCall DEVICE_BUS =
            new NativeCall("rte_dev_bus", NativeCall.POINTER, NativeCall.POINTER);
    private static final NativeCall BUS_NAME =
            new NativeCall("rte_bus_name", NativeCall.POINTER, NativeCall.POINTER);
    private static final NativeCall NEW_OWNER =
            new NativeCall("rte_eth_dev_owner_new", NativeCall.INT, NativeCall.POINTER);
    private static final NativeCall SET_OWNER =
            new NativeCall(
                    "rte_eth_dev_owner_set", NativeCall.INT, NativeCall.SHORT, NativeCall.POINTER);

    private static final int MAX_PORTS = (int) Shim.value("RTE_MAX_ETHPORTS");
    private static final int OWNER_SIZE = Shim.sizeOf("rte_eth_dev_owner");
    private static final int OWNER_ID = Shim.offset("rte_eth_dev_owner.id", 8);
    private static final int OWNER_NAME = Shim.offset("rte_eth_dev_owner.name", 64);

    private static final String VIRTUAL_BUS = "vdev";
    private static final String DEFAULT_PCI_DOMAIN = "0000:";
    private static final int NO_BUS_KNOWS_IT = -(int) Shim.value("EFAULT");
    private static final Pattern INTERFACE = Pattern.compile("\\biface=([^,]+)");

    /** Plugs the device in, unless EAL found it at start, and takes it for ourselves. */
    static Device plug(String devargs) {
        String name = nameIn(devargs);
        Device device = find(name, devargs);
        if (device == null) {
            int code = PROBE.invokeCode(devargs);
            device = find(name, devargs);
            if (code < 0 || device == null) {
                throw refused(devargs, code);
            }
        }
        int code = takeOwnership(device.portId);
        if (code < 0) {
            throw new DpdkException("port " + devargs + " is open already");
        }
        return device;
    }

    /** The device is closed. Another port on it, if it has several, keeps it in. */
    void unplug() {
        for (int port : ports()) {
            if (DeviceInfo.of(port).device().equals(handle)) {
                return;
            }
        }
        REMOVE.check(handle);
    }

    /** Whether receiving enters the kernel. */
    boolean receiveMakesSystemCalls() {
        return switch (driver) {
            case "net_pcap" -> !devargs.contains("infinite_rx=1");
            default -> makesSystemCalls();
        };
    }

    /** Whether sending enters the kernel. */
    boolean sendMakesSystemCalls() {
        return switch (driver) {
            case "net_pcap" -> devargs.contains("tx_pcap=") || devargs.contains("iface=");
            default -> makesSystemCalls();
        };
    }

    /** The kernel's network interface that the device sends through, if it is such a one. */
    Optional<String> kernelInterface() {
        Matcher matcher = INTERFACE.matcher(devargs);
        boolean ofKernel = driver.equals("net_af_packet") || driver.equals("net_af_xdp");
        return ofKernel && matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    private boolean makesSystemCalls() {
        // A NIC is driven through its registers; of the virtual devices, only these two stay in
        // memory.
        return bus.equals(VIRTUAL_BUS) && !driver.equals("net_ring") && !driver.equals("net_null");
    }

    private static String nameIn(String devargs) {
        int comma = devargs.indexOf(',');
        return comma < 0 ? devargs : devargs.substring(0, comma);
    }

    private static Device find(String name, String devargs) {
        for (int port : ports()) {
            DeviceInfo info = DeviceInfo.of(port);
            String deviceName = DEVICE_NAME.invokeText(info.device());
            if (deviceName.equals(name) || deviceName.equals(DEFAULT_PCI_DOMAIN + name)) {
                String bus = BUS_NAME.invokeText(DEVICE_BUS.invoke(info.device()));
                return new Device(port, info.device(), info.driverName(), bus, devargs);
            }
        }
        return null;
    }

    private static List<Integer> ports() {
        List<Integer> ports = new ArrayList<>();
        int port = NEXT_PORT.invokeInt((short) 0);
        while (port < MAX_PORTS) {
            ports.add(port);
            port = NEXT_PORT.invokeInt((short) (port + 1));
        }
        return ports;
    }

    private static int takeOwnership(int port) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment owner = arena.allocate(OWNER_SIZE, 8);
            NEW_OWNER.check(owner.asSlice(OWNER_ID));
            owner.setString(OWNER_NAME, "sluice");
            return SET_OWNER.invokeInt((short) port, owner);
        }
    }

    private static DpdkException refused(String devargs, int code) {
        String why =
                code < 0
                        ? PROBE.failure(code, devargs).getMessage()
                        : "DPDK took the device and made no Ethernet port of it";
        return new DpdkException(
                "port " + devargs + " cannot be opened: " + hint(devargs, code) + why);
    }

    private static String hint(String devargs, int code) {
        Matcher matcher = INTERFACE.matcher(devargs);
        if (matcher.find() && !interfaceExists(matcher.group(1))) {
            return "there is no network interface " + matcher.group(1) + ": ";
        }
        if (code == NO_BUS_KNOWS_IT) {
            return "neither a PCI address such as 0000:3b:00.0 nor a name that begins with a"
                    + " driver's, such as net_af_packet0: ";
        }
        if (!Privileges.isRoot()) {
            return "no permission? This process is not root, and kernel interfaces need"
                    + " CAP_NET_RAW and CAP_NET_ADMIN: ";
        }
        return "";
    }

    private static boolean interfaceExists(String name) {
        try {
            return NetworkInterface.getByName(name) != null;
        } catch (SocketException e) {
            return false;
        }
    }
}
