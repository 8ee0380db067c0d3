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
}
