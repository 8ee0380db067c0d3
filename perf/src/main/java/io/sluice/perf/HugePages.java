package io.sluice.perf;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sees to it that there are enough huge pages, and puts the old number back in the end. No mount is
 * needed: every program measured runs with {@code --in-memory}.
 */
final class HugePages implements AutoCloseable {
    private static final Path COUNT = Path.of("/proc/sys/vm/nr_hugepages");
    private static final Path MEMORY = Path.of("/proc/meminfo");
    private static final Path COMPACT = Path.of("/proc/sys/vm/compact_memory");

    private long before = -1;
    private long made;

    /** Numbers of {@code /proc/meminfo}, in pages and bytes. */
    record State(long total, long free, long pageBytes) {
        static State parse(String meminfo) {
            return new State(
                    number(meminfo, "HugePages_Total"),
                    number(meminfo, "HugePages_Free"),
                    number(meminfo, "Hugepagesize") * 1024);
        }

        /** How many there must be in all so that {@code bytes} are free. */
        long totalFor(long bytes) {
            long needed = Math.ceilDiv(bytes, pageBytes);
            return needed <= free ? total : total - free + needed;
        }

        private static long number(String meminfo, String name) {
            Matcher line = Pattern.compile("(?m)^" + name + ":\\s+(\\d+)").matcher(meminfo);
            return line.find() ? Long.parseLong(line.group(1)) : 0;
        }
    }

    /**
     * Makes at least {@code bytes} of huge pages free.
     *
     * @throws BenchException if that cannot be done, saying what to do
     */
    synchronized void reserve(long bytes) {
        State state = state();
        if (state.pageBytes() == 0) {
            throw new BenchException("this kernel has no huge pages (hugetlbfs)");
        }
        long wanted = state.totalFor(bytes);
        if (wanted > state.total()) {
            if (before < 0) {
                before = state.total();
            }
            write(COUNT, wanted);
            made = wanted;
            if (state().totalFor(bytes) > state().total() && Files.isWritable(COMPACT)) {
                write(COMPACT, 1);
                write(COUNT, wanted);
            }
        }
        State now = state();
        if (now.totalFor(bytes) > now.total()) {
            throw new BenchException(
                    ("%d MB of huge pages are needed, %d MB are free and there is no memory for"
                         + " more: choose fewer --flows, or run `sysctl vm.nr_hugepages=%d` on a"
                         + " machine with more memory")
                            .formatted(bytes >> 20, (now.free() * now.pageBytes()) >> 20, wanted));
        }
    }

    /** Puts the old number back, unless somebody else has set another one meanwhile. */
    @Override
    public synchronized void close() {
        if (before >= 0 && state().total() == made) {
            write(COUNT, before);
        }
        before = -1;
    }

    private static State state() {
        try {
            return State.parse(Files.readString(MEMORY));
        } catch (IOException e) {
            throw new BenchException("cannot read " + MEMORY + ": " + e.getMessage(), e);
        }
    }

    private static void write(Path file, long value) {
        try {
            Files.write(file, Long.toString(value).getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new BenchException(
                    "cannot write " + file + " (run as root): " + e.getMessage(), e);
        }
    }
}
