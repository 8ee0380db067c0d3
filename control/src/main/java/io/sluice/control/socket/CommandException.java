package io.sluice.control.socket;

/** A command that could not be carried out; the message is the sentence that the user reads. */
public final class CommandException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CommandException(String message) {
        super(message);
    }
}
