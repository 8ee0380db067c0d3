package io.sluice.control.command;

import io.sluice.control.connection.ConnectionText;
import io.sluice.control.flow.ActionFormat;
import io.sluice.control.flow.MatchFormat;
import io.sluice.control.packet.PacketMatch;
import io.sluice.fastpath.DropReason;
import io.sluice.fastpath.Flow;
import io.sluice.fastpath.Match;
import io.sluice.fastpath.TraceEvent;
import io.sluice.fastpath.TraceEvent.Lookup;
import io.sluice.fastpath.TraceEvent.Node;
import io.sluice.fastpath.TraceEvent.SentTo;
import io.sluice.fastpath.TraceEvent.Step;
import io.sluice.fastpath.TraceEvent.Tracked;
import io.sluice.fastpath.TraceResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Writes what would happen to a packet as {@code ovs-appctl ofproto/trace} does. */
final class TraceText {
    private static final int INDENT = 4;
    private static final int MAX_INDENT = 120;
    private static final Match ANY = Match.builder().build();

    private final StringBuilder text = new StringBuilder(1024);

    private TraceText() {}

    static String show(TraceResult result) {
        TraceText writer = new TraceText();
        writer.line(0, "Packet: " + packet(result.packet().key()));
        writer.text.append('\n');
        writer.write(result.events(), 0, ANY);
        if (!result.complete()) {
            writer.line(0, "... and so on: the way is too long to be shown");
        }
        writer.text.append('\n');
        writer.writeOutcome(result);
        return writer.text.toString();
    }

    /** All that is known of the packet, in one list. */
    static String packet(long[] key) {
        return PacketMatch.metadata(key) + "," + PacketMatch.headers(key);
    }

    private void line(int indent, String line) {
        text.repeat(' ', Math.min(indent, MAX_INDENT)).append(line).append('\n');
    }

    /**
     * Writes the events.
     *
     * @param flows what is known about the packets, for actions' names of fields
     */
    private void write(List<Node> nodes, int indent, Match flows) {
        for (Node node : nodes) {
            Match known = flows;
            switch (node.event()) {
                case Lookup lookup -> {
                    known = lookup.flow().map(Flow::match).orElse(ANY);
                    write(lookup, indent);
                }
                case Step step -> line(indent, ActionFormat.show(step.action(), flows));
                case Tracked tracked -> write(tracked, indent);
                // The outcome says it.
                case TraceEvent.Dropped _ when indent == 0 -> {}
                default -> line(indent, " -> " + sentence(node.event()));
            }
            boolean isStep = node.event() instanceof Step;
            write(node.within(), isStep ? indent : indent + INDENT, known);
        }
    }

    private void write(Lookup lookup, int indent) {
        String rule = lookup.flow().map(TraceText::rule).orElse("No match.");
        line(indent, String.format(Locale.ROOT, "%2d. %s", lookup.table(), rule));
        if (lookup.flow().isPresent() && lookup.flow().get().actions().isEmpty()) {
            line(indent + INDENT, "drop");
        }
    }

    private static String rule(Flow flow) {
        List<String> words = new ArrayList<>();
        String match = MatchFormat.show(flow.match());
        if (!match.isEmpty()) {
            words.add(match);
        }
        words.add("priority " + flow.priority());
        if (flow.cookie() != 0) {
            words.add("cookie 0x" + Long.toHexString(flow.cookie()));
        }
        return String.join(", ", words);
    }

    private void write(Tracked tracked, int indent) {
        line(
                indent,
                " -> zone %d, ct_state=%s%s"
                        .formatted(
                                tracked.zone(),
                                PacketMatch.state(tracked.state()),
                                tracked.given() ? " as given" : ""));
        String connection = tracked.connection().map(ConnectionText::line).orElse("no connection");
        line(indent, " -> " + (tracked.made() ? "would make " : "") + connection);
        tracked.translated()
                .map(tuple -> ConnectionText.tuple(tracked.protocol(), tuple))
                .ifPresent(tuple -> line(indent, " -> translated to " + tuple));
        tracked.quoted()
                .map(tuple -> ConnectionText.tuple(tracked.quotedProtocol(), tuple))
                .ifPresent(tuple -> line(indent, " -> the packet in it translated to " + tuple));
    }

    private static String sentence(TraceEvent event) {
        return switch (event) {
            case TraceEvent.InBucket in ->
                    "group %s, bucket %s%s"
                            .formatted(
                                    Integer.toUnsignedString(in.group()),
                                    Integer.toUnsignedString(in.bucketId()),
                                    in.reason().isPlain() ? "" : ": " + in.reason().meaning());
            case TraceEvent.InCopy _ -> "a copy";
            case TraceEvent.InActionSet _ -> "the action set";
            case SentTo sent -> "sent to " + port(sent);
            case TraceEvent.SentUp _ -> "sent up to packet/in";
            case TraceEvent.Answered _ -> "answered with ICMP time exceeded";
            case TraceEvent.Lost lost -> reason(lost.reason());
            case TraceEvent.Dropped dropped -> "dropped: " + reason(dropped.reason());
            case Lookup _, Step _, Tracked _ -> throw new IllegalArgumentException("" + event);
        };
    }

    private static String port(SentTo sent) {
        return "port "
                + sent.port()
                + sent.name().map(name -> " (" + name + ")").orElse(", which does not exist");
    }

    private static String reason(DropReason reason) {
        return reason.label() + " (" + reason.meaning() + ")";
    }

    private void writeOutcome(TraceResult result) {
        TraceOutcome outcome = TraceOutcome.of(result);
        for (SentTo sent : outcome.sent()) {
            String changes = TraceOutcome.changes(result.packet(), sent.packet());
            line(
                    0,
                    "Sent to %s: %s"
                            .formatted(port(sent), changes.isEmpty() ? "unchanged" : changes));
        }
        if (outcome.sentUp()) {
            line(0, "Sent up to packet/in");
        }
        outcome.dropped().ifPresent(reason -> line(0, "Dropped: " + reason(reason)));
    }
}
