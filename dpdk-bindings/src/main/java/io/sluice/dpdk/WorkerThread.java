package io.sluice.dpdk;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What a poll-mode worker does to its own thread, which must be a platform thread. */
public final class WorkerThread {
    private static final NativeCall PIN =
            new NativeCall("sluice_pin_calling_thread", NativeCall.INT, NativeCall.INT);
    private static final NativeCall KEEP_OFF =
            new NativeCall(
                    "sluice_keep_thread_off", NativeCall.INT, NativeCall.INT, NativeCall.INT);
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
     * Keeps all threads that the process has now, the JVM's own too, off these cores, as far as
     * they have others to run on; threads they start inherit it. Workers pin themselves later.
     */
    public static void keepProcessOff(List<Integer> cores) {
        String[] threads = new File("/proc/self/task").list();
        for (String thread : threads == null ? new String[0] : threads) {
            for (int core : cores) {
                // A thread that has ended meanwhile needs nothing.
                KEEP_OFF.invokeInt(Integer.parseInt(thread), core);
            }
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
