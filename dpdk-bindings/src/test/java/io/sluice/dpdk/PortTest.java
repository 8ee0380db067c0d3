package io.sluice.dpdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(RunningEal.class)
class PortTest {
    private Mempool pool;
    private MbufList list;

    @BeforeEach
    void createPool() {
        pool = Mempool.create("port-test", 2047, 32, 2176);
        list = new MbufList(64);
    }

    @AfterEach
    void everyMbufIsBack() {
        list.close();
        assertEquals(2047, pool.availableCount());
        assertEquals(0, pool.inUseCount());
        pool.close();
    }

    /** net_ring sends to itself: what goes out of a queue comes in by the same one. */
    private Port openLoop(String devargs) {
        Port port = Port.open(devargs);
        port.configure(1, 1, 256, 256, 0, pool);
        port.start();
        return port;
    }

    @Test
    void ringSendsToItself() {
        byte[] frame = new byte[60];
        frame[59] = 7;
        try (Port port = openLoop("net_ring0")) {
            list.set(0, MbufList.mbufOf(pool, frame));
            assertEquals(1, port.txQueue(0).send(list.address(), 1));
            assertEquals(1, port.rxQueue(0).receive(list.address(), 32));
            assertArrayEquals(frame, MbufList.frame(list.get(0)));
            Mbuf.free(list.get(0));

            assertEquals("net_ring", port.driver());
            assertFalse(port.makesSystemCalls());
            assertEquals(1, port.stats().rxPackets());
            assertEquals(1, port.stats().txPackets());
            assertEquals(6, port.mac().length);
            assertTrue(port.link().up());
        }
    }

    @Test
    void closedDeviceOpensAgain() {
        for (int i = 0; i < 3; i++) {
            try (Port port = openLoop("net_ring1")) {
                assertEquals("net_ring1", port.name());
                assertEquals(0, port.stats().rxPackets());
            }
        }
    }

    @Test
    void sameDeviceIsRefusedWhileOpen() {
        try (Port first = openLoop("net_ring2")) {
            DpdkException e = assertThrows(DpdkException.class, () -> Port.open("net_ring2"));
            assertEquals("port net_ring2 is open already", e.getMessage());
            assertTrue(first.link().up());
        }
    }

    @Test
    void missingInterfaceIsNamedAndNothingStays() {
        for (int i = 0; i < 2; i++) {
            DpdkException e =
                    assertThrows(
                            DpdkException.class, () -> Port.open("net_af_packet0,iface=nosuchif0"));
            assertTrue(e.getMessage().contains("no network interface nosuchif0"), e.getMessage());
        }
        try (Port port = Port.open("net_af_packet0,iface=lo")) {
            assertTrue(port.makesSystemCalls());
        }
    }

    @Test
    void unknownDriverIsRefused() {
        DpdkException e = assertThrows(DpdkException.class, () -> Port.open("net_nosuchdriver0"));
        assertTrue(
                e.getMessage().startsWith("port net_nosuchdriver0 cannot be opened"),
                e.getMessage());
    }
}
