package io.sluice.control.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.NavigableSet;
import java.util.TreeSet;

/** The processor cores that this process may use. */
public final class AllowedCores {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String KEY = "Cpus_allowed_list:";

    private AllowedCores() {}

    /** Asks the kernel; where it cannot be asked, as many as Java sees. */
    public static NavigableSet<Integer> read() {
        try {
            return Files.readAllLines(STATUS).stream()
                    .filter(line -> line.startsWith(KEY))
                    .map(line -> parse(line.substring(KEY.length()).strip()))
                    .findFirst()
                    .orElseGet(AllowedCores::counted);
        } catch (IOException e) {
            return counted();
        }
    }

    /** {@code 0-3,8}. */
    static NavigableSet<Integer> parse(String list) {
        NavigableSet<Integer> cores = new TreeSet<>();
        for (String range : list.split(",", -1)) {
            int dash = range.indexOf('-');
            int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
            int last = dash < 0 ? first : Integer.parseInt(range.substring(dash + 1));
            for (int core = first; core <= last; core++) {
                cores.add(core);
            }
        }
        return cores;
    }

    private static NavigableSet<Integer> counted() {
        return parse("0-" + (Runtime.getRuntime().availableProcessors() - 1));
    }
}
