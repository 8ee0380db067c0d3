package io.sluice.control.command;

import io.sluice.conntrack.FragmentOutcome;
import io.sluice.conntrack.FragmentSettings;
import io.sluice.conntrack.FragmentTable;
import io.sluice.control.socket.Answer;
import io.sluice.control.socket.CommandException;
import io.sluice.control.text.Numbers;
import java.util.List;
import java.util.OptionalInt;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code dpctl/ipf-...}: what {@code ovs-appctl} knows of fragments, with its syntax and output
 * (ovs-vswitchd(8)). The name of a datapath may come first, and is passed over.
 */
final class IpfCommands {
    static final String VERSION = "v4|v6";
    static final String MIN = "v4|v6 MINFRAG";
    static final String MAX = "MAXFRAGS";
    static final String STATUS = "[-m]";

    private static final int MAX_PACKET_BYTES = 0xFFFF;

    private IpfCommands() {}

    private static FragmentTable table(Running running) {
        return running.engine().datapath().connections().fragments();
    }

    static Answer enable(Running running, Parameters parameters) {
        return enable(running, parameters, true);
    }

    static Answer disable(Running running, Parameters parameters) {
        return enable(running, parameters, false);
    }

    private static Answer enable(Running running, Parameters parameters, boolean enabled) {
        List<String> words = words(parameters, 1, VERSION);
        FragmentTable table = table(running);
        table.configure(table.settings().withEnabled(isIpv6(words.getFirst()), enabled));
        return done(parameters, (enabled ? "enabling" : "disabling") + " fragmentation reassembly");
    }

    static Answer setMin(Running running, Parameters parameters) {
        List<String> words = words(parameters, 2, MIN);
        boolean ipv6 = isIpv6(words.getFirst());
        OptionalInt bytes =
                Numbers.find(words.get(1), FragmentSettings.LEAST_MIN, MAX_PACKET_BYTES);
        if (bytes.isEmpty()) {
            throw new CommandException(
                    "'%s', expected a minimum fragment size from %d to %d bytes"
                            .formatted(words.get(1), FragmentSettings.LEAST_MIN, MAX_PACKET_BYTES));
        }
        FragmentTable table = table(running);
        table.configure(table.settings().withMin(ipv6, bytes.getAsInt()));
        return done(parameters, "setting minimum fragment size");
    }

    static Answer setMax(Running running, Parameters parameters) {
        String word = words(parameters, 1, MAX).getFirst();
        OptionalInt fragments = Numbers.find(word, 0, FragmentSettings.MOST_FRAGMENTS);
        if (fragments.isEmpty()) {
            throw new CommandException(
                    "'%s', expected a number of fragments from 0 to %d"
                            .formatted(word, FragmentSettings.MOST_FRAGMENTS));
        }
        FragmentTable table = table(running);
        table.configure(table.settings().withMax(fragments.getAsInt()));
        return done(parameters, "setting maximum fragments");
    }

    private static Answer done(Parameters parameters, String what) {
        return parameters.answer(() -> what + " successful", Json::object);
    }

    private static List<String> words(Parameters parameters, int count, String usage) {
        List<String> words = DpctlCommands.words(parameters);
        if (words.size() != count) {
            throw new CommandException("%d parameters, expected %s".formatted(words.size(), usage));
        }
        return words;
    }

    private static boolean isIpv6(String word) {
        return switch (word) {
            case "v4" -> false;
            case "v6" -> true;
            default ->
                    throw new CommandException(
                            "'%s', expected v4 for IPv4 or v6 for IPv6".formatted(word));
        };
    }

    static Answer status(Running running, Parameters parameters) {
        words(parameters, 0, STATUS);
        FragmentTable table = table(running);
        return parameters.answer(() -> text(table), () -> json(table));
    }

    private static String text(FragmentTable table) {
        FragmentSettings settings = table.settings();
        StringBuilder text = new StringBuilder();
        line(text, "Fragmentation Module Status");
        line(text, "---------------------------");
        line(text, "v4 enabled: " + (settings.ipv4() ? 1 : 0));
        line(text, "v6 enabled: " + (settings.ipv6() ? 1 : 0));
        line(text, "max num frags (v4/v6): " + settings.maxFragments());
        line(text, "num frag: " + table.waiting());
        for (boolean ipv6 : new boolean[] {false, true}) {
            String version = ipv6 ? "v6" : "v4";
            line(text, "min %s frag size: %d".formatted(version, settings.min(ipv6)));
            String frags = version + " frags ";
            line(text, frags + "accepted: " + table.count(ipv6, FragmentOutcome.HELD));
            line(text, frags + "completed: " + table.count(ipv6, FragmentOutcome.COMPLETE));
            line(text, frags + "expired: " + table.count(ipv6, FragmentOutcome.EXPIRED));
            line(text, frags + "too small: " + table.count(ipv6, FragmentOutcome.TOO_SMALL));
            line(text, frags + "overlapped: " + overlapped(table, ipv6));
            line(text, frags + "purged: " + table.count(ipv6, FragmentOutcome.PURGED));
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String line) {
        text.append("        ").append(line).append('\n');
    }

    /** As Open vSwitch: those that have come already are among them. */
    private static long overlapped(FragmentTable table, boolean ipv6) {
        return table.count(ipv6, FragmentOutcome.OVERLAP)
                + table.count(ipv6, FragmentOutcome.DUPLICATE);
    }

    private static ObjectNode json(FragmentTable table) {
        FragmentSettings settings = table.settings();
        ObjectNode json = Json.object();
        json.put("max_fragments", settings.maxFragments()).put("fragments", table.waiting());
        for (boolean ipv6 : new boolean[] {false, true}) {
            json.putObject(ipv6 ? "ipv6" : "ipv4")
                    .put("enabled", settings.isEnabled(ipv6))
                    .put("min_fragment_bytes", settings.min(ipv6))
                    .put("accepted", table.count(ipv6, FragmentOutcome.HELD))
                    .put("completed", table.count(ipv6, FragmentOutcome.COMPLETE))
                    .put("expired", table.count(ipv6, FragmentOutcome.EXPIRED))
                    .put("too_small", table.count(ipv6, FragmentOutcome.TOO_SMALL))
                    .put("duplicate", table.count(ipv6, FragmentOutcome.DUPLICATE))
                    .put("overlapped", table.count(ipv6, FragmentOutcome.OVERLAP))
                    .put("malformed", table.count(ipv6, FragmentOutcome.MALFORMED))
                    .put("purged", table.count(ipv6, FragmentOutcome.PURGED));
        }
        return json;
    }
}
