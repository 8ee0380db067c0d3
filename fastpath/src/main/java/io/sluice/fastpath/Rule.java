package io.sluice.fastpath;

/** A flow in a snapshot, with its actions compiled. Immutable. */
final class Rule {
    private final Flow flow;
    private final Step[] steps;

    Rule(Flow flow) {
        this.flow = flow;
        steps = Step.listOf(flow.actions());
    }

    Flow flow() {
        return flow;
    }

    /** In order; not to be changed. */
    Step[] steps() {
        return steps;
    }

    int priority() {
        return flow.priority();
    }

    boolean matches(long[] key) {
        return flow.match().matches(key);
    }
}
