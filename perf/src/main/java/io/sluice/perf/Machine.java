package io.sluice.perf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a reader must know of the machine to make sense of the numbers.
 *
 * @param facts by name, in the order to be shown
 */
record Machine(Map<String, String> facts) {
    /** Asks the machine, now; {@code settings} and {@code note} are facts as well. */
    static Machine describe(String settings, String note) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put(
                "date",
                DateTimeFormatter.ISO_INSTANT.format(
                        ZonedDateTime.now(ZoneOffset.UTC).withNano(0)));
        String cpu = find("/proc/cpuinfo", "(?m)^model name\\s*:\\s*(.*)$");
        facts.put("cpu", cpu + ", " + Runtime.getRuntime().availableProcessors() + " cores");
        long memoryKb = Long.parseLong(find("/proc/meminfo", "MemTotal:\\s+(\\d+)", "0"));
        facts.put("memory", (memoryKb >> 20) + " GB");
        facts.put("kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        facts.put(
                "dpdk",
                Programs.firstLine("pkg-config", "--modversion", "libdpdk").orElse("unknown"));
        OpenVswitch.version().ifPresent(version -> facts.put("ovs", version));
        facts.put(
                "jdk",
                System.getProperty("java.vm.name")
                        + " "
                        + System.getProperty("java.runtime.version"));
        facts.put("load average", find("/proc/loadavg", "^(\\S+ \\S+ \\S+)"));
        facts.put("bench", settings);
        String options = System.getenv("SLUICE_JAVA_OPTS");
        if (options != null && !options.isBlank()) {
            facts.put("SLUICE_JAVA_OPTS", options);
        }
        if (!note.isBlank()) {
            facts.put("note", note);
        }
        return new Machine(facts);
    }

    private static String find(String file, String pattern) {
        return find(file, pattern, "unknown");
    }

    private static String find(String file, String pattern, String otherwise) {
        try {
            Matcher matcher = Pattern.compile(pattern).matcher(Files.readString(Path.of(file)));
            return matcher.find() ? matcher.group(1) : otherwise;
        } catch (IOException e) {
            return otherwise;
        }
    }
}
