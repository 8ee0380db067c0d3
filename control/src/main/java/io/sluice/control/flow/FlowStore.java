package io.sluice.control.flow;

import io.sluice.control.flow.Change.Placed;
import io.sluice.control.flow.FlowTables.Learned;
import io.sluice.control.flow.FlowTables.Place;
import io.sluice.fastpath.Flow;
import io.sluice.fastpath.FlowClock;
import io.sluice.fastpath.Group;
import io.sluice.fastpath.LearnedFlow;
import io.sluice.fastpath.LearnedFlows;
import io.sluice.fastpath.Meter;
import io.sluice.fastpath.MeterConfig;
import io.sluice.fastpath.RuleChange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The flows, groups and meters that are installed. Control thread only.
 *
 * <p>Every change is made beside the installed rules; only when all of it can be done is it
 * installed and published, once.
 */
public final class FlowStore {
    private final Consumer<RuleChange> publish;
    private final FlowTables flows = new FlowTables();
    private NamedRules named = new NamedRules();
    private List<Group> groups = List.of();
    private List<Meter> meters = List.of();

    /**
     * @param publish told of every change
     */
    public FlowStore(Consumer<RuleChange> publish) {
        this.publish = publish;
    }

    /**
     * Does all of it or nothing.
     *
     * @throws RulesException saying why it was nothing
     */
    public ChangeCount apply(List<Placed> changes) {
        RuleEdit edit = new RuleEdit(flows, named, Owner.OPERATOR);
        ChangeCount count = edit.apply(withoutServices(changes));
        install(edit.changed(), edit.named());
        return count;
    }

    /**
     * Installs exactly these flows, groups and meters beside what services have made. Those that
     * were there and are the same stay, with their counters.
     *
     * @throws RulesException saying why nothing was changed
     */
    public ChangeCount replace(List<Placed> changes) {
        return replace(withoutServices(changes), Owner.OPERATOR);
    }

    /** As {@link #replace(List)}, of what is the owner's. */
    public ChangeCount replace(List<Placed> changes, Owner owner) {
        RuleEdit edit = new RuleEdit(new FlowTables(), named.without(owner), owner);
        edit.apply(changes);
        Replacement replacement =
                new Replacement(flows, named, edit.changed().values(), edit.named(), owner);
        install(replacement.changed(), replacement.named());
        return replacement.count();
    }

    /** A dump that is fed back has what services have made, which is there already. */
    private List<Placed> withoutServices(List<Placed> changes) {
        return changes.stream().filter(placed -> !isOfServices(placed.change())).toList();
    }

    private boolean isOfServices(Change change) {
        return switch (change) {
            case Change.AddFlow(Flow flow) -> {
                Flow before = flows.get(Place.of(flow));
                yield before != null
                        && Owner.of(before) == Owner.SERVICES
                        && Replacement.sayTheSame(before, flow);
            }
            case Change.AddGroup(Group group) -> {
                Group before = named.group(group.id());
                yield before != null
                        && Owner.ofNamed(group.id()) == Owner.SERVICES
                        && group.inPlaceOf(before).saysTheSame(before);
            }
            case Change.AddMeter(MeterConfig meter) -> {
                Meter before = named.meter(meter.id());
                yield before != null
                        && Owner.ofNamed(meter.id()) == Owner.SERVICES
                        && before.config().equals(meter);
            }
            default -> false;
        };
    }

    private void install(Map<Place, Flow> changed, NamedRules nextNamed) {
        List<Flow> removed = new ArrayList<>();
        List<Flow> added = new ArrayList<>();
        long nowNs = System.nanoTime();
        changed.forEach((place, flow) -> {
            Flow before = flows.get(place);
            if (before == flow) {
                return;
            }
            if (before != null) {
                removed.add(before);
            }
            if (flow == null) {
                flows.remove(place);
            } else {
                added.add(flow);
                flows.put(flow);
                if (before != null && before.clock() == flow.clock()) {
                    flow.clock().modified(nowNs);
                }
            }
        });
        if (removed.isEmpty() && added.isEmpty() && nextNamed == named) {
            // Workers would look up all their ways anew for nothing.
            return;
        }
        if (nextNamed != named) {
            named = nextNamed;
            groups = named.groups();
            meters = named.meters();
        }
        publish.accept(new RuleChange(removed, added, groups, meters, flows.reachedLimits()));
    }

