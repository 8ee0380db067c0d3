package io.sluice.control.command;

import io.sluice.conntrack.ConnFilter;
import io.sluice.conntrack.ConnTable;
import io.sluice.control.connection.ProtocolNames;
import io.sluice.control.socket.Answer;
import io.sluice.control.socket.CommandException;
import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.control.text.SyntaxException;
import io.sluice.fastpath.Datapath;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code dpctl/...}: what {@code ovs-appctl} knows of connection tracking, with its syntax and
 * output (ovs-vswitchd(8)), so that scripts move over. The name of a datapath ({@code
 * netdev@ovs-netdev}) may come first, and is passed over.
 */
final class DpctlCommands {
    static final String TUPLES = "[zone=N] [ORIG-TUPLE [REPLY-TUPLE]]";
    static final String STATS = "[zone=N] [-m]";

    private static final int MAX_ZONE = 0xFFFF;
    // In the order of ovs-appctl, with its names.
    private static final List<String> PROTOCOLS =
            List.of("TCP", "UDP", "UDPLITE", "SCTP", "ICMP", "ICMPV6", "DCCP", "IGMP");

    private DpctlCommands() {}

    static Answer dump(Running running, Parameters parameters) {
        List<String> words = words(parameters);
        ConnFilter filter =
                takeZone(words).stream()
                        .mapToObj(ConnFilter::ofZone)
                        .findFirst()
                        .orElse(ConnFilter.ALL);
        requireNone(words, "zone=N");
        return ConnCommands.show(running, filter, parameters);
    }

    /** For commands that take a zone and nothing else, behind the datapath's name. */
    static Answer ofZone(Parameters parameters, Function<OptionalInt, Answer> command) {
        List<String> words = words(parameters);
        OptionalInt zone = takeZone(words);
        requireNone(words, "zone=N");
        return command.apply(zone);
    }

    static Answer flush(Running running, Parameters parameters) {
        List<String> words = words(parameters);
        OptionalInt zone = takeZone(words);
        if (words.size() > 2) {
            throw new CommandException(
                    "'%s' is too much, expected %s".formatted(words.get(2), TUPLES));
        }
        TupleText original = words.isEmpty() ? TupleText.ANY : TupleText.read(words.getFirst());
        TupleText reply = words.size() < 2 ? TupleText.ANY : TupleText.read(words.get(1));
        if (original.proto().isPresent()
                && reply.proto().isPresent()
                && !original.proto().equals(reply.proto())) {
            throw new CommandException("the two tuples have different protocols");
        }
        boolean anyTuple = original.equals(TupleText.ANY) && reply.equals(TupleText.ANY);
        ConnFilter filter =
                new ConnFilter(
                        // As ovs-appctl: a tuple without zone is one of zone 0.
                        zone.isPresent() || anyTuple ? zone : OptionalInt.of(0),
                        OptionalInt.empty(),
                        0,
                        Optional.empty(),
                        Optional.empty(),
                        original.proto().isPresent() ? original.proto() : reply.proto(),
                        original.direction(),
                        reply.direction());
        return ConnCommands.flush(running, filter, _ -> "", parameters);
    }

    static Answer stats(Running running, Parameters parameters) {
        List<String> words = words(parameters);
        // As it was written before there was -m.
        boolean verbose = words.removeIf(word -> word.startsWith("verbose"));
        boolean more = parameters.more() || verbose;
        ConnFilter filter =
                takeZone(words).stream()
                        .mapToObj(ConnFilter::ofZone)
                        .findFirst()
                        .orElse(ConnFilter.ALL);
        requireNone(words, STATS);
        Datapath datapath = running.engine().datapath();
        boolean json = parameters.json();
        return out -> {
            Map<String, Long> byProtocol = new TreeMap<>();
            Map<String, Long> byState = new TreeMap<>();
            ConnCommands.walk(
                    datapath,
                    filter,
                    each -> {
                        String protocol = ProtocolNames.show(each.proto()).toUpperCase(Locale.ROOT);
                        byProtocol.merge(
                                PROTOCOLS.contains(protocol) ? protocol : "Other", 1L, Long::sum);
                        if (each.proto() == ProtocolNames.TCP) {
                            byState.merge(each.state(), 1L, Long::sum);
                        }
                    });
            if (json) {
                out.writePOJO(statsJson(byProtocol, byState));
            } else {
                out.writeString(statsText(byProtocol, more ? byState : Map.of()));
            }
        };
    }

