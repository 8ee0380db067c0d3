package io.sluice.dpdk;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * DPDK's environment (EAL): memory, devices, lcores. It starts once in the life of a process; every
 * other class here needs it running, {@link HugeMemory} and {@link WorkerThread#pinTo} excepted.
 */
public final class Eal implements AutoCloseable {
    private static final Path RESERVED_HUGE_PAGES = Path.of("/proc/sys/vm/nr_hugepages");
    private static final Path MOUNTS = Path.of("/proc/mounts");
    private static final String PROGRAM = "sluice";

    private boolean closed;

    private Eal() {}

    /**
     * Starts DPDK, which logs to standard error.
     *
     * @param arguments as DPDK's programs take them, such as {@code --no-huge -m 512}
     */
    public static Eal start(List<String> arguments) {
        Shim.get();
        DpdkException[] failure = new DpdkException[1];
        // rte_eal_init pins its caller to the main lcore, and threads started by a pinned thread
        // inherit that: on a thread that ends here, neither happens to the JVM's own.
        Thread starter =
                Thread.ofPlatform()
                        .name("eal-start")
                        .start(() -> {
                            try {
                                initialise(arguments);
                            } catch (DpdkException e) {
                                failure[0] = e;
                            }
                        });
        joinUninterruptibly(starter);
        if (failure[0] != null) {
            throw new DpdkException(failure[0].getMessage(), failure[0]);
        }
        return new Eal();
    }

    /** Releases what DPDK holds. Ports and pools are closed before. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            new NativeCall("rte_eal_cleanup", NativeCall.INT).check();
        }
    }

    private static void initialise(List<String> arguments) {
        NativeCall init =
                new NativeCall("rte_eal_init", NativeCall.INT, NativeCall.INT, NativeCall.POINTER);
        // DPDK keeps pointers into its arguments.
        Arena forever = Arena.global();
        MemorySegment argv = forever.allocate(ValueLayout.ADDRESS, arguments.size() + 2);
        argv.setAtIndex(ValueLayout.ADDRESS, 0, forever.allocateFrom(PROGRAM));
        for (int i = 0; i < arguments.size(); i++) {
            argv.setAtIndex(ValueLayout.ADDRESS, i + 1, forever.allocateFrom(arguments.get(i)));
        }
        int code = init.invokeInt(arguments.size() + 1, argv);
        if (code < 0) {
            throw new DpdkException(explain(arguments, NativeCall.errno()));
        }
    }

    private static String explain(List<String> arguments, int errno) {
        String call = "rte_eal_init(" + String.join(" ", arguments) + ") failed: ";
        String reason = errno == 0 ? "see DPDK's log above" : NativeCall.reason(-errno);
        if (errno == Shim.value("EALREADY")) {
            return call + "DPDK starts once in a process, and it was started before: " + reason;
        }
        if (errno == Shim.value("EINVAL")) {
            return call + "DPDK does not take these arguments: " + reason;
        }
        if (!arguments.contains("--no-huge") && hugePagesReserved() == 0) {
            return call
                    + "no huge pages are reserved: reserve some with"
                    + " 'sysctl -w vm.nr_hugepages=1024', or run with --no-huge -m 512: "
                    + reason;
        }
        if (!Privileges.isRoot()) {
            return call
                    + "no permission: run as root, or with --no-huge --no-pci --no-shconf and the"
                    + " capabilities CAP_NET_RAW and CAP_NET_ADMIN: "
                    + reason;
        }
        if (errno == Shim.value("EACCES") && !hugePagesMounted()) {
            return call
                    + "no hugetlbfs is mounted: 'mount -t hugetlbfs nodev /dev/hugepages', or run"
                    + " with --in-memory: "
                    + reason;
        }
        if (errno == 0) {
            return call
                    + "if another DPDK program is running, give one of the two a --file-prefix: "
                    + reason;
        }
        return call + reason + "; DPDK's log above says more";
    }

    private static boolean hugePagesMounted() {
        try {
            return Files.readString(MOUNTS).contains(" hugetlbfs ");
        } catch (IOException e) {
            return true;
        }
    }

    private static long hugePagesReserved() {
        try {
            return Long.parseLong(Files.readString(RESERVED_HUGE_PAGES).strip());
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }

    private static void joinUninterruptibly(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
