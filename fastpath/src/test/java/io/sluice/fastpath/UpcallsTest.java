package io.sluice.fastpath;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.dpdk.Mbuf;
import io.sluice.packet.FrameBuilder;
import io.sluice.packet.Memory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UpcallsTest {
    private static final int DATA_ROOM = 2048;
    private static final Action.Controller ALL =
            new Action.Controller(65535, Action.PacketInReason.ACTION, 7, Action.Bytes.NONE);
    private static final LearnedFlow LEARNED =
            new LearnedFlow(1, 2, 3, 0, 0, 0, 0, false, 0, Optional.empty(), List.of());

    private final Lab lab = new Lab(1, false, 64);
    private final Upcalls upcalls = new Upcalls(lab.outputs, DATA_ROOM);
    private final SlowPacket packet = new SlowPacket();
    private final List<String> handled = new ArrayList<>();
    private final List<byte[]> frames = new ArrayList<>();

    @AfterEach
    void close() {
        lab.close();
    }

    private void drain() {
        upcalls.drain(
                new UpcallHandler() {
                    @Override
                    public void packetIn(Upcall up) {
                        frames.add(up.data());
                        handled.add(
                                "in %d table=%d cookie=%d bytes=%d"
                                        .formatted(
                                                Field.IN_PORT.get(up.key()),
                                                up.table(),
                                                up.cookie(),
                                                up.frameBytes()));
                    }

                    @Override
                    public void learn(Upcall up, LearnedFlow flow) {
                        assertSame(LEARNED, flow);
                        handled.add("learn " + Field.REG0.get(up.key()));
                    }
                });
    }

    private long mbuf(byte[] frame) {
        long mbuf = Mbuf.alloc(lab.pool);
        Memory.copy(frame, Mbuf.append(mbuf, frame.length));
        return mbuf;
    }

    @Test
    void carriesPacketsAndFlowsToLearnInOrder() {
        byte[] frame = new FrameBuilder().ip("10.0.0.1", "10.0.0.2").ports(1, 2).udp();
        long mbuf = mbuf(frame);
        packet.parse(mbuf, 5);
        assertTrue(upcalls.packetIn(packet, ALL, 3, 99));
        Field.REG0.set(packet.key, 42);
        assertTrue(upcalls.learn(packet, LEARNED, null));
        Action.Controller some =
                new Action.Controller(20, Action.PacketInReason.ACTION, 0, Action.Bytes.NONE);
        assertTrue(upcalls.packetIn(packet, some, 0, 0));
        Mbuf.free(mbuf);
        drain();
        assertEquals(
                List.of(
                        "in 5 table=3 cookie=99 bytes=42",
                        "learn 42",
                        "in 5 table=0 cookie=0 bytes=42"),
                handled);
        assertArrayEquals(frame, frames.get(0));
        assertArrayEquals(Arrays.copyOf(frame, 20), frames.get(1));
    }

    @Test
    void takesFramesOfSeveralBuffersWhole() {
        byte[] head = new FrameBuilder().ethernet(0x88B5, new byte[1500]);
        byte[] tail = new byte[2000];
        Arrays.fill(tail, (byte) 7);
        long mbuf = mbuf(head);
        assertTrue(Mbuf.chain(mbuf, mbuf(tail)));
        packet.parse(mbuf, 1);
        assertTrue(upcalls.packetIn(packet, ALL, 0, 0));
        Mbuf.free(mbuf);
        drain();
        byte[] whole = Arrays.copyOf(head, head.length + tail.length);
        System.arraycopy(tail, 0, whole, head.length, tail.length);
        assertArrayEquals(whole, frames.getFirst());
    }

    @Test
    void countsWhatItLosesAndGoesOn() {
        long mbuf = mbuf(new FrameBuilder().arp(1));
        packet.parse(mbuf, 1);
        for (int i = 0; i < Upcalls.CAPACITY; i++) {
            assertTrue(upcalls.packetIn(packet, ALL, 0, i));
        }
        assertFalse(upcalls.packetIn(packet, ALL, 0, 0));
        assertFalse(upcalls.learn(packet, LEARNED, null));
        assertFalse(upcalls.learn(packet, LEARNED, null));
        assertEquals(1, lab.dropped(DropReason.PACKET_IN_FULL));
        assertEquals(2, lab.dropped(DropReason.LEARN_FULL));
        drain();
        assertEquals(Upcalls.CAPACITY, handled.size());
        assertTrue(upcalls.learn(packet, LEARNED, null));
        Mbuf.free(mbuf);
        drain();
        assertEquals("learn 0", handled.getLast());
    }

    @Test
    void aFailingHandlerLosesNoRoom() {
        long mbuf = mbuf(new FrameBuilder().arp(1));
        packet.parse(mbuf, 1);
        for (int i = 0; i < 2 * Upcalls.CAPACITY; i++) {
            assertTrue(upcalls.learn(packet, LEARNED, null));
            try {
                upcalls.drain(new Failing());
            } catch (IllegalStateException e) {
                handled.add(e.getMessage());
            }
        }
        Mbuf.free(mbuf);
        assertEquals(2 * Upcalls.CAPACITY, handled.size());
    }

    private static final class Failing implements UpcallHandler {
        @Override
        public void packetIn(Upcall up) {
            throw new IllegalStateException("on purpose");
        }

        @Override
        public void learn(Upcall up, LearnedFlow flow) {
            throw new IllegalStateException("on purpose");
        }
    }
}
