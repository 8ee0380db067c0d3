package io.sluice.control.flow;

import io.sluice.control.flow.Change.Placed;
import io.sluice.control.flow.FlowTables.Learned;
import io.sluice.control.flow.FlowTables.Place;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Flow;
import io.sluice.fastpath.FlowOptions.Flag;
import io.sluice.fastpath.Group;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A change of flows and groups while it is made: what will be different, beside what is installed
 * and stays untouched until all of it can be done. Control thread only.
 */
final class RuleEdit {
    private final FlowTables installed;
    // Places where another flow will be; null: none. In the order in which they were changed.
    private final Map<Place, Flow> changed = new LinkedHashMap<>();
    private Map<Integer, Group> groups;
    private boolean groupsCopied;

    RuleEdit(FlowTables installed, Map<Integer, Group> groups) {
        this.installed = installed;
        this.groups = groups;
    }

    /** What will be in those places; null: nothing. */
    Map<Place, Flow> changed() {
        return changed;
    }

    /** All groups after the change; the installed map when no group has changed. */
    Map<Integer, Group> groups() {
        return groups;
    }

    /**
     * Notes the changes in their order; a flow may name a group that comes later.
     *
     * @throws RulesException with every change that cannot be made
     */
    ChangeCount apply(List<Placed> changes) {
        List<String> mistakes = new ArrayList<>();
        ChangeCount count = ChangeCount.NONE;
        for (Placed placed : changes) {
            try {
                count = count.plus(apply(placed.change()));
            } catch (IllegalArgumentException e) {
                mistakes.add(placed.place() + e.getMessage());
            }
        }
        for (Placed placed : changes) {
            missingGroup(placed.change())
                    .ifPresent(id -> mistakes.add(placed.place() + named(id) + " does not exist"));
        }
        if (!mistakes.isEmpty()) {
            throw new RulesException(mistakes);
        }
        return count.plus(deleted(deleteLearned(), 0));
    }

    private static String named(int group) {
        return "group " + Integer.toUnsignedString(group);
    }

    private ChangeCount apply(Change change) {
        return switch (change) {
            case Change.AddFlow add -> addFlow(add.flow());
            case Change.ModFlows mod -> modFlows(mod);
            case Change.DelFlows del -> deleted(delete(find(del.filter())), 0);
            case Change.AddGroup add -> addGroup(add.group());
            case Change.ModGroup mod -> modGroup(mod.group());
            case Change.DelGroup del -> delGroup(del.id());
        };
    }

    /** The flow that will be there, or null. */
    private Flow get(Place place) {
        return changed.containsKey(place) ? changed.get(place) : installed.get(place);
    }

    private void put(Flow flow) {
        changed.put(Place.of(flow), flow);
    }

    private int delete(Collection<Flow> doomed) {
        doomed.forEach(flow -> changed.put(Place.of(flow), null));
        return doomed.size();
    }

    private List<Flow> find(FlowFilter filter) {
        List<Flow> found = new ArrayList<>();
        if (filter.place().isPresent()) {
            Flow only = get(filter.place().get());
            if (only != null && filter.matches(only)) {
                found.add(only);
            }
            return found;
        }
        installed.forEach(
                filter.table(),
                flow -> {
                    if (filter.matches(flow) && !changed.containsKey(Place.of(flow))) {
                        found.add(flow);
                    }
                });
        for (Flow flow : changed.values()) {
            if (flow != null && filter.matches(flow)) {
                found.add(flow);
            }
        }
        return found;
    }

    private ChangeCount addFlow(Flow flow) {
        if (flow.options().flags().contains(Flag.CHECK_OVERLAP) && get(Place.of(flow)) == null) {
            refuseOverlap(flow);
        }
        put(flow);
        return new ChangeCount(1, 0, 0, 0, 0, 0);
    }

    private void refuseOverlap(Flow flow) {
        FlowFilter sameTable = FlowFilter.ofTable(flow.table());
        for (Flow other : find(sameTable)) {
            if (other.priority() == flow.priority() && other.match().overlaps(flow.match())) {
                String match = MatchFormat.show(other.match());
                throw new IllegalArgumentException(
                        "the flow overlaps with '"
                                + (match.isEmpty() ? "any packet" : match)
                                + "' of the same priority, and says check_overlap");
            }
        }
    }

