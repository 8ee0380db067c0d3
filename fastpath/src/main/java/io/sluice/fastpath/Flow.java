package io.sluice.fastpath;

import java.util.List;

/**
 * A flow as control installed it. The object's identity is the flow: it stays the same while other
 * flows come and go, and its counters with it.
 */
public final class Flow {
    private final int table;
    private final int priority;
    private final long cookie;
    private final Match match;
    private final List<Action> actions;
    private final Counters counters;
    private final long createdNs;

    public Flow(int table, int priority, long cookie, Match match, List<Action> actions) {
        this(table, priority, cookie, match, actions, new Counters(), System.nanoTime());
    }

    private Flow(
            int table,
            int priority,
            long cookie,
            Match match,
            List<Action> actions,
            Counters counters,
            long createdNs) {
        this.createdNs = createdNs;
        this.table = table;
        this.priority = priority;
        this.cookie = cookie;
        this.match = match;
        this.actions = Action.listOf(actions);
        this.counters = counters;
    }

    /** The same flow with other actions ({@code flow/mod}); it keeps its counters and its age. */
    public Flow withActions(List<Action> newActions) {
        return new Flow(table, priority, cookie, match, newActions, counters, createdNs);
    }

    public int table() {
        return table;
    }

    public int priority() {
        return priority;
    }

    public long cookie() {
        return cookie;
    }

    public Match match() {
        return match;
    }

    public List<Action> actions() {
        return actions;
    }

    public Counters counters() {
        return counters;
    }

    /** {@code System.nanoTime()} when the flow was made. */
    public long createdNs() {
        return createdNs;
    }
}
