package io.sluice.control.flow;

import java.util.ArrayList;
import java.util.List;

/** How many flows, groups and meters a change touched. */
public record ChangeCount(
        int flowsAdded,
        int flowsModified,
        int flowsDeleted,
        int groupsAdded,
        int groupsModified,
        int groupsDeleted,
        Meters meters) {
    static final ChangeCount NONE = new ChangeCount(0, 0, 0, 0, 0, 0);

    /** How many meters. */
    public record Meters(int added, int modified, int deleted) {
        static final Meters NONE = new Meters(0, 0, 0);

        private Meters plus(Meters other) {
            return new Meters(
                    added + other.added, modified + other.modified, deleted + other.deleted);
        }
    }

    ChangeCount(
            int flowsAdded,
            int flowsModified,
            int flowsDeleted,
            int groupsAdded,
            int groupsModified,
            int groupsDeleted) {
        this(
                flowsAdded,
                flowsModified,
                flowsDeleted,
                groupsAdded,
                groupsModified,
                groupsDeleted,
                Meters.NONE);
    }

    ChangeCount withMeters(Meters touched) {
        return new ChangeCount(
                flowsAdded,
                flowsModified,
                flowsDeleted,
                groupsAdded,
                groupsModified,
                groupsDeleted,
                touched);
    }

    ChangeCount plus(ChangeCount other) {
        return new ChangeCount(
                flowsAdded + other.flowsAdded,
                flowsModified + other.flowsModified,
                flowsDeleted + other.flowsDeleted,
                groupsAdded + other.groupsAdded,
                groupsModified + other.groupsModified,
                groupsDeleted + other.groupsDeleted,
                meters.plus(other.meters));
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
        add(parts, meters.added(), "meter", "added");
        add(parts, meters.modified(), "meter", "modified");
        add(parts, meters.deleted(), "meter", "deleted");
        return parts.isEmpty() ? "nothing changed" : String.join(", ", parts);
    }

    private static void add(List<String> parts, int count, String what, String how) {
        if (count > 0) {
            parts.add(count + " " + what + (count == 1 ? "" : "s") + " " + how);
        }
    }
}
