package io.sluice.dpdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(RunningEal.class)
class MbufTest {
    private static final int COUNT = 255;
    private static final int SEGMENT_BYTES = 512;

    private Mempool pool;

    @BeforeEach
    void createPool() {
        pool = Mempool.create("mbuf-test", COUNT, 0, SEGMENT_BYTES + Mbuf.HEADROOM);
    }

    @AfterEach
    void everyMbufIsBack() {
        assertEquals(COUNT, pool.availableCount());
        pool.close();
    }

    @Test
    void copyIsDeep() {
        byte[] bytes = random(1200);
        long frame = frameOf(bytes, 500, 400, 300);
        long copy = Mbuf.copy(frame, pool);
        Mbuf.free(frame);
        assertArrayEquals(bytes, MbufList.frame(copy));
        Mbuf.free(copy);
    }

    @Test
    void freeReturnsEverySegment() {
        long frame = frameOf(random(1200), 500, 400, 300);
        assertEquals(3, MbufList.segments(frame));
        assertEquals(1200, MbufList.frameBytes(frame));
        assertEquals(3, pool.inUseCount());
        Mbuf.free(frame);
    }

    @Test
    void linearizeMovesEverythingIntoTheFirstSegment() {
        byte[] bytes = random(450);
        long frame = frameOf(bytes, 100, 150, 200);
        assertTrue(Mbuf.linearize(frame));
        assertEquals(1, MbufList.segments(frame));
        assertEquals(450, MbufList.segmentBytes(frame));
        assertEquals(0, MbufList.nextSegment(frame));
        assertArrayEquals(bytes, MbufList.frame(frame));
        assertEquals(1, pool.inUseCount());
        Mbuf.free(frame);
    }

    @Test
    void linearizeWithoutRoomLeavesTheFrameAsItWas() {
        byte[] bytes = random(SEGMENT_BYTES + 1);
        long frame = frameOf(bytes, 300, SEGMENT_BYTES + 1 - 300);
        assertFalse(Mbuf.linearize(frame));
        assertEquals(2, MbufList.segments(frame));
        assertArrayEquals(bytes, MbufList.frame(frame));
        Mbuf.free(frame);
    }

    @Test
    void bothEndsGrowAndShrink() {
        long frame = MbufList.mbufOf(pool, new byte[] {1, 2, 3, 4});
        assertNotEquals(0, Mbuf.adj(frame, 1));
        assertTrue(Mbuf.trim(frame, 1));
        assertArrayEquals(new byte[] {2, 3}, MbufList.frame(frame));
        assertNotEquals(0, Mbuf.prepend(frame, 1));
        assertNotEquals(0, Mbuf.append(frame, 1));
        assertArrayEquals(new byte[] {1, 2, 3, 4}, MbufList.frame(frame));

        assertEquals(0, Mbuf.adj(frame, 5));
        assertFalse(Mbuf.trim(frame, 5));
        assertEquals(0, Mbuf.prepend(frame, Mbuf.HEADROOM + 1));
        assertEquals(0, Mbuf.append(frame, SEGMENT_BYTES));
        assertArrayEquals(new byte[] {1, 2, 3, 4}, MbufList.frame(frame));
        Mbuf.free(frame);
    }

    @Test
    void prefetchTakesAnyAddress() {
        try (MbufList list = new MbufList(4)) {
            list.set(1, 1);
            list.set(2, -1);
            list.set(3, list.address());
            Prefetch.lines(list.address(), Long.BYTES, 4);
            Prefetch.lines(0, Long.BYTES, 0);
        }
    }

    private long frameOf(byte[] bytes, int... segments) {
        long head = 0;
        int at = 0;
        for (int length : segments) {
            byte[] piece = new byte[length];
            System.arraycopy(bytes, at, piece, 0, length);
            at += length;
            long mbuf = MbufList.mbufOf(pool, piece);
            if (head == 0) {
                head = mbuf;
            } else {
                assertTrue(Mbuf.chain(head, mbuf));
            }
        }
        assertEquals(bytes.length, at);
        return head;
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }
}
