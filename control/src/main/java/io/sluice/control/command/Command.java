package io.sluice.control.command;

import io.sluice.control.socket.Answer;

/**
 * A method of the control socket, and of the command line.
 *
 * @param name such as {@code ct/dump}
 * @param parameters what may follow, for {@code list-commands} and {@code --help}
 * @param summary one line that says what it does
 * @param streams whether answers follow each other until the client goes
 * @param anywhere whether it touches only what any thread may: then the client's own carries it
 *     out, and it waits for no other command
 */
public record Command(
        String name,
        String parameters,
        String summary,
        boolean streams,
        boolean anywhere,
        Handler handler) {
    /** Carries the command out, on the control thread unless it may run anywhere. */
    @FunctionalInterface
    public interface Handler {
        Answer run(Running running, Parameters parameters);
    }
}
