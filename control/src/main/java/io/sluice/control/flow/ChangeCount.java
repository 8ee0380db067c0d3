package io.sluice.control.flow;

import java.util.ArrayList;
import java.util.List;

/** How many flows and groups a change touched. */
public record ChangeCount(
        int flowsAdded,
        int flowsModified,
        int flowsDeleted,
        int groupsAdded,
        int groupsModified,
        int groupsDeleted) {
    static final ChangeCount NONE = new ChangeCount(0, 0, 0, 0, 0, 0);

    ChangeCount plus(ChangeCount other) {
        return new ChangeCount(
                flowsAdded + other.flowsAdded,
                flowsModified + other.flowsModified,
                flowsDeleted + other.flowsDeleted,
                groupsAdded + other.groupsAdded,
                groupsModified + other.groupsModified,
                groupsDeleted + other.groupsDeleted);
    }

    /** "2 flows added, 1 group added"; "nothing changed". */
    public String sentence() {
        List<String> parts = new ArrayList<>();
        add(parts, flowsAdded, "flow", "added");
        add(parts, flowsModified, "flow", "modified");
        add(parts, flowsDeleted, "flow", "deleted");
        add(parts, groupsAdded, "group", "added");
        add(parts, groupsModified, "group", "modified");
        add(parts, groupsDeleted, "group", "deleted");
        return parts.isEmpty() ? "nothing changed" : String.join(", ", parts);
    }

    private static void add(List<String> parts, int count, String what, String how) {
        if (count > 0) {
            parts.add(count + " " + what + (count == 1 ? "" : "s") + " " + how);
        }
    }
}
