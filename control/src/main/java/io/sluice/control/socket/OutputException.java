package io.sluice.control.socket;

import java.io.IOException;

/** What was answered cannot be passed on: the fault is at the other end of the way. */
public final class OutputException extends IOException {
    private static final long serialVersionUID = 1L;

    OutputException(IOException cause) {
        super(cause.getMessage(), cause);
    }
}
