package io.sluice.control.command;

import io.sluice.control.flow.ActionFormat;
import io.sluice.control.flow.Change;
import io.sluice.control.flow.ChangeCount;
import io.sluice.control.flow.ChangeReader;
import io.sluice.control.flow.ChangeReader.Verb;
import io.sluice.control.flow.FlowFilter;
import io.sluice.control.flow.FlowFormat;
import io.sluice.control.flow.FlowLine;
import io.sluice.control.flow.MatchFormat;
import io.sluice.control.socket.Answer;
import io.sluice.control.socket.CommandException;
import io.sluice.control.text.Span;
import io.sluice.fastpath.Flow;
import io.sluice.fastpath.PacketOut;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code flow/...}, and how changes are applied. */
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
        return change(running, parameters, changes, running.engine().flows()::replace);
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

    /** Applies what the parameters say, all of it or nothing. */
    static Answer apply(Running running, Parameters parameters, Verb verb) {
        List<Change.Placed> changes = read(running, parameters, verb);
        if (changes.isEmpty()) {
            throw new CommandException("nothing to do: expected flows or groups, one a line");
        }
        return apply(running, parameters, changes);
    }

    /**
     * Applies what the parameters say if all of it is about what the command is for.
     *
     * @param expected the answer otherwise
     */
    static Answer apply(
            Running running,
            Parameters parameters,
            Verb verb,
            Predicate<Change> mine,
            String expected) {
        List<Change.Placed> changes = read(running, parameters, verb);
        if (changes.isEmpty() || !changes.stream().map(Change.Placed::change).allMatch(mine)) {
            throw new CommandException(expected);
        }
        return apply(running, parameters, changes);
    }

    static Answer apply(Running running, Parameters parameters, Change change) {
        return apply(running, parameters, List.of(new Change.Placed(change, "")));
    }

    static Answer apply(Running running, Parameters parameters, List<Change.Placed> changes) {
        return change(running, parameters, changes, running.engine().flows()::apply);
    }

    /** Sends a packet whose actions name only what there is. */
    static void send(Running running, PacketOut packet) {
        List<Change.Placed> only = List.of(new Change.Placed(new Change.SendPacket(packet), ""));
        change(running, only, running.engine().flows()::apply);
    }

    private static Answer change(
            Running running,
            Parameters parameters,
            List<Change.Placed> changes,
            Function<List<Change.Placed>, ChangeCount> making) {
        ChangeCount count = change(running, changes, making);
        return counted(parameters, count, packets(changes).size());
    }

    /** Makes the changes and then sends the packets among them, or does nothing of it. */
    private static ChangeCount change(
            Running running,
            List<Change.Placed> changes,
            Function<List<Change.Placed>, ChangeCount> making) {
        List<PacketOut> packets = packets(changes);
        running.engine().datapath().requireSendable(packets);
        ChangeCount count = making.apply(changes);
        running.engine().datapath().send(packets);
        return count;
    }

    private static List<PacketOut> packets(List<Change.Placed> changes) {
        return changes.stream()
                .filter(placed -> placed.change() instanceof Change.SendPacket)
                .map(placed -> ((Change.SendPacket) placed.change()).packet())
                .toList();
    }

    private static List<Change.Placed> read(Running running, Parameters parameters, Verb verb) {
        return new ChangeReader(running.engine().portNames(), verb, Optional.empty())
                .read(parameters.text());
    }

    private static Answer counted(Parameters parameters, ChangeCount count, int packets) {
        String sent =
                packets == 0
                        ? ""
                        : ", " + packets + (packets == 1 ? " packet" : " packets") + " sent";
        return parameters.answer(
                () -> count.sentence() + sent,
                () ->
                        Json.object()
                                .put("flows_added", count.flowsAdded())
                                .put("flows_modified", count.flowsModified())
                                .put("flows_deleted", count.flowsDeleted())
                                .put("groups_added", count.groupsAdded())
                                .put("groups_modified", count.groupsModified())
                                .put("groups_deleted", count.groupsDeleted())
                                .put("meters_added", count.meters().added())
                                .put("meters_modified", count.meters().modified())
                                .put("meters_deleted", count.meters().deleted())
                                .put("packets_sent", packets));
    }

    private static ObjectNode json(Flow flow, long nowNs) {
        return Json.object()
                .put("table", flow.table())
                .put("priority", flow.priority())
                .put("cookie", new BigInteger(Long.toUnsignedString(flow.cookie())))
                .put("match", MatchFormat.show(flow.match()))
                .put("actions", ActionFormat.show(flow))
                .put("packets", flow.counters().packets())
                .put("bytes", flow.counters().bytes())
                .put("duration_s", (nowNs - flow.clock().createdNs()) / 1_000_000_000)
                .put("idle_age_s", (nowNs - flow.clock().usedNs()) / 1_000_000_000)
                .put("idle_timeout_s", flow.idleTimeoutSeconds())
                .put("hard_timeout_s", flow.hardTimeoutSeconds());
    }
}
