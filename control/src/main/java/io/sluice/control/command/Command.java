package io.sluice.control.command;

import io.sluice.control.socket.Answer;

/**
 * A method of the control socket, and of the command line.
 *
 * @param name such as {@code ct/dump}
 * @param parameters what may follow, for {@code list-commands} and {@code --help}
 * @param summary one line that says what it does
 * @param streams whether answers follow each other until the client goes
 */
public record Command(
        String name, String parameters, String summary, boolean streams, Handler handler) {
    /** Carries the command out, on the control thread. */
    @FunctionalInterface
    public interface Handler {
        Answer run(Running running, Parameters parameters);
    }
}
