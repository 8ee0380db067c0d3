package io.sluice.conntrack;

/** Fragments that a {@link FragmentTable} gives back. Reused; used by one thread. */
public final class FragmentList {
    /** More than that many a call does not give back. */
    static final int CAPACITY = 4 * FragmentTable.MAX_PER_DATAGRAM;

    private final long[] mbufs = new long[CAPACITY];
    private final int[] ports = new int[CAPACITY];
    private final int[] dataOffsets = new int[CAPACITY];
    private final int[] dataBytes = new int[CAPACITY];
    private final FragmentOutcome[] why = new FragmentOutcome[CAPACITY];
    private int count;
    private int bytes;

    void clear() {
        count = 0;
        bytes = 0;
    }

    /** For a datagram, and the one that it gives way to. */
    boolean hasRoom() {
        return CAPACITY - count >= 2 * FragmentTable.MAX_PER_DATAGRAM;
    }

    void add(long mbuf, int port, int dataOffset, int length, FragmentOutcome reason) {
        mbufs[count] = mbuf;
        ports[count] = port;
        dataOffsets[count] = dataOffset;
        dataBytes[count] = length;
        why[count++] = reason;
        bytes += length;
    }

    public int count() {
        return count;
    }

    public long mbuf(int i) {
        return mbufs[i];
    }

    public int port(int i) {
        return ports[i];
    }

    /** From the beginning of the frame to the fragmented data. */
    public int dataOffset(int i) {
        return dataOffsets[i];
    }

    public int dataBytes(int i) {
        return dataBytes[i];
    }

    /** Of all of them together: the fragmented data of a whole datagram. */
    public int bytes() {
        return bytes;
    }

    public FragmentOutcome why(int i) {
        return why[i];
    }
}
