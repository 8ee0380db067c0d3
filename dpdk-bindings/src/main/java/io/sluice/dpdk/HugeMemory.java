package io.sluice.dpdk;

import java.lang.foreign.MemorySegment;

/**
 * Large tables outside the heap, on transparent huge pages where the system has them. Needs the
 * shim, and no running EAL. Any thread.
 */
public final class HugeMemory {
    /** Alignment of what {@link #allocate} answers: a huge page of x86. */
    public static final long ALIGNMENT = 2L << 20;

    private static final NativeCall MMAP =
            new NativeCall(
                    "mmap",
                    NativeCall.POINTER,
                    NativeCall.POINTER,
                    NativeCall.LONG,
                    NativeCall.INT,
                    NativeCall.INT,
                    NativeCall.INT,
                    NativeCall.LONG);
    private static final NativeCall MUNMAP =
            new NativeCall("munmap", NativeCall.INT, NativeCall.LONG, NativeCall.LONG);
    private static final NativeCall MADVISE =
            new NativeCall(
                    "madvise", NativeCall.INT, NativeCall.LONG, NativeCall.LONG, NativeCall.INT);

    private static final int READ_WRITE =
            (int) (Shim.value("PROT_READ") | Shim.value("PROT_WRITE"));
    private static final int PRIVATE_ANONYMOUS =
            (int)
                    (Shim.value("MAP_PRIVATE")
                            | Shim.value("MAP_ANONYMOUS")
                            | Shim.value("MAP_NORESERVE"));
    private static final int USE_HUGE_PAGES = (int) Shim.value("MADV_HUGEPAGE");
    private static final int POPULATE = (int) Shim.value("MADV_POPULATE_WRITE");
    private static final long MAP_FAILED = -1;

    private HugeMemory() {}

    /**
     * Zeroed memory, aligned to {@link #ALIGNMENT}. Pages cost memory when they are first touched,
     * so a table may be mapped for the most it will ever hold.
     *
     * @return its address, for {@link #free} with the same length
     */
    public static long allocate(long bytes) {
        if (bytes <= 0 || bytes > Long.MAX_VALUE - 2 * ALIGNMENT) {
            throw new IllegalArgumentException("cannot map " + bytes + " bytes");
        }
        long length = roundUp(bytes);
        // One huge page more than asked, so that an aligned piece is in it; the ends go back.
        long mapped = length + ALIGNMENT;
        long start =
                ((MemorySegment)
                                MMAP.invoke(
                                        MemorySegment.NULL,
                                        mapped,
                                        READ_WRITE,
                                        PRIVATE_ANONYMOUS,
                                        -1,
                                        0L))
                        .address();
        if (start == MAP_FAILED) {
            throw new DpdkException(
                    "the system has no room for a table of %d bytes".formatted(bytes));
        }
        long address = roundUp(start);
        unmap(start, address - start);
        unmap(address + length, start + mapped - (address + length));
        // Refused by kernels built without transparent huge pages: ordinary pages do as well.
        MADVISE.invokeInt(address, length, USE_HUGE_PAGES);
        return address;
    }

    /**
     * Touches pages of what {@link #allocate} answered, so that nobody else has to wait for them.
     *
     * @param address of a page
     */
    public static void prepare(long address, long bytes) {
        // Refused by Linux before 5.14, and where memory is short: pages come when touched, then.
        MADVISE.invokeInt(address, bytes, POPULATE);
    }

    /** Gives back what {@link #allocate} answered, which nobody may touch any more. */
    public static void free(long address, long bytes) {
        unmap(address, roundUp(bytes));
    }

    private static void unmap(long address, long bytes) {
        if (bytes > 0 && MUNMAP.invokeInt(address, bytes) != 0) {
            throw new IllegalArgumentException("munmap(0x%x, %d) failed".formatted(address, bytes));
        }
    }

    private static long roundUp(long bytes) {
        return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
    }
}
