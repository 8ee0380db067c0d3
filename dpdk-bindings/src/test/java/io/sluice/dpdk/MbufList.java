package io.sluice.dpdk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The list of mbufs a burst works on, and reads of the mbufs in it. */
final class MbufList implements AutoCloseable {
    @SuppressWarnings("restricted")
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment list;

    MbufList(int capacity) {
        list = arena.allocate(ValueLayout.JAVA_LONG, capacity);
    }

    long address() {
        return list.address();
    }

    long get(int index) {
        return list.getAtIndex(ValueLayout.JAVA_LONG, index);
    }

    void set(int index, long mbuf) {
        list.setAtIndex(ValueLayout.JAVA_LONG, index, mbuf);
    }

    @Override
    public void close() {
        arena.close();
    }

    static int segments(long mbuf) {
        return ALL.get(ValueLayout.JAVA_SHORT, mbuf + Mbuf.NB_SEGS);
    }

    static int frameBytes(long mbuf) {
        return ALL.get(ValueLayout.JAVA_INT, mbuf + Mbuf.PKT_LEN);
    }

    static int inPort(long mbuf) {
        return ALL.get(ValueLayout.JAVA_SHORT, mbuf + Mbuf.PORT);
    }

    static long pool(long mbuf) {
        return ALL.get(ValueLayout.JAVA_LONG, mbuf + Mbuf.POOL);
    }

    static long nextSegment(long mbuf) {
        return ALL.get(ValueLayout.JAVA_LONG, mbuf + Mbuf.NEXT);
    }

    static int segmentBytes(long mbuf) {
        return Short.toUnsignedInt(ALL.get(ValueLayout.JAVA_SHORT, mbuf + Mbuf.DATA_LEN));
    }

    /** The whole frame, however many segments it has. */
    static byte[] frame(long mbuf) {
        byte[] frame = new byte[frameBytes(mbuf)];
        int at = 0;
        for (long segment = mbuf; segment != 0; segment = nextSegment(segment)) {
            int bytes = segmentBytes(segment);
            MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, data(segment), frame, at, bytes);
            at += bytes;
        }
        return frame;
    }

    /** An mbuf with these bytes in it. */
    static long mbufOf(Mempool pool, byte[] bytes) {
        long mbuf = Mbuf.alloc(pool);
        long data = Mbuf.append(mbuf, bytes.length);
        if (data == 0) {
            throw new AssertionError(bytes.length + " bytes do not fit");
        }
        MemorySegment.copy(bytes, 0, ALL, ValueLayout.JAVA_BYTE, data, bytes.length);
        return mbuf;
    }

    private static long data(long mbuf) {
        return ALL.get(ValueLayout.JAVA_LONG, mbuf + Mbuf.BUF_ADDR)
                + Short.toUnsignedInt(ALL.get(ValueLayout.JAVA_SHORT, mbuf + Mbuf.DATA_OFF));
    }
}
