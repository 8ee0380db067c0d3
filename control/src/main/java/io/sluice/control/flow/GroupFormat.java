package io.sluice.control.flow;

import io.sluice.fastpath.BucketConnections;
import io.sluice.fastpath.Counters;
import io.sluice.fastpath.Group;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntFunction;

/** Writes groups as {@code ovs-ofctl dump-groups} and {@code dump-group-stats} do. */
public final class GroupFormat {
    private GroupFormat() {}

    /** What the group is; {@link GroupLine} reads it back. */
    public static String show(Group group) {
        StringBuilder text = new StringBuilder();
        text.append(" group_id=").append(Integer.toUnsignedString(group.id()));
        text.append(",type=").append(GroupTypes.show(group.type()));
        text.append(SelectionText.show(group.selection()));
        for (Group.Bucket bucket : group.buckets()) {
            text.append(",bucket=bucket_id:").append(Integer.toUnsignedString(bucket.id()));
            if (!bucket.name().isEmpty()) {
                text.append(",name:").append(bucket.name());
            }
            if (bucket.weight() != 1) {
                text.append(",weight:").append(bucket.weight());
            }
            bucket.watchPort().ifPresent(port -> text.append(",watch_port:").append(port));
            bucket.watchGroup()
                    .ifPresent(id ->
                            text.append(",watch_group:").append(Integer.toUnsignedString(id)));
            text.append(",actions=").append(ActionFormat.show(bucket.actions()));
        }
        return text.toString();
    }

    /** How a select group selects, if it says so, in the words of a group. */
    public static Optional<String> selection(Group group) {
        String text = SelectionText.show(group.selection());
        return text.isEmpty() ? Optional.empty() : Optional.of(text.substring(1));
    }

    /**
     * What the group has counted.
     *
     * @param flows how many flows name the group
     * @param connections of each bucket, by its {@code bucket_id}
     * @param nowNs {@code System.nanoTime()}
     */
    public static String showStats(
            Group group, long flows, IntFunction<BucketConnections> connections, long nowNs) {
        StringBuilder text = new StringBuilder();
        text.append(
                String.format(
                        Locale.ROOT,
                        " group_id=%s,duration=%.3fs,ref_count=%d,%s",
                        Integer.toUnsignedString(group.id()),
                        (nowNs - group.createdNs()) / 1e9,
                        flows,
                        show(group.counters())));
        for (int i = 0; i < group.buckets().size(); i++) {
            Group.Bucket bucket = group.buckets().get(i);
            text.append(",bucket").append(i).append(':').append(show(bucket.counters()));
            if (group.selection().method().bindsConnections()) {
                BucketConnections here = connections.apply(bucket.id());
                text.append(",connections=").append(here.live());
                text.append(",connections_made=").append(here.made());
            }
        }
        return text.toString();
    }

    private static String show(Counters counters) {
        return "packet_count=" + counters.packets() + ",byte_count=" + counters.bytes();
    }
}
