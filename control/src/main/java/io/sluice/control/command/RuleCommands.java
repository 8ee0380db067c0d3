package io.sluice.control.command;

import io.sluice.control.flow.ActionFormat;
import io.sluice.control.flow.Change;
import io.sluice.control.flow.ChangeCount;
import io.sluice.control.flow.ChangeReader;
import io.sluice.control.flow.ChangeReader.Verb;
import io.sluice.control.flow.FlowFilter;
import io.sluice.control.flow.FlowFormat;
import io.sluice.control.flow.FlowLine;
import io.sluice.control.flow.GroupFormat;
import io.sluice.control.flow.MatchFormat;
import io.sluice.control.socket.Answer;
import io.sluice.control.socket.CommandException;
import io.sluice.control.text.Span;
import io.sluice.fastpath.Flow;
import io.sluice.fastpath.Group;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code flow/...} and {@code group/...}. */
final class RuleCommands {
    private RuleCommands() {}

    static Answer addFlows(Running running, Parameters parameters) {
        return apply(running, parameters, Verb.ADD);
    }

    static Answer modFlows(Running running, Parameters parameters) {
        return apply(running, parameters, parameters.strict() ? Verb.MODIFY_STRICT : Verb.MODIFY);
    }

    static Answer delFlows(Running running, Parameters parameters) {
        Verb verb = parameters.strict() ? Verb.DELETE_STRICT : Verb.DELETE;
        return parameters.text().isBlank() && !parameters.strict()
                ? apply(running, parameters, new Change.DelFlows(FlowFilter.ALL))
                : apply(running, parameters, verb);
    }

    static Answer replaceFlows(Running running, Parameters parameters) {
        List<Change.Placed> changes = read(running, parameters, Verb.ADD);
        return counted(parameters, running.engine().flows().replace(changes));
    }

    static Answer dumpFlows(Running running, Parameters parameters) {
        FlowFilter filter =
                FlowLine.filter(
                        Span.of(parameters.text()),
                        running.engine().portNames(),
                        parameters.strict());
        running.engine().datapath().foldCounters();
        long nowNs = System.nanoTime();
        List<Flow> flows = running.engine().flows().flows(filter);
        flows.forEach(flow -> flow.clock().observe(flow.counters().packets(), nowNs));
        return parameters.answer(
                () ->
                        flows.stream()
                                .map(flow -> FlowFormat.show(flow, nowNs))
                                .collect(Collectors.joining("\n")),
                () -> {
                    ArrayNode all = Json.array();
                    flows.forEach(flow -> all.add(json(flow, nowNs)));
                    return all;
                });
    }

    static Answer addGroups(Running running, Parameters parameters) {
        requireGroups(parameters);
        return apply(running, parameters, Verb.ADD);
    }

    static Answer modGroups(Running running, Parameters parameters) {
        requireGroups(parameters);
        return apply(running, parameters, Verb.MODIFY);
    }

    static Answer delGroups(Running running, Parameters parameters) {
        if (parameters.text().isBlank()) {
            return apply(running, parameters, new Change.DelGroup(OptionalInt.empty()));
        }
        requireGroups(parameters);
        return apply(running, parameters, Verb.DELETE);
    }

    static Answer dumpGroups(Running running, Parameters parameters) {
        parameters.requireCount(0, 0, "");
        running.engine().datapath().foldCounters();
        return parameters.answer(
                () ->
                        running.engine().flows().groups().stream()
                                .map(GroupFormat::show)
                                .collect(Collectors.joining("\n")),
                () -> {
                    ArrayNode all = Json.array();
                    running.engine().flows().groups().forEach(group -> all.add(json(group)));
                    return all;
                });
    }

    private static Answer apply(Running running, Parameters parameters, Verb verb) {
        List<Change.Placed> changes = read(running, parameters, verb);
        if (changes.isEmpty()) {
            throw new CommandException("nothing to do: expected flows or groups, one a line");
        }
        return counted(parameters, running.engine().flows().apply(changes));
    }

    private static Answer apply(Running running, Parameters parameters, Change change) {
        List<Change.Placed> changes = List.of(new Change.Placed(change, ""));
        return counted(parameters, running.engine().flows().apply(changes));
    }

    private static List<Change.Placed> read(Running running, Parameters parameters, Verb verb) {
        return new ChangeReader(running.engine().portNames(), verb, Optional.empty())
                .read(parameters.text());
    }

    private static void requireGroups(Parameters parameters) {
        boolean groups =
                parameters
                        .text()
                        .lines()
                        .map(line -> line.replaceFirst("#.*", "").strip())
                        .allMatch(line -> line.isEmpty() || line.startsWith("group_id="));
        if (!groups) {
            throw new CommandException("not a group; expected group_id=N...");
        }
    }

    private static Answer counted(Parameters parameters, ChangeCount count) {
        return parameters.answer(
                count::sentence,
                () ->
                        Json.object()
                                .put("flows_added", count.flowsAdded())
                                .put("flows_modified", count.flowsModified())
                                .put("flows_deleted", count.flowsDeleted())
                                .put("groups_added", count.groupsAdded())
                                .put("groups_modified", count.groupsModified())
                                .put("groups_deleted", count.groupsDeleted()));
    }

    private static ObjectNode json(Flow flow, long nowNs) {
        return Json.object()
                .put("table", flow.table())
                .put("priority", flow.priority())
                .put("cookie", new BigInteger(Long.toUnsignedString(flow.cookie())))
                .put("match", MatchFormat.show(flow.match()))
                .put("actions", ActionFormat.show(flow.actions()))
                .put("packets", flow.counters().packets())
                .put("bytes", flow.counters().bytes())
                .put("duration_s", (nowNs - flow.clock().createdNs()) / 1_000_000_000)
                .put("idle_age_s", (nowNs - flow.clock().usedNs()) / 1_000_000_000)
                .put("idle_timeout_s", flow.options().idleTimeoutSeconds())
                .put("hard_timeout_s", flow.options().hardTimeoutSeconds());
    }

    private static ObjectNode json(Group group) {
        ObjectNode json =
                Json.object()
                        .put("group_id", Integer.toUnsignedLong(group.id()))
                        .put("type", "select")
                        .put("packets", group.counters().packets())
                        .put("bytes", group.counters().bytes());
        ArrayNode buckets = json.putArray("buckets");
        for (Group.Bucket bucket : group.buckets()) {
            buckets.addObject()
                    .put("weight", bucket.weight())
                    .put("actions", ActionFormat.show(bucket.actions()))
                    .put("packets", bucket.counters().packets())
                    .put("bytes", bucket.counters().bytes());
        }
        return json;
    }
}
