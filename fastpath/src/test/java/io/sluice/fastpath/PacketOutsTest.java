package io.sluice.fastpath;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.FrameBuilder;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PacketOutsTest {
    private static final byte[] FRAME =
            new FrameBuilder().ip("10.0.0.1", "10.0.0.2").ports(1, 2).udp();
    private static final Action TABLE = Action.Resubmit.to(0);

    private final Lab lab = new Lab(3, true, 64);

    @AfterEach
    void close() {
        lab.close();
    }

    private static PacketOut packet(byte[] frame, int inPort, Action... actions) {
        return new PacketOut(frame, inPort, new long[Field.WORDS], List.of(actions));
    }

    private void send(PacketOut packet) {
        lab.pipeline.process(packet, lab.nowMs);
    }

    @Test
    void sendsToThePortOfTheAction() {
        send(packet(FRAME, 1, new Action.Output(2)));
        assertArrayEquals(FRAME, lab.sent(2).getFirst());
        send(packet(FRAME, 1));
        assertEquals(1, lab.dropped(DropReason.FLOW));
    }

    @Test
    void goesThroughTheTablesAsIfItHadComeByAPort() {
        Match fromTwo = Match.builder().exact(Field.IN_PORT, 2).exact(Field.REG3, 9).build();
        lab.publish(List.of(new Flow(0, 1, 0, fromTwo, List.of(new Action.Output(3)))), List.of());
        long[] metadata = new long[Field.WORDS];
        Field.REG3.set(metadata, 9);
        send(new PacketOut(FRAME, 2, metadata, List.of(TABLE)));
        assertEquals(1, lab.sent(3).size());
        send(packet(FRAME, 2, TABLE));
        send(packet(FRAME, PacketOut.FROM_NOWHERE, TABLE));
        assertEquals(2, lab.dropped(DropReason.NO_MATCH));
        assertEquals(0, lab.sent(3).size());
    }

    @Test
    void aPacketFromNoPortTeachesNoAddress() {
        byte[] answer = new FrameBuilder().eth(0x020000000002L, 0x020000000001L).arp(2);
        send(packet(FRAME, PacketOut.FROM_CONTROLLER, new Action.Normal()));
        assertEquals(1, lab.sent(1).size());
        send(packet(answer, 2, new Action.Normal()));
        assertEquals(1, lab.sent(1).size(), "flooded: the address is unknown");
        assertEquals(1, lab.sent(2).size(), "what was flooded first");
        assertEquals(2, lab.sent(3).size());
    }

    @Test
    void dropsWhatNoPortCouldHaveBrought() {
        byte[] cutShort = Arrays.copyOf(FRAME, 20);
        send(packet(cutShort, 1, new Action.Output(2)));
        assertEquals(1, lab.dropped(DropReason.IP_MALFORMED));
        send(packet(new byte[lab.pool.segmentBytes() + 1], 1, new Action.Output(2)));
        assertEquals(1, lab.dropped(DropReason.NO_MBUF));
    }

    @Test
    void theQueueTakesAllOrNone() {
        PacketOuts queue = new PacketOuts();
        PacketOut packet = packet(FRAME, 1);
        assertFalse(queue.isWaiting());
        assertTrue(queue.hasRoomFor(PacketOuts.CAPACITY));
        queue.sendAll(Collections.nCopies(PacketOuts.CAPACITY - 1, packet));
        assertTrue(queue.hasRoomFor(1));
        assertFalse(queue.hasRoomFor(2));
        assertTrue(queue.isWaiting());
        assertEquals(packet, queue.next());
        assertTrue(queue.hasRoomFor(2));
    }
}
