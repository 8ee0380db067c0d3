package io.sluice.control.service;

/** A backend of a service as it is now. Control thread only. */
public final class Backend {
    private final int number;
    private BackendSpec spec;
    private boolean draining;
    private final Health health;
    private BackendState state = BackendState.RESOLVING;
    private final Rate rate = new Rate(System.nanoTime());
    private long sinceMs = System.currentTimeMillis();

    Backend(int number, BackendSpec spec, Health health) {
        this.health = health;
        this.number = number;
        this.spec = spec;
    }

    /** Its number, which no other backend has had: the ct_mark of its connections. */
    public int number() {
        return number;
    }

    public BackendSpec spec() {
        return spec;
    }

    /** Whether it takes no new connections, until the operator says otherwise. */
    boolean isDraining() {
        return draining;
    }

    void drain() {
        draining = true;
    }

    /** Takes new connections again, as this says. */
    void resume(BackendSpec changed) {
        spec = changed;
        draining = false;
    }

    /** What its checks came to. */
    public Health health() {
        return health;
    }

    /** Of new connections. */
    Rate rate() {
        return rate;
    }

    /** Whether it is to take new connections. */
    boolean isWanted() {
        return !draining && health.isGood() && spec.weight() > 0;
    }

    /** As it was last looked at. */
    public BackendState state() {
        return state;
    }

    /** Since when it is in this state: ms since 1970 UTC. */
    public long sinceMs() {
        return sinceMs;
    }

    /** Looks what state it is in. */
    void look(boolean resolved) {
        BackendState now = BackendState.UP;
        if (draining) {
            now = BackendState.DRAINING;
        } else if (!health.isGood()) {
            now = health.isKnown() ? BackendState.DOWN : BackendState.CHECKING;
        } else if (!resolved) {
            now = BackendState.RESOLVING;
        }
        if (now != state) {
            state = now;
            sinceMs = System.currentTimeMillis();
        }
    }
}
