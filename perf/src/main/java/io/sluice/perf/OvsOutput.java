package io.sluice.perf;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what Open vSwitch's control methods print. */
final class OvsOutput {
    private static final Pattern PMD =
            Pattern.compile("pmd thread numa_id \\d+ core_id \\d+:\\n((?:  .*\\n?)*)");
    private static final Pattern NUMBER = Pattern.compile("(?m)^  ([a-z ]+): (\\d+)");

    private OvsOutput() {}

    /** Counters of a port since its start. */
    record Port(long rxPackets, long txPackets, long txDropped) {}

    /**
     * One port of {@code dpctl/show -s}.
     *
     * @throws BenchException if the port is not there
     */
    static Port port(String text, String name) {
        Matcher section =
                Pattern.compile(
                                "port \\d+: "
                                        + Pattern.quote(name)
                                        + " .*?RX packets:(\\d+).*?TX packets:(\\d+) errors:\\d+"
                                        + " dropped:(\\d+)",
                                Pattern.DOTALL)
                        .matcher(text);
        if (!section.find()) {
            throw new BenchException("Open vSwitch shows no port " + name + ":\n" + text);
        }
        return new Port(
                Long.parseLong(section.group(1)),
                Long.parseLong(section.group(2)),
                Long.parseLong(section.group(3)));
    }

    /**
     * The counters of the first poll-mode thread in {@code dpif-netdev/pmd-stats-show}, with
     * underscores for blanks; empty before the thread exists.
     */
    static Map<String, Long> pmd(String text) {
        Map<String, Long> counters = new LinkedHashMap<>();
        Matcher thread = PMD.matcher(text);
        if (thread.find()) {
            NUMBER.matcher(thread.group(1))
                    .results()
                    .filter(line -> !line.group(1).startsWith("avg"))
                    .forEach(line ->
                            counters.put(
                                    line.group(1).replace(' ', '_'),
                                    Long.parseLong(line.group(2))));
        }
        return counters;
    }
}
