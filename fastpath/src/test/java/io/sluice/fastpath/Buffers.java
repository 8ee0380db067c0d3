package io.sluice.fastpath;

import io.sluice.dpdk.Mbuf;
import io.sluice.packet.Memory;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Frames in real buffers, without a pipeline; they live until the test ends. */
final class Buffers implements AutoCloseable {
    private final Lab lab = new Lab(0, false, 16);
    private final List<Long> mbufs = new ArrayList<>();

    long of(byte[] frame) {
        return withTail(frame, frame.length, 0);
    }

    /**
     * The first bytes of a frame; behind them, where nobody may look, the rest of it, each byte
     * combined with another by exclusive or.
     */
    long withTail(byte[] frame, int length, int flips) {
        long mbuf = alloc();
        byte[] bytes = frame.clone();
        for (int i = length; i < bytes.length; i++) {
            bytes[i] ^= (byte) flips;
        }
        Memory.copy(bytes, Mbuf.append(mbuf, bytes.length));
        Mbuf.trim(mbuf, bytes.length - length);
        return mbuf;
    }

    /** The frame in two segments, the first of this length and followed by its own flipped tail. */
    long inTwo(byte[] frame, int first, int flips) {
        long head = withTail(frame, first, flips);
        long tail = Mbuf.alloc(lab.pool);
        byte[] rest = Arrays.copyOfRange(frame, first, frame.length);
        Memory.copy(rest, Mbuf.append(tail, rest.length));
        Mbuf.chain(head, tail);
        return head;
    }

    private long alloc() {
        long mbuf = Mbuf.alloc(lab.pool);
        if (mbuf == 0) {
            throw new AssertionError("pool is empty");
        }
        mbufs.add(mbuf);
        return mbuf;
    }

    long copy(long mbuf) {
        long copy = Mbuf.copy(mbuf, lab.pool);
        mbufs.add(copy);
        return copy;
    }

    /** The frame as it is now, all segments of it. */
    static byte[] bytes(long mbuf) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        for (long at = mbuf; at != 0; at = Memory.getLong(at + Mbuf.NEXT)) {
            byte[] segment = new byte[Memory.getShort(at + Mbuf.DATA_LEN)];
            long start = Memory.getLong(at + Mbuf.BUF_ADDR) + Memory.getShort(at + Mbuf.DATA_OFF);
            Memory.copy(start, segment);
            frame.writeBytes(segment);
        }
        return frame.toByteArray();
    }

    /** Gives all buffers back. */
    void free() {
        mbufs.forEach(Mbuf::free);
        mbufs.clear();
    }

    @Override
    public void close() {
        free();
        lab.close();
    }
}
