package io.sluice.control.service;

import java.util.Locale;

/** Whether a backend takes new connections, and why not. */
public enum BackendState {
    /** It takes its share. */
    UP,
    /** The Ethernet address that leads to it is not known. */
    RESOLVING,
    /** Its first health check has not ended. */
    CHECKING,
    /** Health checks say so. */
    DOWN,
    /** The operator said so: its connections may finish. */
    DRAINING;

    /** As people read it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
