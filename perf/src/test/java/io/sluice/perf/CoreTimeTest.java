package io.sluice.perf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CoreTimeTest {
    @TempDir Path tasks;

    @Test
    void theBusiestThreadCounts() throws IOException {
        thread("10", 1, 1);
        thread("11", 60, 40);
        CoreTime before = CoreTime.read(tasks);
        thread("11", 110, 80);
        thread("12", 30, 0);
        CoreTime after = CoreTime.read(tasks);
        assertEquals(90.0, after.busiestPercentSince(before, 1_000_000_000).orElseThrow(), 1e-9);
    }

    @Test
    void withoutCountersThereIsNoAnswer() {
        CoreTime none = CoreTime.read(tasks.resolve("none"));
        assertEquals(Map.of(), none.nanosOfThread());
        assertTrue(none.busiestPercentSince(none, 1).isEmpty());
    }

    @Test
    void aThreadThatSpinsIsSeen() throws InterruptedException {
        CoreTime before = CoreTime.of(ProcessHandle.current().pid());
        Thread spinning =
                new Thread(() -> {
                    while (!Thread.currentThread().isInterrupted()) {
                        Thread.onSpinWait();
                    }
                });
        spinning.start();
        CoreTime after = before;
        while (after.busiestPercentSince(before, 1_000_000_000).orElse(0) < 2) {
            Thread.sleep(10);
            after = CoreTime.of(ProcessHandle.current().pid());
        }
        spinning.interrupt();
        spinning.join();
    }

    private void thread(String id, int userTicks, int systemTicks) throws IOException {
        Path thread = Files.createDirectories(tasks.resolve(id));
        String before = " (a (odd) name) R 1 2 3 0 -1 4194304 100 0 0 0 ";
        String times = userTicks + " " + systemTicks + " 0 0 20 0 9 0 12345\n";
        Files.writeString(thread.resolve("stat"), id + before + times);
    }
}
