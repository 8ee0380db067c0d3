package io.sluice.control.flow;

import io.sluice.fastpath.Action;
import io.sluice.fastpath.Flow;
import io.sluice.fastpath.LearnLimit;
import io.sluice.fastpath.LearnedFlow;
import io.sluice.fastpath.Match;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The installed flows, and what must be found among them quickly. Control thread only. */
final class FlowTables {
    /** What makes two flows the same place in a table. */
    record Place(int table, int priority, Match match) {
        static Place of(Flow flow) {
            return new Place(flow.table(), flow.priority(), flow.match());
        }
    }

    /** Where a {@code learn} puts its flows. */
    record Learned(int table, long cookie) {}

    private final Map<Integer, Map<Place, Flow>> tables = new TreeMap<>();
    private final Map<Learned, Integer> teachers = new HashMap<>();
    private final Map<LearnLimit, Integer> limits = new HashMap<>();
    private final Map<Learned, Integer> counts = new HashMap<>();
    private int size;

    /** The flow there, or null. */
    Flow get(Place place) {
        Map<Place, Flow> table = tables.get(place.table());
        return table == null ? null : table.get(place);
    }

    /** Puts a flow in its place; one that was there before keeps its turn in the order. */
    void put(Flow flow) {
        Place place = Place.of(flow);
        Flow before =
                tables.computeIfAbsent(flow.table(), _ -> new LinkedHashMap<>()).put(place, flow);
        if (before == null) {
            size++;
        } else {
            forget(before);
        }
        change(counts, new Learned(flow.table(), flow.cookie()), 1);
        changeLearns(flow, 1);
    }

    void remove(Place place) {
        Map<Place, Flow> table = tables.get(place.table());
        Flow before = table == null ? null : table.remove(place);
        if (before != null) {
            size--;
            forget(before);
        }
    }

    private void forget(Flow flow) {
        change(counts, new Learned(flow.table(), flow.cookie()), -1);
        changeLearns(flow, -1);
    }

    private void changeLearns(Flow flow, int by) {
        taughtBy(flow.actions()).forEach(learned -> change(teachers, learned, by));
        learns(flow.actions())
                .filter(learn -> learn.result().isPresent() && learn.limit() != 0)
                .map(learn -> new LearnLimit(learn.table(), learn.cookie(), learn.limit()))
                .forEach(limit -> change(limits, limit, by));
    }

    private static <K> void change(Map<K, Integer> counted, K key, int by) {
        counted.merge(key, by, (a, b) -> a + b == 0 ? null : a + b);
    }

    /** Of the limits that flows want to know about, those that no further flow fits under. */
    List<LearnLimit> reachedLimits() {
        return limits.keySet().stream()
                .filter(limit -> count(new Learned(limit.table(), limit.cookie())) >= limit.flows())
                .toList();
    }

    /** What goes when the last flow with these actions goes. */
    static List<Learned> taughtBy(List<Action> actions) {
        return learns(actions)
                .filter(LearnedFlow::deleteLearned)
                .map(flow -> new Learned(flow.table(), flow.cookie()))
                .toList();
    }

    private static Stream<LearnedFlow> learns(List<Action> actions) {
        return NestedActions.of(actions)
                .filter(action -> action instanceof Action.Learn)
                .map(action -> ((Action.Learn) action).flow());
    }

    /** Flows that teach this. */
    int teacherCount(Learned learned) {
        return teachers.getOrDefault(learned, 0);
    }

    /** Flows in the table with the cookie. */
    int count(Learned learned) {
        return counts.getOrDefault(learned, 0);
    }

    int size() {
        return size;
    }

    /** All flows of a table in the order they came, or of all tables, the lowest first. */
    void forEach(OptionalInt table, Consumer<Flow> consumer) {
        if (table.isPresent()) {
            tables.getOrDefault(table.getAsInt(), Map.of()).values().forEach(consumer);
        } else {
            tables.values().forEach(flows -> flows.values().forEach(consumer));
        }
    }
}
