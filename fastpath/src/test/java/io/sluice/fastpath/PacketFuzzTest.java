package io.sluice.fastpath;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.sluice.dpdk.Mbuf;
import io.sluice.packet.Memory;
import io.sluice.packet.OrdinaryIpv6;
import io.sluice.packet.OrdinaryPacket;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Any bytes as a frame. The first byte says how many of the frame's last bytes are in another
 * buffer.
 */
class PacketFuzzTest {
    private static final int PORT = 1;

    private static final GuardedMemory MEMORY = new GuardedMemory();
    private static final SlowPacket PACKET = new SlowPacket();
    private static Lab lab;
    private static long mbuf;
    private static long bufAddr;
    private static int dataOff;

    @BeforeAll
    static void takeMbuf() {
        lab = new Lab(0, false, 64);
        mbuf = Mbuf.alloc(lab.pool);
        bufAddr = Memory.getLong(mbuf + Mbuf.BUF_ADDR);
        dataOff = Memory.getShort(mbuf + Mbuf.DATA_OFF);
    }

    @AfterAll
    static void giveMbufBack() {
        Memory.putLong(mbuf + Mbuf.BUF_ADDR, bufAddr);
        Memory.putShort(mbuf + Mbuf.DATA_OFF, dataOff);
        Memory.putInt(mbuf + Mbuf.PKT_LEN, 0);
        Memory.putShort(mbuf + Mbuf.DATA_LEN, 0);
        Mbuf.free(mbuf);
        lab.close();
    }

    /** Makes the mbuf one that begins with these bytes; answers their address. */
    private static long receive(byte[] first, int frameBytes) {
        long frame = MEMORY.place(first);
        Memory.putLong(mbuf + Mbuf.BUF_ADDR, frame);
        Memory.putShort(mbuf + Mbuf.DATA_OFF, 0);
        Memory.putShort(mbuf + Mbuf.DATA_LEN, first.length);
        Memory.putInt(mbuf + Mbuf.PKT_LEN, frameBytes);
        return frame;
    }

    @FuzzTest
    void parsersStayWithinTheFrameAndAgree(byte[] input) {
        if (input.length == 0 || input.length > GuardedMemory.BYTES) {
            return;
        }
        int frameBytes = input.length - 1;
        int contiguous = frameBytes - Math.min(frameBytes, input[0] & 0xFF);
        byte[] first = Arrays.copyOfRange(input, 1, 1 + contiguous);
        long frame = receive(first, frameBytes);
        int protocol = OrdinaryPacket.protocol(frame, contiguous, frameBytes);
        if (protocol == 0) {
            protocol = OrdinaryIpv6.protocol(frame, contiguous, frameBytes);
        }
        int malformed = PACKET.parse(mbuf, PORT);
        assertTrue(malformed >= -1 && malformed < DropReason.values().length);
        if (protocol != 0) {
            assertEquals(SlowPacket.NOT_MALFORMED, malformed, "the parsers do not agree");
            assertEquals(protocol, PACKET.protocol);
            assertTrue(PACKET.trackable);
        }
        if (malformed == SlowPacket.NOT_MALFORMED) {
            PACKET.writeFrame();
            byte[] after = new byte[contiguous];
            Memory.copy(frame, after);
            assertArrayEquals(first, after, "a packet that nobody changed was written anew");
        }
    }

    @Test
    void aReadBehindTheFrameIsNoticed() {
        byte[] bytes = new byte[7];
        long frame = receive(bytes, bytes.length);
        assertThrows(InternalError.class, () -> Memory.getLong(frame));
    }
}
