package io.sluice.fastpath;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sluice.dpdk.Mbuf;
import io.sluice.packet.FrameBuilder;
import io.sluice.packet.Memory;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class DepartureTest {
    @Test
    void cutsFramesOfOneAndOfTwoBuffers() {
        byte[] frame = new FrameBuilder().payload(new byte[200]).ip("10.0.0.1", "10.0.0.2").udp();
        try (Buffers buffers = new Buffers()) {
            for (int bytes : new int[] {14, 99, 100, 101, frame.length - 1}) {
                for (int first : new int[] {100, frame.length}) {
                    long mbuf =
                            first == frame.length
                                    ? buffers.of(frame)
                                    : buffers.inTwo(frame, first, 0);
                    Departure.cut(mbuf, bytes);
                    String where = first + " cut to " + bytes;
                    assertArrayEquals(Arrays.copyOf(frame, bytes), Buffers.bytes(mbuf), where);
                    assertEquals(bytes, Memory.getInt(mbuf + Mbuf.PKT_LEN), where);
                    int segments = bytes > first ? 2 : 1;
                    assertEquals(segments, Memory.getShort(mbuf + Mbuf.NB_SEGS), where);
                }
            }
        }
    }
}
