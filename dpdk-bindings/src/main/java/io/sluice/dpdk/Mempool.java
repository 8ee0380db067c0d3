package io.sluice.dpdk;

import java.lang.foreign.MemorySegment;

/**
 * A pool of mbufs, fixed in number. Any thread may take and return mbufs; threads that called
 * {@link WorkerThread#register()} keep a cache of their own. Create and close belong to control.
 */
public final class Mempool implements AutoCloseable {
    private static final NativeCall CREATE =
            new NativeCall(
                    "rte_pktmbuf_pool_create",
                    NativeCall.POINTER,
                    NativeCall.POINTER,
                    NativeCall.INT,
                    NativeCall.INT,
                    NativeCall.SHORT,
                    NativeCall.SHORT,
                    NativeCall.INT);
    private static final NativeCall FREE =
            NativeCall.ofVoid("rte_mempool_free", NativeCall.POINTER);
    private static final NativeCall AVAILABLE =
            new NativeCall("rte_mempool_avail_count", NativeCall.INT, NativeCall.POINTER);
    private static final NativeCall IN_USE =
            new NativeCall("rte_mempool_in_use_count", NativeCall.INT, NativeCall.POINTER);

    private static final int HEADROOM_BYTES = (int) Shim.value("RTE_PKTMBUF_HEADROOM");
    private static final int MAX_CACHE = (int) Shim.value("RTE_MEMPOOL_CACHE_MAX_SIZE");
    private static final int MAX_DATA_ROOM_BYTES = 0xFFFF;
    private static final int OUT_OF_MEMORY = (int) Shim.value("ENOMEM");
    private static final int ANY_SOCKET = -1;

    private final String name;
    private final int dataRoomBytes;
    private final MemorySegment pool;
    private boolean closed;

    private Mempool(String name, int dataRoomBytes, MemorySegment pool) {
        this.name = name;
        this.dataRoomBytes = dataRoomBytes;
        this.pool = pool;
    }

    /**
     * Reserves the memory of a pool.
     *
     * @param name unique in this process, at most 25 characters
     * @param count mbufs in the pool; one less than a power of two uses memory best
     * @param cacheSize mbufs each registered thread may keep for itself: 0 to 512, and at most two
     *     thirds of count
     * @param dataRoomBytes what one mbuf holds, with DPDK's headroom of 128 bytes in it
     */
    public static Mempool create(String name, int count, int cacheSize, int dataRoomBytes) {
        if (count < 1) {
            throw new DpdkException("mempool %s: %d mbufs are too few".formatted(name, count));
        }
        if (cacheSize < 0 || cacheSize > MAX_CACHE || cacheSize * 3L > count * 2L) {
            throw new DpdkException(
                    "mempool %s: a cache of %d mbufs is not between 0 and %d, and at most 2/3 of %d"
                            .formatted(name, cacheSize, MAX_CACHE, count));
        }
        if (dataRoomBytes <= HEADROOM_BYTES || dataRoomBytes > MAX_DATA_ROOM_BYTES) {
            throw new DpdkException(
                    "mempool %s: a data room of %d bytes is not between %d and %d"
                            .formatted(
                                    name, dataRoomBytes, HEADROOM_BYTES + 1, MAX_DATA_ROOM_BYTES));
        }
        return new Mempool(name, dataRoomBytes, reserve(name, count, cacheSize, dataRoomBytes));
    }

    private static MemorySegment reserve(String name, int count, int cacheSize, int dataRoomBytes) {
        try {
            return CREATE.checkPointer(
                    name, count, cacheSize, (short) 0, (short) dataRoomBytes, ANY_SOCKET);
        } catch (DpdkException e) {
            if (NativeCall.errno() != OUT_OF_MEMORY) {
                throw e;
            }
            throw new DpdkException(
                    "mempool %s: DPDK's memory has no room for %d mbufs of %d bytes: fewer, or more memory (-m, huge pages): %s"
                            .formatted(name, count, dataRoomBytes, e.getMessage()),
                    e);
        }
    }

    /** The address of the rte_mempool, as {@code rte_mbuf.pool} has it. */
    public long handle() {
        return pool.address();
    }

    public String name() {
        return name;
    }

    public int dataRoomBytes() {
        return dataRoomBytes;
    }

    /** The longest piece of a frame that one mbuf takes. */
    public int segmentBytes() {
        return dataRoomBytes - HEADROOM_BYTES;
    }

    /** How many mbufs nobody holds, those in the threads' caches too. Slow: not for workers. */
    public int availableCount() {
        return AVAILABLE.invokeInt(openPool());
    }

    /** How many mbufs somebody holds. Slow: not for workers. */
    public int inUseCount() {
        return IN_USE.invokeInt(openPool());
    }

    /** Gives the memory back. No port may use the pool any more, and no mbuf of it be in use. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            FREE.invoke(pool);
        }
    }

    MemorySegment openPool() {
        if (closed) {
            throw new IllegalStateException("mempool " + name + " is closed");
        }
        return pool;
    }
}
