package io.sluice.control.flow;

import io.sluice.control.flow.Change.Placed;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Flow;
import io.sluice.fastpath.Group;
import io.sluice.fastpath.Match;
import io.sluice.fastpath.Meter;
import io.sluice.fastpath.MeterConfig;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Flows, groups and meters while a change is made to them. */
final class Rules {
    /** What makes two flows the same place in a table. */
    private record Key(int table, int priority, Match match) {
        static Key of(Flow flow) {
            return new Key(flow.table(), flow.priority(), flow.match());
        }
    }

    private final Map<Key, Flow> flows;
    private final Map<Integer, Group> groups;
    private final Map<Integer, Meter> meters;

    Rules() {
        this(new LinkedHashMap<>(), new LinkedHashMap<>(), new LinkedHashMap<>());
    }

    private Rules(Map<Key, Flow> flows, Map<Integer, Group> groups, Map<Integer, Meter> meters) {
        this.flows = flows;
        this.groups = groups;
        this.meters = meters;
    }

    Rules copy() {
        return new Rules(
                new LinkedHashMap<>(flows),
                new LinkedHashMap<>(groups),
                new LinkedHashMap<>(meters));
    }

    Collection<Flow> flows() {
        return flows.values();
    }

    Collection<Group> groups() {
        return groups.values();
    }

    Collection<Meter> meters() {
        return meters.values();
    }

    /**
     * Applies the changes in their order; a flow may name a group or meter that comes later.
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
            loop(placed.change())
                    .ifPresent(way -> mistakes.add(placed.place() + "groups go round: " + way));
            missing(placed.change())
                    .ifPresent(what -> mistakes.add(placed.place() + what + " does not exist"));
        }
        if (!mistakes.isEmpty()) {
            throw new RulesException(mistakes);
        }
        return count;
    }

    /** Puts the old object in where the new one says the same. */
    void keepUnchanged(Rules old) {
        flows.replaceAll((key, flow) -> {
            Flow before = old.flows.get(key);
            return before != null && sayTheSame(before, flow) ? before : flow;
        });
        groups.replaceAll((id, group) -> {
            Group before = old.groups.get(id);
            if (before == null) {
                return group;
            }
            Group continued = group.inPlaceOf(before);
            return continued.saysTheSame(before) ? before : continued;
        });
        meters.replaceAll((id, meter) -> {
            Meter before = old.meters.get(id);
            return before != null && sayTheSame(before, meter) ? before : meter;
        });
    }

    ChangeCount differenceFrom(Rules old) {
        return new ChangeCount(
                onlyIn(flows, old.flows),
                different(flows, old.flows, Rules::sayTheSame),
                onlyIn(old.flows, flows),
                onlyIn(groups, old.groups),
                different(groups, old.groups, Group::saysTheSame),
                onlyIn(old.groups, groups),
                new ChangeCount.Meters(
                        onlyIn(meters, old.meters),
                        different(meters, old.meters, Rules::sayTheSame),
                        onlyIn(old.meters, meters)));
    }

    private static <K, V> int onlyIn(Map<K, V> one, Map<K, V> other) {
        return (int) one.keySet().stream().filter(key -> !other.containsKey(key)).count();
    }

    private static <K, V> int different(
            Map<K, V> one, Map<K, V> other, BiPredicate<V, V> sayTheSame) {
        return (int)
                one.entrySet().stream()
                        .filter(entry -> other.containsKey(entry.getKey()))
                        .filter(entry ->
                                !sayTheSame.test(entry.getValue(), other.get(entry.getKey())))
                        .count();
    }

    private ChangeCount apply(Change change) {
        return switch (change) {
            case Change.AddFlow add -> addFlow(add.flow());
            case Change.ModFlows mod -> modFlows(mod);
            case Change.SendPacket _ -> ChangeCount.NONE;
            case Change.DelFlows del -> deleted(delFlows(del.filter()), 0);
            case Change.AddGroup add -> addGroup(add.group());
            case Change.ModGroup mod -> modGroup(mod.group());
            case Change.DelGroup del -> delGroup(del.id());
            case Change.AddMeter add -> addMeter(add.meter());
            case Change.ModMeter mod -> modMeter(mod.meter());
            case Change.DelMeter del -> delMeter(del.id());
        };
    }

    private ChangeCount addFlow(Flow flow) {
        flows.put(Key.of(flow), flow);
        return new ChangeCount(1, 0, 0, 0, 0, 0);
    }

    private ChangeCount modFlows(Change.ModFlows mod) {
        int[] count = {0};
        flows.replaceAll((key, flow) -> {
            if (!mod.filter().matches(flow)) {
                return flow;
            }
            count[0]++;
            return flow.withActions(mod.actions());
        });
        return new ChangeCount(0, count[0], 0, 0, 0, 0);
    }

