package io.sluice.dpdk;

/** DPDK, or the system under it, refused something. The message is fit for the user's eyes. */
public final class DpdkException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DpdkException(String message) {
        super(message);
    }

    public DpdkException(String message, Throwable cause) {
        super(message, cause);
    }
}
