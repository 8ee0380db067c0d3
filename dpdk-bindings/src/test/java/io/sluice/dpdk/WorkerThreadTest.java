package io.sluice.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(RunningEal.class)
class WorkerThreadTest {
    private static <T> T onThreadOfItsOwn(Callable<T> work) throws Exception {
        FutureTask<T> task = new FutureTask<>(work);
        Thread.ofPlatform().name("worker-test").start(task);
        try {
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }

    private static String allowedCores(String thread) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + thread + "/status")).stream()
                .filter(line -> line.startsWith("Cpus_allowed_list:"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void pinKeepsTheCallingThreadOnTheCore() throws Exception {
        int core = Integer.parseInt(allowedCores("thread-self").split("[-,]", 2)[0]);
        String before = allowedCores("thread-self");
        String pinned =
                onThreadOfItsOwn(() -> {
                    WorkerThread.pinTo(core);
                    return allowedCores("thread-self");
                });
        assertEquals(Integer.toString(core), pinned);
        assertEquals(before, allowedCores("thread-self"));
    }

    @Test
    void missingCoreIsNamed() throws IOException {
        for (int core : new int[] {1023, 1_000_000, -1}) {
            DpdkException e =
                    Assertions.assertThrows(
                            DpdkException.class,
                            () ->
                                    onThreadOfItsOwn(() -> {
                                        WorkerThread.pinTo(core);
                                        return null;
                                    }));
            assertEquals(
                    "thread worker-test cannot be pinned to core %d (this process may use cores"
                                    .formatted(core)
                            + " %s): Invalid argument (errno 22)".formatted(allowedCores("self")),
                    e.getMessage());
        }
    }

    @Test
    void registeredThreadKeepsFreedMbufsInItsCache() throws Exception {
        try (Mempool pool = Mempool.create("worker-test", 1023, 256, 2176)) {
            long again =
                    onThreadOfItsOwn(() -> {
                        WorkerThread.register();
                        long mbuf = Mbuf.alloc(pool);
                        Mbuf.free(mbuf);
                        // From a ring of 1023 mbufs it would be another one.
                        long next = Mbuf.alloc(pool);
                        Mbuf.free(next);
                        WorkerThread.unregister();
                        return next == mbuf ? mbuf : 0;
                    });
            assertTrue(again != 0);
            assertEquals(1023, pool.availableCount());
        }
    }

    @Test
    void threadsRegisterAsOftenAsTheyLike() throws Exception {
        for (int i = 0; i < 300; i++) {
            onThreadOfItsOwn(() -> {
                WorkerThread.register();
                WorkerThread.unregister();
                WorkerThread.unregister();
                return null;
            });
        }
    }
}