    private int delFlows(FlowFilter filter) {
        int before = flows.size();
        flows.values().removeIf(filter::matches);
        return before - flows.size();
    }

    private ChangeCount addGroup(Group group) {
        if (groups.putIfAbsent(group.id(), group) != null) {
            throw new IllegalArgumentException(
                    "group "
                            + Integer.toUnsignedString(group.id())
                            + " exists already; group/mod changes it");
        }
        return new ChangeCount(0, 0, 0, 1, 0, 0);
    }

    private ChangeCount modGroup(Group group) {
        Group before = groups.get(group.id());
        if (before == null) {
            throw new IllegalArgumentException(
                    "group " + Integer.toUnsignedString(group.id()) + " does not exist");
        }
        groups.put(group.id(), group.inPlaceOf(before));
        return new ChangeCount(0, 0, 0, 0, 1, 0);
    }

    private ChangeCount delGroup(OptionalInt id) {
        List<Integer> doomed = remove(id, groups);
        int flowsDeleted =
                delFlowsIf(flow -> !Collections.disjoint(NamedGroups.of(flow.actions()), doomed));
        return deleted(flowsDeleted, doomed.size());
    }

    /** Removes one, or all, and answers which were there. */
    private static List<Integer> remove(OptionalInt id, Map<Integer, ?> all) {
        List<Integer> doomed =
                all.keySet().stream()
                        .filter(each -> id.isEmpty() || id.getAsInt() == each)
                        .toList();
        all.keySet().removeAll(doomed);
        return doomed;
    }

    private int delFlowsIf(Predicate<Flow> doomed) {
        int before = flows.size();
        flows.values().removeIf(doomed);
        return before - flows.size();
    }

    private ChangeCount addMeter(MeterConfig meter) {
        if (meters.putIfAbsent(meter.id(), new Meter(meter)) != null) {
            throw new IllegalArgumentException(
                    name("meter", meter.id()) + " exists already; meter/mod changes it");
        }
        return ChangeCount.NONE.withMeters(new ChangeCount.Meters(1, 0, 0));
    }

    private ChangeCount modMeter(MeterConfig meter) {
        Meter changed =
                meters.computeIfPresent(meter.id(), (id, before) -> before.withConfig(meter));
        if (changed == null) {
            throw new IllegalArgumentException(name("meter", meter.id()) + " does not exist");
        }
        return ChangeCount.NONE.withMeters(new ChangeCount.Meters(0, 1, 0));
    }

    private ChangeCount delMeter(OptionalInt id) {
        List<Integer> doomed = remove(id, meters);
        int flowsDeleted =
                delFlowsIf(flow ->
                        flow.actions().stream()
                                .anyMatch(action ->
                                        action instanceof Action.Meter named
                                                && doomed.contains(named.id())));
        return deleted(flowsDeleted, 0).withMeters(new ChangeCount.Meters(0, 0, doomed.size()));
    }

    private static ChangeCount deleted(int flowCount, int groupCount) {
        return new ChangeCount(0, 0, flowCount, 0, 0, groupCount);
    }

    /** A group or meter that the change's actions name and that is not there after all changes. */
    private Optional<String> missing(Change change) {
        List<Action> actions =
                switch (change) {
                    case Change.AddFlow add when flows.get(Key.of(add.flow())) == add.flow() ->
                            add.flow().actions();
                    case Change.ModFlows mod -> mod.actions();
                    default -> List.of();
                };
        Stream<String> missingGroups =
                NamedGroups.of(actions).stream()
                        .filter(id -> !groups.containsKey(id))
                        .map(id -> name("group", id));
        Stream<String> missingMeters =
                actions.stream()
                        .filter(action ->
                                action instanceof Action.Meter meter
                                        && !meters.containsKey(meter.id()))
                        .map(action -> name("meter", ((Action.Meter) action).id()));
        return Stream.concat(missingGroups, missingMeters).findFirst();
    }

    /** The way round, if the change's group sends packets back to itself after all changes. */
    private Optional<String> loop(Change change) {
        int start;
        switch (change) {
            case Change.AddGroup add -> start = add.group().id();
            case Change.ModGroup mod -> start = mod.group().id();
            default -> {
                return Optional.empty();
            }
        }
        List<Integer> way = NamedGroups.loop(start, groups);
        return way.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        way.stream()
                                .map(Integer::toUnsignedString)
                                .collect(Collectors.joining(" -> ")));
    }

    private static String name(String kind, int id) {
        return kind + " " + Integer.toUnsignedString(id);
    }

    private static boolean sayTheSame(Meter a, Meter b) {
        return a.config().equals(b.config());
    }

    private static boolean sayTheSame(Flow a, Flow b) {
        return a.cookie() == b.cookie() && a.actions().equals(b.actions());
    }
}
