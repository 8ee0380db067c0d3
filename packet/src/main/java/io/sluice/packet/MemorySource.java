package io.sluice.packet;

/** Where tables get their memory: huge pages in the program, an arena in tests. */
@FunctionalInterface
public interface MemorySource {
    /**
     * Address of that many zeroed bytes, aligned to a page, which live as long as the source; pages
     * that nobody touches cost nothing.
     */
    long allocate(long lengthBytes);

    /**
     * Has pages of what was allocated ready, so that nobody waits for them who touches them first.
     * A hint, which may take long. Any thread.
     */
    default void prepare(long address, long lengthBytes) {}

    /**
     * Asks the core to fetch the cache lines at {@code count} addresses, 8 bytes each, the first of
     * which is stored at {@code addressOfFirst}, the others behind it. A hint, which takes no time.
     * Any thread.
     */
    default void prefetch(long addressOfFirst, int count) {}
}
