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
    private final FlowOptions options;
    private final Counters counters;
    private final FlowClock clock;

    public Flow(int table, int priority, long cookie, Match match, List<Action> actions) {
        this(table, priority, cookie, match, actions, FlowOptions.NONE);
    }

    public Flow(
            int table,
            int priority,
            long cookie,
            Match match,
            List<Action> actions,
            FlowOptions options) {
        this.table = table;
        this.priority = priority;
        this.cookie = cookie;
        this.match = match;
        this.actions = Action.listOf(actions);
        this.options = options;
        counters = new Counters();
        clock = new FlowClock(System.nanoTime());
    }

    private Flow(Flow before, long cookie, List<Action> actions, Counters counters) {
        table = before.table;
        priority = before.priority;
        match = before.match;
        options = before.options;
        clock = before.clock;
        this.cookie = cookie;
        this.actions = Action.listOf(actions);
        this.counters = counters;
    }

    /** The same flow with other actions ({@code flow/mod}); it keeps its counters and its age. */
    public Flow withActions(List<Action> newActions) {
        return new Flow(this, cookie, newActions, counters);
    }

    public Flow withCookie(long newCookie) {
        return new Flow(this, newCookie, actions, counters);
    }

    /** The same flow, counting from 0. */
    public Flow withNewCounters() {
        return new Flow(this, cookie, actions, new Counters());
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

    public FlowOptions options() {
        return options;
    }

    /** Without a packet, after which the flow is deleted; 0: never. Control thread only. */
    public int idleTimeoutSeconds() {
        return clock.idleTimeoutSeconds(options.idleTimeoutSeconds());
    }

    /** After which the flow is deleted; 0: never. Control thread only. */
    public int hardTimeoutSeconds() {
        return clock.hardTimeoutSeconds(options.hardTimeoutSeconds());
    }

    public Counters counters() {
        return counters;
    }

    /** Control thread only; shared by all that the flow becomes by modification. */
    public FlowClock clock() {
        return clock;
    }
}
