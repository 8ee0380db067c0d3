package io.sluice.control.flow;

import io.sluice.fastpath.Group;

/** Writes groups as {@code ovs-ofctl dump-groups} does; {@link GroupLine} reads that back. */
public final class GroupFormat {
    private GroupFormat() {}

    public static String show(Group group) {
        StringBuilder text = new StringBuilder();
        text.append(" group_id=").append(Integer.toUnsignedString(group.id()));
        text.append(",type=select");
        for (Group.Bucket bucket : group.buckets()) {
            text.append(",bucket=weight:").append(bucket.weight());
            text.append(",actions=").append(ActionFormat.show(bucket.actions()));
        }
        return text.toString();
    }
}
