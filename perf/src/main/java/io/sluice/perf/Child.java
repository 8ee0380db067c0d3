package io.sluice.perf;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/** One process we started, with everything it printed. */
final class Child {
    private static final long POLL_MS = 20;
    private static final int LAST_LINES = 12;

    private final Process process;
    private final String name;
    private final Path log;
    private final Children children;

    Child(Process process, String name, Path log, Children children) {
        this.process = process;
        this.name = Path.of(name).getFileName().toString();
        this.log = log;
        this.children = children;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    /** The program's name without its folder. */
    String name() {
        return name;
    }

    /** The exit code of a process that has ended. */
    int exitCode() {
        return process.exitValue();
    }

    /** Types a line into the program. */
    void type(String line) {
        try {
            process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new BenchException(name + " is gone" + lastWords(), e);
        }
    }

    /** Everything printed so far. */
    String output() {
        try {
            return new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new BenchException("cannot read what " + name + " printed: " + e.getMessage(), e);
        }
    }

    /**
     * Waits until the output satisfies {@code condition} and returns it.
     *
     * @throws BenchException with the last lines printed, if the process ends before or time runs
     *     out
     */
    String awaitOutput(Predicate<String> condition, Duration limit, String what) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            boolean alive = isAlive();
            String output = output();
            if (condition.test(output)) {
                return output;
            }
            if (!alive) {
                throw new BenchException(
                        "%s ended with %d before %s%s"
                                .formatted(name, process.exitValue(), what, lastWords()));
            }
            if (System.nanoTime() > deadline) {
                throw new BenchException(
                        "%s: no %s after %d s%s"
                                .formatted(name, what, limit.toSeconds(), lastWords()));
            }
            pause(POLL_MS);
        }
    }

    /** The end of the output, to be appended to a sentence about what went wrong. */
    String lastWords() {
        List<String> lines = output().lines().filter(line -> !line.isBlank()).toList();
        List<String> last = lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size());
        return last.isEmpty() ? "" : ". It last printed:\n    " + String.join("\n    ", last);
    }

    /** Asks the process and what it started to end, and makes them after {@code patience}. */
    void end(Duration patience) {
        // A script that waits for its program ends on SIGTERM without telling it: ask the program.
        List<ProcessHandle> family = new ArrayList<>(process.descendants().toList());
        boolean alone = family.isEmpty();
        family.add(process.toHandle());
        (alone ? family : family.subList(0, family.size() - 1)).forEach(ProcessHandle::destroy);
        long deadline = System.nanoTime() + patience.toNanos();
        for (ProcessHandle member : family) {
            if (!hasEnded(member, deadline - System.nanoTime())) {
                member.destroyForcibly();
            }
        }
        for (ProcessHandle member : family) {
            hasEnded(member, TimeUnit.SECONDS.toNanos(5));
        }
        children.forget(this);
    }

    /** Waits for an end that was already asked for in another way. */
    boolean endsWithin(Duration limit) {
        return hasEnded(process.toHandle(), limit.toNanos());
    }

    private static boolean hasEnded(ProcessHandle handle, long nanos) {
        try {
            handle.onExit().get(Math.max(1, nanos), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException | ExecutionException e) {
            return !handle.isAlive();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return !handle.isAlive();
        }
    }

    /**
     * Sleeps.
     *
     * @throws BenchException if the thread is interrupted
     */
    static void pause(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }
}
