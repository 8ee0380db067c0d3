package io.sluice.control.service;

import java.util.Optional;

/** What the checks of a backend have come to. Control thread only. */
public final class Health {
    private final Optional<HealthSpec> spec;
    private boolean known;
    private boolean good;
    private int against;
    private String lastError = "";

    /**
     * @param spec empty: it is not checked, and good
     */
    Health(Optional<HealthSpec> spec) {
        this.spec = spec;
        good = spec.isEmpty();
        known = good;
    }

    /** Whether a check has ended, or none is made. */
    boolean isKnown() {
        return known;
    }

    boolean isGood() {
        return good;
    }

    /** The last check that failed; empty if none has. */
    public String lastError() {
        return lastError;
    }

    /**
     * Notes what a check came to: the first decides, later ones when there are enough one after the
     * other.
     *
     * @return whether it changed anything
     */
    boolean note(Optional<String> error) {
        lastError = error.orElse(lastError);
        boolean now = error.isEmpty();
        if (known && now == good) {
            against = 0;
            return false;
        }
        against++;
        if (known && against < (now ? spec.orElseThrow().rise() : spec.orElseThrow().fall())) {
            return false;
        }
        against = 0;
        boolean changed = !known || good != now;
        known = true;
        good = now;
        return changed;
    }
}
