package io.sluice.control.flow;

import io.sluice.control.flow.FlowTables.Place;
import io.sluice.fastpath.Flow;
import io.sluice.fastpath.Group;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;

/** All flows and groups in place of others, as the difference between them. */
final class Replacement {
    private final Map<Place, Flow> changed = new LinkedHashMap<>();
    private final Map<Integer, Group> groups;
    private ChangeCount count = ChangeCount.NONE;

    Replacement(
            FlowTables oldFlows,
            Map<Integer, Group> oldGroups,
            Collection<Flow> newFlows,
            Map<Integer, Group> newGroups) {
        oldFlows.forEach(OptionalInt.empty(), flow -> changed.put(Place.of(flow), null));
        int deleted = changed.size();
        int added = 0;
        int modified = 0;
        for (Flow flow : newFlows) {
            if (flow == null) {
                continue;
            }
            Flow before = oldFlows.get(Place.of(flow));
            boolean same = before != null && sayTheSame(before, flow);
            changed.put(Place.of(flow), same ? before : flow);
            added += before == null ? 1 : 0;
            modified += before != null && !same ? 1 : 0;
            deleted -= before == null ? 0 : 1;
        }
        count = new ChangeCount(added, modified, deleted, 0, 0, 0);
        groups = replaceGroups(oldGroups, newGroups);
    }

    private Map<Integer, Group> replaceGroups(
            Map<Integer, Group> oldGroups, Map<Integer, Group> newGroups) {
        Map<Integer, Group> all = new LinkedHashMap<>();
        int deleted = oldGroups.size();
        int added = 0;
        int modified = 0;
        for (Group group : newGroups.values()) {
            Group before = oldGroups.get(group.id());
            boolean same = before != null && sayTheSame(before, group);
            all.put(group.id(), same ? before : group);
            added += before == null ? 1 : 0;
            modified += before != null && !same ? 1 : 0;
            deleted -= before == null ? 0 : 1;
        }
        count = count.plus(new ChangeCount(0, 0, 0, added, modified, deleted));
        return added + modified + deleted == 0 ? oldGroups : all;
    }

    /** What will be in the places; null: nothing. */
    Map<Place, Flow> changed() {
        return changed;
    }

    /** All groups after the change; the old map when no group has changed. */
    Map<Integer, Group> groups() {
        return groups;
    }

    ChangeCount count() {
        return count;
    }

    static boolean sayTheSame(Flow a, Flow b) {
        return a.cookie() == b.cookie()
                && a.actions().equals(b.actions())
                && a.options().equals(b.options());
    }

    private static boolean sayTheSame(Group a, Group b) {
        if (a.buckets().size() != b.buckets().size()) {
            return false;
        }
        for (int i = 0; i < a.buckets().size(); i++) {
            Group.Bucket one = a.buckets().get(i);
            Group.Bucket other = b.buckets().get(i);
            if (one.weight() != other.weight() || !one.actions().equals(other.actions())) {
                return false;
            }
        }
        return true;
    }
}
