package io.sluice.dpdk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a poll-mode worker does to its own thread, which must be a platform thread. */
public final class WorkerThread {
    private static final NativeCall PIN =
            new NativeCall("sluice_pin_calling_thread", NativeCall.INT, NativeCall.INT);
    private static final NativeCall REGISTER =
            new NativeCall("rte_thread_register", NativeCall.INT);
    private static final NativeCall UNREGISTER = NativeCall.ofVoid("rte_thread_unregister");

    private static final String ALLOWED = "Cpus_allowed_list:";

    private WorkerThread() {}

    /** Keeps the calling thread on this core from now on. */
    public static void pinTo(int core) {
        requirePlatformThread();
        int code = PIN.invokeInt(core);
        if (code < 0) {
            throw new DpdkException(
                    "thread %s cannot be pinned to core %d (this process may use cores %s): %s"
                            .formatted(
                                    Thread.currentThread().getName(),
                                    core,
                                    allowedCores(),
                                    NativeCall.reason(code)));
        }
    }

    /**
     * Makes the calling thread known to DPDK, so that mempools keep a cache for it. Pin first; undo
     * with {@link #unregister()} on the same thread before it ends.
     */
    public static void register() {
        requirePlatformThread();
        REGISTER.check();
    }

    /** Undoes {@link #register()}; does nothing for a thread that is not registered. */
    public static void unregister() {
        UNREGISTER.invoke();
    }

    private static void requirePlatformThread() {
        if (Thread.currentThread().isVirtual()) {
            throw new IllegalStateException("a worker must be a platform thread");
        }
    }

    private static String allowedCores() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith(ALLOWED))
                    .map(line -> line.substring(ALLOWED.length()).strip())
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException e) {
            return "unknown";
        }
    }
}
