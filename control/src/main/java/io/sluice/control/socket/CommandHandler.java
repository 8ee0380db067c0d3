package io.sluice.control.socket;

import java.util.List;

/** Carries out what clients ask for. */
@FunctionalInterface
public interface CommandHandler {
    /**
     * Called by each client's own thread.
     *
     * @throws CommandException when it cannot be done
     */
    Answer call(String method, List<String> parameters) throws InterruptedException;
}
