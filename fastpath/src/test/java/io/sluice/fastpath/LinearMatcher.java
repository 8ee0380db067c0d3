package io.sluice.fastpath;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One table the naive way: every flow is looked at, in the order of priority, as the manual says.
 * Where more than one answer is right it knows them all.
 */
final class LinearMatcher {
    private final List<Flow> flows;

    LinearMatcher(List<Flow> flows) {
        this.flows =
                flows.stream().sorted(Comparator.comparingInt(Flow::priority).reversed()).toList();
    }

    /** All flows of which one is to be found; empty: none is. */
    List<Flow> find(long[] key) {
        List<Flow> matching = flows.stream().filter(flow -> flow.match().matches(key)).toList();
        List<Integer> priorities = matching.stream().map(Flow::priority).distinct().toList();
        for (int priority : priorities) {
            List<Flow> these =
                    matching.stream().filter(flow -> flow.priority() == priority).toList();
            List<Flow> plain = these.stream().filter(flow -> conjunctions(flow).isEmpty()).toList();
            List<Flow> found = plain.isEmpty() ? byConjunction(key, these) : plain;
            if (!found.isEmpty()) {
                return found;
            }
        }
        return List.of();
    }

    private List<Flow> byConjunction(long[] key, List<Flow> parts) {
        Map<Integer, List<Action.Conjunction>> byId =
                parts.stream()
                        .flatMap(flow -> conjunctions(flow).stream())
                        .collect(
                                Collectors.groupingBy(
                                        Action.Conjunction::id, HashMap::new, Collectors.toList()));
        List<Flow> found = new ArrayList<>();
        byId.forEach((id, all) -> {
            long dimensions = all.stream().map(Action.Conjunction::dimension).distinct().count();
            if (dimensions == all.getFirst().dimensions()) {
                found.addAll(withId(key, id));
            }
        });
        return found;
    }

    private List<Flow> withId(long[] key, int id) {
        long[] copy = key.clone();
        Field.CONJ_ID.set(copy, id);
        List<Flow> matching =
                flows.stream()
                        .filter(flow -> conjunctions(flow).isEmpty() && flow.match().matches(copy))
                        .toList();
        return matching.stream()
                .filter(flow -> flow.priority() == matching.getFirst().priority())
                .toList();
    }

    private static List<Action.Conjunction> conjunctions(Flow flow) {
        return flow.actions().stream()
                .filter(action -> action instanceof Action.Conjunction)
                .map(action -> (Action.Conjunction) action)
                .toList();
    }
}
