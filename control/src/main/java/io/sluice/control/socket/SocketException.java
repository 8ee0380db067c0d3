package io.sluice.control.socket;

/** The control socket cannot be made or reached. The message is fit for the user's eyes. */
public final class SocketException extends Exception {
    private static final long serialVersionUID = 1L;

    public SocketException(String message) {
        super(message);
    }

    public SocketException(String message, Throwable cause) {
        super(message, cause);
    }
}
