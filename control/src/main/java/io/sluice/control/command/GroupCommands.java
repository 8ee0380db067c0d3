package io.sluice.control.command;

import io.sluice.control.flow.ActionFormat;
import io.sluice.control.flow.Change;
import io.sluice.control.flow.ChangeReader.Verb;
import io.sluice.control.flow.GroupFormat;
import io.sluice.control.flow.GroupLine;
import io.sluice.control.flow.GroupTypes;
import io.sluice.control.socket.Answer;
import io.sluice.control.text.Span;
import io.sluice.fastpath.BucketConnections;
import io.sluice.fastpath.Counters;
import io.sluice.fastpath.Group;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.IntFunction;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code group/...}. */
final class GroupCommands {
    private GroupCommands() {}

    static Answer add(Running running, Parameters parameters) {
        return apply(running, parameters, Verb.ADD);
    }

    static Answer mod(Running running, Parameters parameters) {
        return apply(running, parameters, Verb.MODIFY);
    }

    static Answer del(Running running, Parameters parameters) {
        return parameters.text().isBlank()
                ? RuleCommands.apply(running, parameters, new Change.DelGroup(OptionalInt.empty()))
                : apply(running, parameters, Verb.DELETE);
    }

    static Answer insertBuckets(Running running, Parameters parameters) {
        return apply(running, parameters, Verb.INSERT_BUCKETS);
    }

    static Answer removeBuckets(Running running, Parameters parameters) {
        return apply(running, parameters, Verb.REMOVE_BUCKETS);
    }

    private static Answer apply(Running running, Parameters parameters, Verb verb) {
        return RuleCommands.apply(
                running,
                parameters,
                verb,
                change -> change instanceof Change.OfGroup,
                "not a group; expected group_id=N...");
    }

    static Answer dump(Running running, Parameters parameters) {
        List<Group> groups = chosen(running, parameters);
        return parameters.answer(
                () -> lines(groups.stream().map(GroupFormat::show).toList()),
                () -> {
                    ArrayNode all = Json.array();
                    groups.forEach(group -> all.add(json(group)));
                    return all;
                });
    }

    static Answer stats(Running running, Parameters parameters) {
        List<Group> groups = chosen(running, parameters);
        Map<Integer, Long> flows = running.engine().flows().flowsByGroup();
        long nowNs = System.nanoTime();
        return parameters.answer(
                () ->
                        lines(
                                groups.stream()
                                        .map(group ->
                                                GroupFormat.showStats(
                                                        group,
                                                        flows.getOrDefault(group.id(), 0L),
                                                        connections(running, group),
                                                        nowNs))
                                        .toList()),
                () -> {
                    ArrayNode all = Json.array();
                    groups.forEach(group ->
                            all.add(
                                    statsJson(
                                            running,
                                            group,
                                            flows.getOrDefault(group.id(), 0L),
                                            nowNs)));
                    return all;
                });
    }

    private static List<Group> chosen(Running running, Parameters parameters) {
        OptionalInt id = GroupLine.idOrAll(Span.of(parameters.text()));
        running.engine().datapath().foldCounters();
        return running.engine().flows().groups().stream()
                .filter(group -> id.isEmpty() || group.id() == id.getAsInt())
                .toList();
    }

    private static String lines(List<String> lines) {
        return String.join("\n", lines);
    }

    private static ObjectNode json(Group group) {
        ObjectNode json =
                Json.object()
                        .put("group_id", Integer.toUnsignedLong(group.id()))
                        .put("type", GroupTypes.show(group.type()));
        GroupFormat.selection(group).ifPresent(text -> json.put("selection", text));
        put(json, group.counters());
        ArrayNode buckets = json.putArray("buckets");
        for (Group.Bucket bucket : group.buckets()) {
            ObjectNode each =
                    buckets.addObject().put("bucket_id", Integer.toUnsignedLong(bucket.id()));
            if (!bucket.name().isEmpty()) {
                each.put("name", bucket.name());
            }
            each.put("weight", bucket.weight());
            bucket.watchPort().ifPresent(port -> each.put("watch_port", port));
            bucket.watchGroup()
                    .ifPresent(id -> each.put("watch_group", Integer.toUnsignedLong(id)));
            each.put("actions", ActionFormat.show(bucket.actions()));
            put(each, bucket.counters());
        }
        return json;
    }

    private static IntFunction<BucketConnections> connections(Running running, Group group) {
        Map<Integer, BucketConnections> all =
                running.engine().datapath().bucketConnections(group.id());
        return bucketId -> all.getOrDefault(bucketId, BucketConnections.NONE);
    }

    private static ObjectNode statsJson(Running running, Group group, long flows, long nowNs) {
        ObjectNode json =
                Json.object()
                        .put("group_id", Integer.toUnsignedLong(group.id()))
                        .put("duration_s", (nowNs - group.createdNs()) / 1_000_000_000)
                        .put("flows", flows);
        put(json, group.counters());
        IntFunction<BucketConnections> connections = connections(running, group);
        ArrayNode buckets = json.putArray("buckets");
        for (Group.Bucket bucket : group.buckets()) {
            ObjectNode each =
                    buckets.addObject().put("bucket_id", Integer.toUnsignedLong(bucket.id()));
            put(each, bucket.counters());
            if (group.selection().method().bindsConnections()) {
                BucketConnections here = connections.apply(bucket.id());
                each.put("connections", here.live()).put("connections_made", here.made());
            }
        }
        return json;
    }

    private static void put(ObjectNode json, Counters counters) {
        json.put("packets", counters.packets()).put("bytes", counters.bytes());
    }
}