    /** Those that match, by table, then by falling priority, then in the order they came. */
    public List<Flow> flows(FlowFilter filter) {
        List<Flow> found = new ArrayList<>();
        flows.forEach(
                filter.table(),
                flow -> {
                    if (filter.matches(flow)) {
                        found.add(flow);
                    }
                });
        found.sort(
                Comparator.comparingInt(Flow::table)
                        .thenComparing(Comparator.comparingInt(Flow::priority).reversed()));
        return found;
    }

    public int flowCount() {
        return flows.size();
    }

    /** In the order they came. */
    public Collection<Group> groups() {
        return groups;
    }

    /** How many flows name a group, by its number; groups that none names are not there. */
    public Map<Integer, Long> flowsByGroup() {
        return flows(FlowFilter.ALL).stream()
                .flatMap(flow -> NamedGroups.of(flow.actions()).stream())
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    }

    /** In the order they came. */
    public Collection<Meter> meters() {
        return meters;
    }

    /** How many flows name each meter; those that none names are not there. */
    public Map<Integer, Long> flowsByMeter() {
        return flows(FlowFilter.ALL).stream()
                .flatMap(flow -> NestedActions.meters(flow.actions()).distinct())
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    }

    /**
     * Installs what packets have taught. A flow that is there already begins its hard timeout anew;
     * if it says something else it is modified, as {@code flow/mod} does.
     *
     * @return how many were not learned, because of a limit
     */
    public int learn(List<LearnedFlows.Lesson> lessons) {
        Map<Place, Flow> learned = new LinkedHashMap<>();
        int refused = 0;
        long nowNs = System.nanoTime();
        for (LearnedFlows.Lesson lesson : lessons) {
            if (!isStillTaught(lesson)) {
                continue;
            }
            Flow flow = lesson.flow();
            Place place = Place.of(flow);
            Flow before = learned.containsKey(place) ? learned.get(place) : flows.get(place);
            if (before != null && Owner.of(before) == Owner.SERVICES) {
                continue;
            }
            if (before == null && isFull(lesson.teaching(), learned)) {
                refused++;
            } else if (before == null || !before.options().equals(flow.options())) {
                learned.put(place, flow);
            } else if (!Replacement.sayTheSame(before, flow)) {
                learned.put(place, before.withActions(flow.actions()).withCookie(flow.cookie()));
            } else {
                before.clock().modified(nowNs);
            }
        }
        if (!learned.isEmpty()) {
            install(learned, named);
        }
        return refused;
    }

    /** A lesson may have been on its way when its teacher was deleted or got other actions. */
    private boolean isStillTaught(LearnedFlows.Lesson lesson) {
        if (lesson.teacher().isEmpty()) {
            return true;
        }
        Flow then = lesson.teacher().get();
        Flow now = flows.get(Place.of(then));
        return now != null && now.actions().equals(then.actions());
    }

    /** Whether as many flows are in the table with the cookie as may be. */
    private boolean isFull(LearnedFlow flow, Map<Place, Flow> learned) {
        if (flow.limit() == 0) {
            return false;
        }
        FlowFilter filter = FlowFilter.ofCookie(flow.table(), flow.cookie());
        int count = flows.count(new Learned(flow.table(), flow.cookie()));
        if (count >= flow.limit()) {
            return true;
        }
        for (Flow each : learned.values()) {
            count += filter.matches(each) && flows.get(Place.of(each)) == null ? 1 : 0;
        }
        return count >= flow.limit();
    }

    /**
     * Looks which flows have taken packets, and deletes those whose time is over. Counters of
     * workers are folded before.
     *
     * @param nowNs {@code System.nanoTime()}
     * @return how many were deleted
     */
    public int expire(long nowNs) {
        List<Placed> expired = new ArrayList<>();
        flows.forEach(
                OptionalInt.empty(),
                flow -> {
                    FlowClock clock = flow.clock();
                    clock.observe(flow.counters().packets(), nowNs);
                    if (isOver(flow.hardTimeoutSeconds(), clock.modifiedNs(), nowNs)
                            || isOver(flow.idleTimeoutSeconds(), clock.usedNs(), nowNs)) {
                        expired.add(new Placed(new Change.DelFlows(FlowFilter.only(flow)), ""));
                    }
                });
        if (!expired.isEmpty()) {
            apply(expired);
        }
        return expired.size();
    }

    private static boolean isOver(int timeoutSeconds, long sinceNs, long nowNs) {
        return timeoutSeconds != 0 && nowNs - sinceNs >= TimeUnit.SECONDS.toNanos(timeoutSeconds);
    }
}
