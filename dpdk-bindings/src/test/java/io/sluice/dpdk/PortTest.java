package io.sluice.dpdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
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
                e.getMessage()
                        .startsWith(
                                "port net_nosuchdriver0 cannot be opened: neither a PCI address"),
                e.getMessage());
    }

    @Test
    void anotherPortComesAndGoesWhileOneIsWorking() {
        try (Port stays = openLoop("net_ring3")) {
            for (int i = 0; i < 5; i++) {
                try (Port other = openLoop("net_ring4")) {
                    assertNotEquals(stays.id(), other.id());
                    passOneFrame(other);
                    passOneFrame(stays);
                }
                passOneFrame(stays);
            }
            assertEquals(10, stays.stats().rxPackets());
        }
    }

    @Test
    void stoppedPortIsConfiguredAnew() {
        try (Port port = openLoop("net_ring5")) {
            passOneFrame(port);
            assertThrows(IllegalStateException.class, () -> port.configure(1, 1, 0, 0, 0, pool));
            port.stop();
            port.stop();
            port.configure(1, 1, 0, 0, 0, pool);
            port.start();
            passOneFrame(port);
        }
    }

    @Test
    void impossibleConfigurationIsNamedAndTheRightOneStillWorks() {
        try (Port port = Port.open("net_null0")) {
            DpdkException queues =
                    assertThrows(DpdkException.class, () -> port.configure(5000, 1, 0, 0, 0, pool));
            assertTrue(
                    queues.getMessage()
                            .startsWith("port net_null0: 5000 receive queues are asked for"),
                    queues.getMessage());
            DpdkException mtu =
                    assertThrows(DpdkException.class, () -> port.configure(1, 1, 0, 0, 7, pool));
            assertTrue(
                    mtu.getMessage().startsWith("port net_null0: 7 bytes of MTU"),
                    mtu.getMessage());
            assertThrows(IllegalStateException.class, port::start);
            port.configure(1, 1, 0, 0, 0, pool);
            port.start();
            assertEquals(1500, port.mtu());
            assertEquals(8, port.rxQueue(0).receive(list.address(), 8));
            assertEquals(8, port.txQueue(0).send(list.address(), 8));
        }
    }

    @Test
    void closedPortCannotBeUsed() {
        Port port = openLoop("net_ring6");
        port.close();
        port.close();
        assertThrows(IllegalStateException.class, port::stats);
        assertThrows(IllegalStateException.class, port::start);
    }

    /** Loopback hands back what is sent to it; a protocol nobody speaks finds our frame again. */
    @Test
    void kernelInterfaceTakesAndGivesFrames() throws IOException {
        byte[] frame = new byte[100];
        frame[12] = (byte) 0x88;
        frame[13] = (byte) 0xB5;
        frame[99] = 42;
        try (Port port = openLoop("net_af_packet1,iface=lo")) {
            assertEquals("net_af_packet", port.driver());
            assertTrue(port.makesSystemCalls());
            assertTrue(port.sendsSegments());
            list.set(0, MbufList.mbufOf(pool, frame));
            assertEquals(1, port.txQueue(0).send(list.address(), 1));
            assertTrue(arrives(port, frame));
            assertTrue(loopbackIsPromiscuous());
        }
        assertFalse(loopbackIsPromiscuous());
    }

    private static boolean loopbackIsPromiscuous() throws IOException {
        String flags = Files.readString(Path.of("/sys/class/net/lo/flags")).strip();
        return (Integer.decode(flags) & 0x100) != 0;
    }

    private boolean arrives(Port port, byte[] frame) {
        boolean arrived = false;
        for (int i = 0; i < 1000 && !arrived; i++) {
            int count = port.rxQueue(0).receive(list.address(), 32);
            for (int j = 0; j < count; j++) {
                arrived |= Arrays.equals(frame, MbufList.frame(list.get(j)));
            }
            Mbuf.freeBulk(list.address(), count);
            LockSupport.parkNanos(1_000_000);
        }
        return arrived;
    }

    private void passOneFrame(Port port) {
        list.set(0, MbufList.mbufOf(pool, new byte[60]));
        assertEquals(1, port.txQueue(0).send(list.address(), 1));
        assertEquals(1, port.rxQueue(0).receive(list.address(), 32));
        Mbuf.free(list.get(0));
    }
}
