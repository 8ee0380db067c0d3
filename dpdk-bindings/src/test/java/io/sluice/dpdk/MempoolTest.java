package io.sluice.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(RunningEal.class)
class MempoolTest {
    private static final int COUNT = 63;

    @Test
    void exhaustedPoolAnswersZeroAndTakesEverythingBack() {
        try (Mempool pool = Mempool.create("exhaust", COUNT, 0, 2176);
                MbufList list = new MbufList(COUNT)) {
            assertEquals(COUNT, pool.availableCount());
            for (int i = 0; i < COUNT; i++) {
                list.set(i, Mbuf.alloc(pool));
                assertNotEquals(0, list.get(i));
                assertEquals(pool.handle(), MbufList.pool(list.get(i)));
            }
            assertEquals(0, Mbuf.alloc(pool));
            assertEquals(0, Mbuf.copy(list.get(0), pool));
            assertEquals(0, pool.availableCount());
            assertEquals(COUNT, pool.inUseCount());

            Mbuf.freeBulk(list.address(), COUNT - 1);
            assertEquals(COUNT - 1, pool.availableCount());
            Mbuf.free(list.get(COUNT - 1));
            assertEquals(COUNT, pool.availableCount());
            assertEquals(0, pool.inUseCount());
        }
    }

    @Test
    void nameIsFreeAgainAfterClose() {
        for (int i = 0; i < 3; i++) {
            Mempool.create("again", COUNT, 0, 2176).close();
        }
    }

    @Test
    void nameInUseIsToldWithCallAndArguments() {
        try (Mempool pool = Mempool.create("twice", COUNT, 0, 2176)) {
            DpdkException e =
                    assertThrows(
                            DpdkException.class, () -> Mempool.create(pool.name(), COUNT, 0, 2176));
            assertEquals(
                    "rte_pktmbuf_pool_create(\"twice\", 63, 0, 0, 2176, -1) failed:"
                            + " File exists (errno 17)",
                    e.getMessage());
        }
    }

    @Test
    void moreThanTheMemoryHoldsIsRefused() {
        DpdkException e =
                assertThrows(
                        DpdkException.class, () -> Mempool.create("vast", 10_000_000, 0, 2176));
        assertEquals(
                "mempool vast: DPDK's memory has no room for 10000000 mbufs of 2176 bytes: fewer,"
                        + " or more memory (-m, huge pages):"
                        + " rte_pktmbuf_pool_create(\"vast\", 10000000, 0, 0, 2176, -1) failed:"
                        + " Cannot allocate memory (errno 12)",
                e.getMessage());
    }

    @Test
    void impossibleSizesAreNamed() {
        assertRefused("mempool x: 0 mbufs are too few", 0, 0, 2176);
        assertRefused(
                "mempool x: a cache of 43 mbufs is not between 0 and 512, and at most 2/3 of 63",
                COUNT,
                43,
                2176);
        assertRefused(
                "mempool x: a data room of 128 bytes is not between 129 and 65535", COUNT, 0, 128);
    }

    @Test
    void closedPoolCannotBeAsked() {
        Mempool pool = Mempool.create("closed", COUNT, 0, 2176);
        pool.close();
        pool.close();
        assertThrows(IllegalStateException.class, pool::availableCount);
    }

    private static void assertRefused(String message, int count, int cache, int dataRoom) {
        DpdkException e =
                assertThrows(
                        DpdkException.class, () -> Mempool.create("x", count, cache, dataRoom));
        assertEquals(message, e.getMessage());
    }
}
