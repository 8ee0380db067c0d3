package io.sluice.control.flow;

import io.sluice.fastpath.Action;
import io.sluice.fastpath.Group;
import io.sluice.fastpath.Meter;
import io.sluice.fastpath.MeterConfig;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What flows name: groups and meters, in the order they came. Changed only while a copy. */
final class NamedRules {
    private final Map<Integer, Group> groups;
    private final Map<Integer, Meter> meters;

    NamedRules() {
        this(Map.of(), Map.of());
    }

    private NamedRules(Map<Integer, Group> groups, Map<Integer, Meter> meters) {
        this.groups = new LinkedHashMap<>(groups);
        this.meters = new LinkedHashMap<>(meters);
    }

    NamedRules copy() {
        return new NamedRules(groups, meters);
    }

    /** What stays when all that is the owner's goes. */
    NamedRules without(Owner owner) {
        NamedRules others = copy();
        others.groups.keySet().removeIf(id -> Owner.ofNamed(id) == owner);
        others.meters.keySet().removeIf(id -> Owner.ofNamed(id) == owner);
        return others;
    }

    /** The meter, or null. */
    Meter meter(int id) {
        return meters.get(id);
    }

    /** The group, or null. */
    Group group(int id) {
        return groups.get(id);
    }

    List<Group> groups() {
        return List.copyOf(groups.values());
    }

    List<Meter> meters() {
        return List.copyOf(meters.values());
    }

    ChangeCount addGroup(Group group) {
        if (groups.putIfAbsent(group.id(), group) != null) {
            throw new IllegalArgumentException(
                    name("group", group.id()) + " exists already; group/mod changes it");
        }
        return new ChangeCount(0, 0, 0, 1, 0, 0);
    }

    ChangeCount modGroup(Group group) {
        groups.put(group.id(), group.inPlaceOf(require(group.id())));
        return new ChangeCount(0, 0, 0, 0, 1, 0);
    }

    ChangeCount insertBuckets(Change.InsertBuckets insert) {
        Group before = require(insert.groupId());
        List<Group.Bucket> inserted =
                insert.buckets().stream().map(text -> text.of(before.type())).toList();
        return changeBuckets(before, buckets -> insert.place().insert(buckets, inserted));
    }

    ChangeCount removeBuckets(Change.RemoveBuckets remove) {
        return changeBuckets(require(remove.groupId()), remove.place()::remove);
    }

    private ChangeCount changeBuckets(Group before, Consumer<List<Group.Bucket>> change) {
        List<Group.Bucket> buckets = new ArrayList<>(before.buckets());
        change.accept(buckets);
        if (buckets.equals(before.buckets())) {
            return ChangeCount.NONE;
        }
        if (before.type() == Group.Type.INDIRECT && buckets.size() != 1) {
            throw new IllegalArgumentException(
                    "a group of type indirect has exactly one bucket, it would have "
                            + buckets.size());
        }
        Set<Integer> ids = new HashSet<>();
        Set<String> names = new HashSet<>();
        for (Group.Bucket bucket : buckets) {
            if (!bucket.name().isEmpty() && !names.add(bucket.name())) {
                throw new IllegalArgumentException(
                        "two buckets would have the name " + bucket.name());
            }
            if (bucket.id() != Group.Bucket.NO_ID && !ids.add(bucket.id())) {
                throw new IllegalArgumentException(
                        "two buckets would have bucket_id "
                                + Integer.toUnsignedString(bucket.id()));
            }
        }
        return modGroup(new Group(before.id(), before.type(), before.selection(), buckets));
    }

    private Group require(int id) {
        Group group = groups.get(id);
        if (group == null) {
            throw new IllegalArgumentException(name("group", id) + " does not exist");
        }
        return group;
    }

    /** Removes a group, or all of the owner's, and answers which were there. */
    List<Integer> removeGroups(OptionalInt id, Owner owner) {
        id.ifPresent(owner::requireGroup);
        return remove(id, groups, each -> Owner.ofNamed(each) == owner);
    }

    ChangeCount addMeter(MeterConfig meter) {
        if (meters.putIfAbsent(meter.id(), new Meter(meter)) != null) {
            throw new IllegalArgumentException(
                    name("meter", meter.id()) + " exists already; meter/mod changes it");
        }
        return ChangeCount.NONE.withMeters(new ChangeCount.Meters(1, 0, 0));
    }

    ChangeCount modMeter(MeterConfig meter) {
        Meter changed =
                meters.computeIfPresent(meter.id(), (id, before) -> before.withConfig(meter));
        if (changed == null) {
            throw new IllegalArgumentException(name("meter", meter.id()) + " does not exist");
        }
        return ChangeCount.NONE.withMeters(new ChangeCount.Meters(0, 1, 0));
    }

    /** Removes a meter, or all of the owner's, and answers which were there. */
    List<Integer> removeMeters(OptionalInt id, Owner owner) {
        id.ifPresent(owner::requireMeter);
        return remove(id, meters, each -> Owner.ofNamed(each) == owner);
    }

    private static List<Integer> remove(
            OptionalInt id, Map<Integer, ?> all, Predicate<Integer> may) {
        List<Integer> doomed =
                all.keySet().stream()
                        .filter(each -> id.isEmpty() || id.getAsInt() == each)
                        .filter(may)
                        .toList();
        all.keySet().removeAll(doomed);
        return doomed;
    }

    /** A group or meter that the actions name and that is not there. */
    Optional<String> missing(List<Action> actions) {
        Stream<String> missingGroups =
                NamedGroups.of(actions).stream()
                        .filter(id -> !groups.containsKey(id))
                        .map(id -> name("group", id));
        Stream<String> missingMeters =
                NestedActions.meters(actions)
                        .filter(id -> !meters.containsKey(id))
                        .map(id -> name("meter", id));
        return Stream.concat(missingGroups, missingMeters).findFirst();
    }

    /** The way round, if the change's group sends packets back to itself. */
    Optional<String> loop(Change change) {
        int start;
        switch (change) {
            case Change.AddGroup add -> start = add.group().id();
            case Change.ModGroup mod -> start = mod.group().id();
            case Change.InsertBuckets insert -> start = insert.groupId();
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

    /** Puts the old object in where the new one says the same. */
    void keepUnchanged(NamedRules old) {
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

    ChangeCount differenceFrom(NamedRules old) {
        return new ChangeCount(
                0,
                0,
                0,
                onlyIn(groups, old.groups),
                different(groups, old.groups, Group::saysTheSame),
                onlyIn(old.groups, groups),
                new ChangeCount.Meters(
                        onlyIn(meters, old.meters),
                        different(meters, old.meters, NamedRules::sayTheSame),
                        onlyIn(old.meters, meters)));
    }

    private static <V> int onlyIn(Map<Integer, V> one, Map<Integer, V> other) {
        return (int) one.keySet().stream().filter(key -> !other.containsKey(key)).count();
    }

    private static <V> int different(
            Map<Integer, V> one, Map<Integer, V> other, BiPredicate<V, V> sayTheSame) {
        return (int)
                one.entrySet().stream()
                        .filter(entry -> other.containsKey(entry.getKey()))
                        .filter(entry ->
                                !sayTheSame.test(entry.getValue(), other.get(entry.getKey())))
                        .count();
    }

    private static boolean sayTheSame(Meter a, Meter b) {
        return a.config().equals(b.config());
    }
}
