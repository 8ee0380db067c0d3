package io.sluice.fastpath;

import java.util.List;

/** A flow in a snapshot, with its actions compiled. Immutable. */
final class Rule {
    private final Flow flow;
    private final Step[] steps;
    private final int priority;
    private final Action.Conjunction[] conjunctions;

    Rule(Flow flow) {
        this.flow = flow;
        priority = flow.priority();
        steps = Step.listOf(flow.actions());
        conjunctions = conjunctions(flow.actions());
    }

    private static Action.Conjunction[] conjunctions(List<Action> actions) {
        return actions.stream()
                .filter(action -> action instanceof Action.Conjunction)
                .toArray(Action.Conjunction[]::new);
    }

    Flow flow() {
        return flow;
    }

    /** In order; not to be changed. */
    Step[] steps() {
        return steps;
    }

    int priority() {
        return priority;
    }

    /** Whether the rule is but one dimension of conjunctive matches. */
    boolean isConjunctive() {
        return conjunctions.length > 0;
    }

    /** Not to be changed. */
    Action.Conjunction[] conjunctions() {
        return conjunctions;
    }

    boolean matches(long[] key) {
        return flow.match().matches(key);
    }
}
