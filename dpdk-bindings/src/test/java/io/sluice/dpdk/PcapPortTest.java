package io.sluice.dpdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Frames from a file, through a port, into another file. */
@ExtendWith(RunningEal.class)
class PcapPortTest {
    private static final int MBUFS = 2047;
    private static final int BURST = 32;
    private static final int SEGMENT_BYTES = 512;

    @TempDir private Path folder;
    private Mempool pool;
    private MbufList list;

    @BeforeEach
    void createPool() {
        pool = Mempool.create("pcap-test", MBUFS, 0, SEGMENT_BYTES + Mbuf.HEADROOM);
        list = new MbufList(BURST);
    }

    @AfterEach
    void everyMbufIsBack() {
        list.close();
        assertEquals(MBUFS, pool.availableCount());
        pool.close();
    }

    private static List<byte[]> frames(int count, int bytes) {
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] frame = new byte[bytes];
            for (int j = 0; j < bytes; j++) {
                frame[j] = (byte) (i + j);
            }
            frames.add(frame);
        }
        return frames;
    }

    private Port open(String devargs) {
        Port port = Port.open(devargs);
        port.configure(1, 1, 0, 0, 0, pool);
        port.start();
        return port;
    }

    private static void assertSameFrames(List<byte[]> expected, List<byte[]> actual) {
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), actual.get(i), "frame " + i);
        }
    }

    @Test
    void framesPassUnchanged() throws Exception {
        List<byte[]> frames = frames(100, 60);
        Path in = PcapFile.write(folder.resolve("in.pcap"), frames);
        Path out = folder.resolve("out.pcap");
        try (Port port = open("net_pcap0,rx_pcap=" + in + ",tx_pcap=" + out)) {
            assertTrue(port.makesSystemCalls());
            int count;
            while ((count = port.rxQueue(0).receive(list.address(), BURST)) > 0) {
                assertEquals(port.id(), MbufList.inPort(list.get(0)));
                assertEquals(count, port.txQueue(0).send(list.address(), count));
            }
            PortStats stats = port.stats();
            assertEquals(100, stats.rxPackets());
            assertEquals(100, stats.txPackets());
            assertEquals(6000, stats.rxBytes());
            assertEquals(6000, stats.txBytes());
        }
        assertSameFrames(frames, PcapFile.read(out));
    }

    @Test
    void longFramesComeInSeveralSegmentsAndLeaveWhole() throws Exception {
        List<byte[]> frames = frames(3, 1400);
        Path in = PcapFile.write(folder.resolve("in.pcap"), frames);
        Path out = folder.resolve("out.pcap");
        try (Port port = open("net_pcap1,rx_pcap=" + in + ",tx_pcap=" + out)) {
            assertEquals(3, port.rxQueue(0).receive(list.address(), BURST));
            for (int i = 0; i < 3; i++) {
                assertEquals(3, MbufList.segments(list.get(i)));
                assertArrayEquals(frames.get(i), MbufList.frame(list.get(i)));
            }
            assertEquals(9, pool.inUseCount());
            assertEquals(3, port.txQueue(0).send(list.address(), 3));
        }
        assertSameFrames(frames, PcapFile.read(out));
    }

    @Test
    void replayForEverStaysInMemoryAndAllocatesNothing() throws Exception {
        Path in = PcapFile.write(folder.resolve("in.pcap"), frames(64, 60));
        try (Port port = open("net_pcap2,rx_pcap=" + in + ",infinite_rx=1")) {
            assertFalse(port.makesSystemCalls());
            RxQueue rx = port.rxQueue(0);
            TxQueue tx = port.txQueue(0);
            assertEquals(20_000L * BURST, forward(rx, tx, 20_000));
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            forward(rx, tx, 20_000);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            // The two measurements themselves may allocate a little; 40,000 calls would show.
            assertTrue(allocated < 4096, allocated + " bytes");
        }
    }

    private long forward(RxQueue rx, TxQueue tx, int bursts) {
        long frames = 0;
        for (int i = 0; i < bursts; i++) {
            int count = rx.receive(list.address(), BURST);
            Prefetch.lines(list.address(), Long.BYTES, count);
            int sent = tx.send(list.address(), count);
            frames += sent;
            for (int j = sent; j < count; j++) {
                Mbuf.free(list.get(j));
            }
        }
        return frames;
    }

    @Test
    void eachDirectionKnowsWhetherItEntersTheKernel() throws Exception {
        Path in = PcapFile.write(folder.resolve("in.pcap"), frames(64, 60));
        String replay = "rx_pcap=" + in + ",infinite_rx=1,tx_pcap=" + folder.resolve("out.pcap");
        try (Port port = open("net_pcap3," + replay)) {
            assertTrue(port.makesSystemCalls());
        }
        try (Port port = open("net_pcap3,iface=lo")) {
            assertTrue(port.makesSystemCalls());
        }
    }

    @Test
    void missingFileIsRefusedAndNothingStays() throws Exception {
        Path in = folder.resolve("in.pcap");
        String devargs = "net_pcap4,rx_pcap=" + in;
        DpdkException e = assertThrows(DpdkException.class, () -> Port.open(devargs));
        assertTrue(
                e.getMessage().startsWith("port " + devargs + " cannot be opened"), e.getMessage());
        PcapFile.write(in, frames(2, 60));
        try (Port port = open(devargs)) {
            assertEquals(2, port.rxQueue(0).receive(list.address(), BURST));
            Mbuf.freeBulk(list.address(), 2);
        }
    }

    @Test
    void emptyPoolIsCountedAndReceivingGoesOn() throws Exception {
        Path in = PcapFile.write(folder.resolve("in.pcap"), frames(100, 60));
        try (Port port = open("net_pcap5,rx_pcap=" + in);
                MbufList taken = new MbufList(MBUFS)) {
            for (int i = 0; i < MBUFS; i++) {
                taken.set(i, Mbuf.alloc(pool));
            }
            assertEquals(0, port.rxQueue(0).receive(list.address(), BURST));
            Mbuf.freeBulk(taken.address(), MBUFS);
            assertEquals(BURST, port.rxQueue(0).receive(list.address(), BURST));
            Mbuf.freeBulk(list.address(), BURST);
        }
    }
}
