package io.sluice.perf;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.OptionalDouble;
import java.util.Scanner;

/**
 * How long each thread of a process has been on a core. A poll-mode worker never sleeps: whatever
 * it lacks of the wall clock, something else took from it.
 *
 * @param nanosOfThread time on a core by thread id, in steps of 10 ms
 */
record CoreTime(Map<String, Long> nanosOfThread) {
    /** Fields of {@code stat}, counted from 1 (proc(5)). */
    private static final int FIRST_AFTER_NAME = 3;

    private static final int USER_TICKS = 14;

    /** The kernel shows 100 ticks a second, whatever its own clock does. */
    private static final long NANOS_PER_TICK = 10_000_000;

    static CoreTime of(long pid) {
        return read(Path.of("/proc", Long.toString(pid), "task"));
    }

    /** Reads a folder laid out as {@code /proc/PID/task}. */
    static CoreTime read(Path tasks) {
        Map<String, Long> nanos = new HashMap<>();
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(tasks)) {
            for (Path thread : threads) {
                nanos.put(thread.getFileName().toString(), nanosOnCore(thread));
            }
        } catch (IOException | NoSuchElementException e) {
            // A thread or the process has ended meanwhile: what was read counts.
        }
        return new CoreTime(Map.copyOf(nanos));
    }

    private static long nanosOnCore(Path thread) throws IOException {
        String stat = Files.readString(thread.resolve("stat"));
        // The name, in parentheses, may hold blanks and parentheses.
        try (Scanner fields = new Scanner(stat.substring(stat.lastIndexOf(')') + 1))) {
            for (int field = FIRST_AFTER_NAME; field < USER_TICKS; field++) {
                fields.next();
            }
            long user = fields.nextLong();
            long system = fields.nextLong();
            return (user + system) * NANOS_PER_TICK;
        }
    }

    /** The busiest thread's share of the wall clock since {@code earlier}, in percent. */
    OptionalDouble busiestPercentSince(CoreTime earlier, long wallNanos) {
        return nanosOfThread.entrySet().stream()
                .mapToLong(thread -> thread.getValue() - earlier.nanosOf(thread.getKey()))
                .mapToDouble(nanos -> Math.min(100, 100.0 * nanos / wallNanos))
                .max();
    }

    private long nanosOf(String thread) {
        return nanosOfThread.getOrDefault(thread, 0L);
    }
}
