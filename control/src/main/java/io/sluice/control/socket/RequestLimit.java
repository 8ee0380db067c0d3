package io.sluice.control.socket;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Passes input through until one request takes more than is allowed. */
final class RequestLimit extends FilterInputStream {
    private final int maxBytes;
    private long readBytes;

    /** The request is too long. */
    static final class ExceededException extends IOException {
        private static final long serialVersionUID = 1L;

        ExceededException(int maxBytes) {
            super("a request may have at most " + maxBytes + " bytes");
        }
    }

    RequestLimit(InputStream in, int maxBytes) {
        super(in);
        this.maxBytes = maxBytes;
    }

    /** The next request begins. */
    void restart() {
        readBytes = 0;
    }

    @Override
    public int read() throws IOException {
        int value = super.read();
        count(value < 0 ? 0 : 1);
        return value;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int count = super.read(buffer, offset, length);
        count(Math.max(count, 0));
        return count;
    }

    private void count(int bytes) throws IOException {
        readBytes += bytes;
        if (readBytes > maxBytes) {
            throw new ExceededException(maxBytes);
        }
    }
}
