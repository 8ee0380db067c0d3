package io.sluice.control.command;

import io.sluice.control.connection.ConnectionJson;
import io.sluice.control.flow.ActionFormat;
import io.sluice.control.flow.MatchFormat;
import io.sluice.control.packet.PacketMatch;
import io.sluice.fastpath.Flow;
import io.sluice.fastpath.Match;
import io.sluice.fastpath.TraceEvent;
import io.sluice.fastpath.TraceEvent.Lookup;
import io.sluice.fastpath.TraceEvent.Node;
import io.sluice.fastpath.TraceEvent.SentTo;
import io.sluice.fastpath.TraceEvent.Step;
import io.sluice.fastpath.TraceEvent.Tracked;
import io.sluice.fastpath.TraceResult;
import java.math.BigInteger;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What would happen to a packet as JSON: {@link TraceText} with names. */
final class TraceJson {
    private static final Match ANY = Match.builder().build();

    private TraceJson() {}

    static ObjectNode show(TraceResult result) {
        ObjectNode json = Json.object();
        json.put("packet", TraceText.packet(result.packet().key()));
        add(json.putArray("events"), result.events(), 0, ANY);
        json.put("complete", result.complete());
        TraceOutcome outcome = TraceOutcome.of(result);
        ArrayNode sent = json.putArray("sent");
        for (SentTo each : outcome.sent()) {
            ObjectNode to = port(sent.addObject(), each);
            to.put("packet", PacketMatch.headers(each.packet().key()));
            to.put("changes", TraceOutcome.changes(result.packet(), each.packet()));
        }
        json.put("sent_up", outcome.sentUp());
        outcome.dropped().ifPresent(reason -> json.put("dropped", reason.label()));
        return json;
    }

    /** One after the other: ways can be deeper than readers of JSON allow. */
    private static void add(ArrayNode array, List<Node> nodes, int depth, Match flows) {
        for (Node node : nodes) {
            Match known =
                    node.event() instanceof Lookup lookup
                            ? lookup.flow().map(Flow::match).orElse(ANY)
                            : flows;
            array.add(event(node.event(), flows).put("depth", depth));
            add(array, node.within(), depth + 1, known);
        }
    }

    private static ObjectNode event(TraceEvent event, Match flows) {
        return switch (event) {
            case Lookup lookup -> lookup(lookup);
            case Step step ->
                    named("action").put("action", ActionFormat.show(step.action(), flows));
            case Tracked tracked -> tracked(tracked);
            case TraceEvent.InBucket in ->
                    named("bucket")
                            .put("group_id", Integer.toUnsignedLong(in.group()))
                            .put("bucket_id", Integer.toUnsignedLong(in.bucketId()))
                            .put("why", in.reason().name().toLowerCase(Locale.ROOT));
            case TraceEvent.InCopy _ -> named("copy");
            case TraceEvent.InActionSet _ -> named("action-set");
            case SentTo sent -> port(named("sent"), sent);
            case TraceEvent.SentUp _ -> named("sent-up");
            case TraceEvent.Answered _ -> named("answered");
            case TraceEvent.Lost lost -> named("lost").put("reason", lost.reason().label());
            case TraceEvent.Dropped dropped ->
                    named("dropped").put("reason", dropped.reason().label());
        };
    }

    private static ObjectNode named(String event) {
        return Json.object().put("event", event);
    }

    private static ObjectNode lookup(Lookup lookup) {
        ObjectNode json = named("lookup").put("table", lookup.table());
        json.put("found", lookup.flow().isPresent());
        lookup.flow()
                .ifPresent(flow -> {
                    json.put("priority", flow.priority());
                    json.put("match", MatchFormat.show(flow.match()));
                    json.put("cookie", new BigInteger(Long.toUnsignedString(flow.cookie())));
                });
        return json;
    }

    private static ObjectNode tracked(Tracked tracked) {
        ObjectNode json = named("tracked").put("zone", tracked.zone());
        json.put("ct_state", PacketMatch.state(tracked.state()));
        json.put("given", tracked.given());
        tracked.connection().ifPresent(found -> json.set("connection", ConnectionJson.of(found)));
        json.put("made", tracked.made());
        tracked.translated()
                .ifPresent(tuple ->
                        json.set("translated", ConnectionJson.of(tracked.protocol(), tuple)));
        tracked.quoted()
                .ifPresent(tuple ->
                        json.set(
                                "quoted_translated",
                                ConnectionJson.of(tracked.quotedProtocol(), tuple)));
        return json;
    }

    private static ObjectNode port(ObjectNode json, SentTo sent) {
        json.put("port", sent.port());
        sent.name().ifPresent(name -> json.put("name", name));
        return json;
    }
}
