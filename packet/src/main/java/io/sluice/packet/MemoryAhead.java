package io.sluice.packet;

/**
 * Keeps the first part of a table's memory ready, ahead of those who will touch it: the system
 * clears a page, up to 2 MB at once, when it is first touched, and whoever touches it waits. One
 * thread at a time.
 */
public final class MemoryAhead {
    /** Bytes that are made ready at once. */
    private static final long CHUNK = 16L << 20;

    private final MemorySource memory;
    private final long base;
    private final long lengthBytes;
    private long readyBytes;

    /** For memory that the source allocated; nothing of it is ready yet. */
    public MemoryAhead(MemorySource memory, long base, long lengthBytes) {
        this.memory = memory;
        this.base = base;
        this.lengthBytes = lengthBytes;
    }

    /**
     * Makes the next piece ready, unless that much is already.
     *
     * @return whether there was something to do; there may be more
     */
    public boolean prepare(long wantedBytes) {
        long wanted = Math.min(wantedBytes, lengthBytes);
        if (readyBytes >= wanted) {
            return false;
        }
        long bytes = Math.min(CHUNK, lengthBytes - readyBytes);
        memory.prepare(base + readyBytes, bytes);
        readyBytes += bytes;
        return true;
    }
}
