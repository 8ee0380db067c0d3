package io.sluice.perf;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/**
 * The processes we started. Whatever happens, {@link #close} ends every one of them by its process
 * id, newest first; after that no new one starts.
 */
final class Children implements AutoCloseable {
    private final Deque<Child> running = new ArrayDeque<>();
    private boolean closed;

    /**
     * Starts a program whose two outputs go to {@code log}.
     *
     * @throws BenchException if the program does not exist or we are shutting down
     */
    synchronized Child start(List<String> command, Map<String, String> environment, Path log) {
        if (closed) {
            throw new BenchException("shutting down");
        }
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        builder.redirectErrorStream(true).redirectOutput(log.toFile());
        try {
            Child child = new Child(builder.start(), command.getFirst(), log, this);
            running.push(child);
            return child;
        } catch (IOException e) {
            throw new BenchException(
                    "cannot start " + command.getFirst() + ": " + e.getMessage(), e);
        }
    }

    synchronized void forget(Child child) {
        running.remove(child);
    }

    /** Also called on Ctrl-C and SIGTERM, from another thread. */
    @Override
    public void close() {
        List<Child> left;
        synchronized (this) {
            closed = true;
            left = List.copyOf(running);
        }
        left.forEach(child -> child.end(Duration.ofSeconds(5)));
    }
}