    private ChangeCount modFlows(Change.ModFlows mod) {
        List<Flow> found = find(mod.filter());
        for (Flow flow : found) {
            Flow next = flow.withActions(mod.actions());
            next = mod.cookie().isPresent() ? next.withCookie(mod.cookie().getAsLong()) : next;
            put(mod.resetCounts() ? next.withNewCounters() : next);
        }
        return new ChangeCount(0, found.size(), 0, 0, 0, 0);
    }

    private Map<Integer, Group> groupsToChange() {
        if (!groupsCopied) {
            groups = new LinkedHashMap<>(groups);
            groupsCopied = true;
        }
        return groups;
    }

    private ChangeCount addGroup(Group group) {
        if (groups.containsKey(group.id())) {
            throw new IllegalArgumentException(
                    named(group.id()) + " exists already; group/mod changes it");
        }
        groupsToChange().put(group.id(), group);
        return new ChangeCount(0, 0, 0, 1, 0, 0);
    }

    private ChangeCount modGroup(Group group) {
        if (!groups.containsKey(group.id())) {
            throw new IllegalArgumentException(named(group.id()) + " does not exist");
        }
        groupsToChange().put(group.id(), group);
        return new ChangeCount(0, 0, 0, 0, 1, 0);
    }

    private ChangeCount delGroup(OptionalInt id) {
        List<Integer> doomed =
                groups.keySet().stream()
                        .filter(each -> id.isEmpty() || id.getAsInt() == each)
                        .toList();
        List<Flow> flows = new ArrayList<>();
        if (!doomed.isEmpty()) {
            groupsToChange().keySet().removeAll(doomed);
            flows = find(FlowFilter.ALL);
            flows.removeIf(flow ->
                    doomed.stream()
                            .noneMatch(group -> NestedActions.nameGroup(flow.actions(), group)));
        }
        return deleted(delete(flows), doomed.size());
    }

    private static ChangeCount deleted(int flowCount, int groupCount) {
        return new ChangeCount(0, 0, flowCount, 0, 0, groupCount);
    }

    /** A group that the change's actions name and that is not there after all changes. */
    private OptionalInt missingGroup(Change change) {
        return switch (change) {
            case Change.AddFlow add when get(Place.of(add.flow())) == add.flow() ->
                    missingGroup(add.flow().actions());
            case Change.ModFlows mod -> missingGroup(mod.actions());
            default -> OptionalInt.empty();
        };
    }

    private OptionalInt missingGroup(List<Action> actions) {
        return NestedActions.groupOutside(actions, groups.keySet());
    }

    /** Deletes what flows with {@code learn(...,delete_learned)} leave behind that are gone. */
    private int deleteLearned() {
        int count = 0;
        Set<Learned> done = new LinkedHashSet<>();
        for (Learned orphaned = orphaned(done); orphaned != null; orphaned = orphaned(done)) {
            done.add(orphaned);
            FlowFilter cookie = FlowFilter.ofCookie(orphaned.table(), orphaned.cookie());
            count += delete(find(cookie));
        }
        return count;
    }

    /** What only flows have taught that will be gone; null: nothing but what was done already. */
    private Learned orphaned(Set<Learned> done) {
        Map<Learned, Integer> fewer = new LinkedHashMap<>();
        changed.forEach((place, flow) -> {
            count(fewer, installed.get(place), -1);
            count(fewer, flow, 1);
        });
        for (Map.Entry<Learned, Integer> each : fewer.entrySet()) {
            int before = installed.teacherCount(each.getKey());
            if (before > 0 && before + each.getValue() == 0 && !done.contains(each.getKey())) {
                return each.getKey();
            }
        }
        return null;
    }

    private static void count(Map<Learned, Integer> counts, Flow flow, int change) {
        if (flow != null) {
            FlowTables.taughtBy(flow.actions())
                    .forEach(learned -> counts.merge(learned, change, Integer::sum));
        }
    }
}
