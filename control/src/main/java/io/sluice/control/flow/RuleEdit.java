package io.sluice.control.flow;

import io.sluice.control.flow.Change.Placed;
import io.sluice.control.flow.FlowTables.Learned;
import io.sluice.control.flow.FlowTables.Place;
import io.sluice.control.text.SyntaxException;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Flow;
import io.sluice.fastpath.FlowOptions.Flag;
import io.sluice.fastpath.Group;
import io.sluice.fastpath.MeterConfig;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A change of flows, groups and meters while it is made: what will be different, beside what is
 * installed and stays untouched until all of it can be done. Control thread only.
 */
final class RuleEdit {
    private final FlowTables installed;
    private final Owner owner;
    // Places where another flow will be; null: none. In the order in which they were changed.
    private final Map<Place, Flow> changed = new LinkedHashMap<>();
    // Which change made those flows what they will be.
    private final Map<Flow, Placed> makers = new HashMap<>();
    private NamedRules named;
    private boolean namedCopied;

    /**
     * @param owner who changes, and may change what is theirs only
     */
    RuleEdit(FlowTables installed, NamedRules named, Owner owner) {
        this.installed = installed;
        this.named = named;
        this.owner = owner;
    }

    /** What will be in those places; null: nothing. */
    Map<Place, Flow> changed() {
        return changed;
    }

    /** Groups and meters after the change; the installed object when none has changed. */
    NamedRules named() {
        return named;
    }

    /**
     * Notes the changes in their order; a flow may name a group or meter that comes later.
     *
     * @throws RulesException with every change that cannot be made
     */
    ChangeCount apply(List<Placed> changes) {
        Set<String> mistakes = new LinkedHashSet<>();
        ChangeCount count = ChangeCount.NONE;
        for (Placed placed : changes) {
            try {
                count = count.plus(apply(placed));
            } catch (IllegalArgumentException | SyntaxException e) {
                mistakes.add(placed.place() + e.getMessage());
            }
        }
        for (Placed placed : changes) {
            named.loop(placed.change())
                    .ifPresent(way -> mistakes.add(placed.place() + "groups go round: " + way));
            if (placed.change() instanceof Change.SendPacket send) {
                requireNamed(placed, send.packet().actions(), mistakes);
            }
        }
        for (Flow flow : changed.values()) {
            if (flow != null) {
                requireNamed(makers.get(flow), flow.actions(), mistakes);
            }
        }
        if (!mistakes.isEmpty()) {
            throw new RulesException(List.copyOf(mistakes));
        }
        return count.plus(deleted(deleteLearned()));
    }

    /** Groups and meters that are named must be there after all changes. */
    private void requireNamed(Placed placed, List<Action> actions, Set<String> mistakes) {
        named.missing(actions)
                .ifPresent(what -> mistakes.add(placed.place() + what + " does not exist"));
    }

    private ChangeCount apply(Placed placed) {
        return switch (placed.change()) {
            case Change.AddFlow add -> addFlow(add.flow(), placed);
            case Change.ModFlows mod -> modFlows(mod, placed);
            case Change.DelFlows del -> deleted(delete(findOwn(del.filter())));
            case Change.SendPacket _ -> ChangeCount.NONE;
            case Change.AddGroup add -> namedToChange().addGroup(own(add.group()));
            case Change.ModGroup mod -> namedToChange().modGroup(own(mod.group()));
            case Change.DelGroup del -> delGroup(del.id());
            case Change.InsertBuckets insert -> {
                owner.requireGroup(insert.groupId());
                yield namedToChange().insertBuckets(insert);
            }
            case Change.RemoveBuckets remove -> {
                owner.requireGroup(remove.groupId());
                yield namedToChange().removeBuckets(remove);
            }
            case Change.AddMeter add -> namedToChange().addMeter(own(add.meter()));
            case Change.ModMeter mod -> namedToChange().modMeter(own(mod.meter()));
            case Change.DelMeter del -> delMeter(del.id());
        };
    }

    private Group own(Group group) {
        owner.requireGroup(group.id());
        return group;
    }

    private MeterConfig own(MeterConfig meter) {
        owner.requireMeter(meter.id());
        return meter;
    }

    private NamedRules namedToChange() {
        if (!namedCopied) {
            named = named.copy();
            namedCopied = true;
        }
        return named;
    }

    /** The flow that will be there, or null. */
    private Flow get(Place place) {
        return changed.containsKey(place) ? changed.get(place) : installed.get(place);
    }

    private void put(Flow flow, Placed maker) {
        changed.put(Place.of(flow), flow);
        makers.put(flow, maker);
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

    /** Those of them that may be changed. */
    private List<Flow> findOwn(FlowFilter filter) {
        return find(filter).stream().filter(flow -> Owner.of(flow) == owner).toList();
    }

    private ChangeCount addFlow(Flow flow, Placed maker) {
        owner.require(Owner.of(flow), "a flow of cookie 0x%x".formatted(flow.cookie()));
        Flow before = get(Place.of(flow));
        if (before != null) {
            owner.require(Owner.of(before), "the flow in this place");
        }
        if (flow.options().flags().contains(Flag.CHECK_OVERLAP) && before == null) {
            refuseOverlap(flow);
        }
        put(flow, maker);
        return new ChangeCount(1, 0, 0, 0, 0, 0);
    }

    private void refuseOverlap(Flow flow) {
        FlowFilter sameTable = FlowFilter.ofTable(flow.table());
        for (Flow other : find(sameTable)) {
            if (other.priority() == flow.priority() && !other.match().contradicts(flow.match())) {
                String match = MatchFormat.show(other.match());
                throw new IllegalArgumentException(
                        "the flow overlaps with '"
                                + (match.isEmpty() ? "any packet" : match)
                                + "' of the same priority, and says check_overlap");
            }
        }
    }

    private ChangeCount modFlows(Change.ModFlows mod, Placed maker) {
        List<Flow> found = findOwn(mod.filter());
        if (found.isEmpty() && mod.otherwise().isPresent()) {
            return addFlow(mod.otherwise().get(), maker);
        }
        for (Flow flow : found) {
            Flow next = flow.withActions(mod.actions());
            next = mod.cookie().isPresent() ? next.withCookie(mod.cookie().getAsLong()) : next;
            put(mod.resetCounts() ? next.withNewCounters() : next, maker);
        }
        return new ChangeCount(0, found.size(), 0, 0, 0, 0);
    }

    private ChangeCount delGroup(OptionalInt id) {
        List<Integer> doomed = namedToChange().removeGroups(id, owner);
        int flows =
                deleteIf(
                        !doomed.isEmpty(),
                        flow -> !Collections.disjoint(NamedGroups.of(flow.actions()), doomed));
        return new ChangeCount(0, 0, flows, 0, 0, doomed.size());
    }

    private ChangeCount delMeter(OptionalInt id) {
        List<Integer> doomed = namedToChange().removeMeters(id, owner);
        int flows =
                deleteIf(
                        !doomed.isEmpty(),
                        flow -> NestedActions.meters(flow.actions()).anyMatch(doomed::contains));
        return deleted(flows).withMeters(new ChangeCount.Meters(0, 0, doomed.size()));
    }

    private int deleteIf(boolean any, Predicate<Flow> doomed) {
        return any ? delete(findOwn(FlowFilter.ALL).stream().filter(doomed).toList()) : 0;
    }

    private static ChangeCount deleted(int flowCount) {
        return new ChangeCount(0, 0, flowCount, 0, 0, 0);
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