    private static String statsText(Map<String, Long> byProtocol, Map<String, Long> byState) {
        StringBuilder text = new StringBuilder("Connections Stats:\n    Total: ");
        text.append(total(byProtocol)).append('\n');
        List<String> order = new ArrayList<>(PROTOCOLS);
        order.add("Other");
        for (String protocol : order) {
            Long count = byProtocol.get(protocol);
            if (count == null) {
                continue;
            }
            text.append("  ").append(protocol).append(": ").append(count).append('\n');
            if (protocol.equals("TCP") && !byState.isEmpty()) {
                text.append("    Conn per TCP states:\n");
                byState.forEach((state, connections) ->
                        text.append("\t  [%s]=%d\n".formatted(state, connections)));
            }
        }
        return text.toString();
    }

    private static JsonNode statsJson(Map<String, Long> byProtocol, Map<String, Long> byState) {
        ObjectNode json = Json.object().put("connections", total(byProtocol));
        ObjectNode protocols = json.putObject("protocols");
        byProtocol.forEach((name, count) -> protocols.put(name.toLowerCase(Locale.ROOT), count));
        ObjectNode states = json.putObject("tcp_states");
        byState.forEach(states::put);
        return json;
    }

    private static long total(Map<String, Long> byProtocol) {
        return byProtocol.values().stream().mapToLong(Long::longValue).sum();
    }

    static Answer connectionCount(Running running, Parameters parameters) {
        requireNone(words(parameters), "none");
        int count = table(running).size();
        return parameters.answer(
                () -> Integer.toString(count), () -> Json.object().put("connections", count));
    }

    static Answer maximum(Running running, Parameters parameters) {
        requireNone(words(parameters), "none");
        int max = table(running).maxConnections();
        return parameters.answer(
                () -> Integer.toString(max), () -> Json.object().put("max_connections", max));
    }

    static Answer setMaximum(Running running, Parameters parameters) {
        List<String> words = words(parameters);
        if (words.size() != 1) {
            throw new CommandException(words.size() + " parameters, expected MAXCONNS");
        }
        table(running)
                .setMaxConnections(
                        Numbers.parse(Span.of(words.getFirst()), 0, Integer.MAX_VALUE, "a number"));
        return parameters.answer(() -> "setting maxconns successful", Json::object);
    }

    static Answer setLimits(Running running, Parameters parameters) {
        return LimitCommands.set(running, withoutDatapath(parameters));
    }

    static Answer getLimits(Running running, Parameters parameters) {
        return LimitCommands.get(running, withoutDatapath(parameters));
    }

    static Answer delLimits(Running running, Parameters parameters) {
        return LimitCommands.del(running, withoutDatapath(parameters));
    }

    private static Parameters withoutDatapath(Parameters parameters) {
        return parameters.withWords(words(parameters));
    }

    private static ConnTable table(Running running) {
        return running.engine().datapath().connections();
    }

    /** The words behind the datapath's name; may be changed. */
    static List<String> words(Parameters parameters) {
        List<String> words = new ArrayList<>(parameters.words());
        if (!words.isEmpty() && isDatapath(words.getFirst())) {
            words.removeFirst();
        }
        return words;
    }

    private static boolean isDatapath(String word) {
        return word.matches("[a-z]+@\\S+")
                || word.equals("ovs-netdev")
                || word.equals("ovs-system");
    }

    private static OptionalInt takeZone(List<String> words) {
        if (words.isEmpty() || !words.getFirst().startsWith("zone=")) {
            return OptionalInt.empty();
        }
        Span text = Span.of(words.removeFirst());
        return OptionalInt.of(Numbers.parse(text.from("zone=".length()), 0, MAX_ZONE, "a zone"));
    }

    private static void requireNone(List<String> words, String expected) {
        if (!words.isEmpty()) {
            throw new SyntaxException(
                    1, "expected %s, found '%s'".formatted(expected, words.getFirst()));
        }
    }
}
