package io.sluice.fastpath;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.dpdk.Mbuf;
import io.sluice.packet.FrameBuilder;
import io.sluice.packet.Memory;
import io.sluice.packet.Vlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VlanTagsTest {
    private static final int MAX_TAGS = 4;

    private final Buffers buffers = new Buffers();
    private final SlowPacket packet = new SlowPacket();

    @AfterEach
    void giveBack() {
        buffers.close();
    }

    /** Tags as TPID and TCI, the outermost first. */
    private static byte[] frame(Integer... tags) {
        return frame(Arrays.asList(tags), 1);
    }

    private static byte[] frame(List<Integer> tags, int srcPort) {
        FrameBuilder builder = new FrameBuilder().ip("10.1.2.3", "192.0.2.10").ports(srcPort, 80);
        tags.forEach(tag -> builder.vlan(tag >>> 16, tag & 0xFFFF));
        return builder.udp();
    }

    private void receive(byte[] frame) {
        assertEquals(SlowPacket.NOT_MALFORMED, packet.parse(buffers.of(frame), 1));
    }

    private void assertWritten(byte[] expected) {
        int length = packet.length();
        assertTrue(packet.writeFrame());
        assertArrayEquals(expected, Buffers.bytes(packet.mbuf));
        assertEquals(expected.length, length);
        assertEquals(expected.length, packet.length(), "it is the same when it is written");
    }

    @Test
    void tagsAreAddedOnTopWithVlanAndPriority0() {
        receive(frame());
        assertTrue(packet.pushVlan(Vlan.TPID_CUSTOMER));
        packet.setVlanVid(100);
        packet.setVlanPcp(5);
        assertTrue(packet.pushVlan(Vlan.TPID_SERVICE));
        assertEquals(0x1000, Field.VLAN_TCI.get(packet.key));
        assertEquals(0xB064, Field.INNER_VLAN_TCI.get(packet.key));
        assertTrue(packet.has(Field.VLAN_TPID));
        assertWritten(frame(0x88A80000, 0x8100A064));
    }

    @Test
    void vlanAndPriorityMakeATagWhereThereIsNone() {
        receive(frame());
        packet.setVlanVid(7);
        assertWritten(frame(0x81000007));
        receive(frame());
        packet.setVlanPcp(7);
        assertWritten(frame(0x8100E000));
        receive(frame(0x88A8E005));
        packet.setVlanVid(6);
        assertWritten(frame(0x88A8E006));
    }

    @Test
    void theTciMayBeSetAsANumber() {
        receive(frame());
        Field.VLAN_TCI.set(packet.key, 0x1000 | 9);
        assertTrue(packet.has(Field.VLAN_TPID));
        assertWritten(frame(0x81000009));
        receive(frame(0x88A80001, 0x81000002));
        Edits.set(packet, Action.Set.whole(Field.VLAN_TCI, 0));
        assertEquals(0x1002, Field.VLAN_TCI.get(packet.key));
        assertEquals(0, Field.INNER_VLAN_TCI.get(packet.key));
        assertWritten(frame(0x81000002));
        Field.VLAN_TCI.set(packet.key, 0x0FFF);
        assertWritten(frame());
        assertEquals(0, Field.VLAN_TPID.get(packet.key));
    }

    @Test
    void aTagThatMayBeDroppedFirstSaysSoAsLongAsItIsThere() {
        receive(frame(0x81001005));
        packet.setVlanVid(6);
        assertWritten(frame(0x81001006));
        assertTrue(packet.pushVlan(Vlan.TPID_CUSTOMER));
        assertWritten(frame(0x81000000, 0x81001006));
        packet.popVlan();
        packet.popVlan();
        packet.setVlanVid(7);
        assertWritten(frame(0x81000007));
    }

    @Test
    void nothingIsTakenOffAFrameWithoutTags() {
        receive(frame());
        packet.popVlan();
        assertFalse(packet.has(Field.VLAN_TPID));
        assertWritten(frame());
    }

    @Test
    void moreTagsThanThereIsRoomForAreRefused() {
        receive(frame());
        for (int i = 0; i < MAX_TAGS; i++) {
            assertTrue(packet.pushVlan(Vlan.TPID_CUSTOMER));
            packet.setVlanVid(i);
        }
        assertFalse(packet.pushVlan(Vlan.TPID_CUSTOMER));
        assertWritten(frame(0x81000003, 0x81000002, 0x81000001, 0x81000000));
    }

    @Test
    void aFrameThatHasNoRoomBeforeItStaysAsItWas() {
        byte[] frame = frame();
        long mbuf = buffers.of(frame);
        byte[] front = new byte[Mbuf.HEADROOM - 2];
        Mbuf.prepend(mbuf, front.length);
        // What is in front of the frame now takes the room that the frame would need.
        long start = Mbuf.adj(mbuf, 0);
        Memory.copy(frame, start);
        Mbuf.trim(mbuf, front.length);
        assertEquals(SlowPacket.NOT_MALFORMED, packet.parse(mbuf, 1));
        assertTrue(packet.pushVlan(Vlan.TPID_CUSTOMER));
        Field.NW_TTL.set(packet.key, 1);
        assertFalse(packet.writeFrame());
        assertArrayEquals(frame, Buffers.bytes(mbuf));
    }

    /** Tags come and go, the frame is written now and then, and a list says what it must be. */
    @Test
    void anyOrderOfChanges() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 3_000; round++) {
            List<Integer> tags = new ArrayList<>();
            for (int i = random.nextInt(3); i > 0; i--) {
                tags.add(random.nextBoolean() ? 0x8100E00A : 0x88A80001 + i);
            }
            int port = 1;
            receive(frame(tags, port));
            for (int change = random.nextInt(20); change > 0; change--) {
                change(random, tags);
                if (random.nextInt(4) == 0) {
                    port = random.nextInt(0x10000);
                    Field.TP_SRC.set(packet.key, port);
                }
                if (random.nextInt(3) == 0) {
                    check(tags, port, "seed " + seed + ", round " + round);
                }
            }
            check(tags, port, "seed " + seed + ", round " + round);
            buffers.free();
        }
    }

    private void change(Random random, List<Integer> tags) {
        int number = random.nextInt(0x1000);
        switch (random.nextInt(4)) {
            case 0 -> {
                assertEquals(tags.size() < MAX_TAGS, packet.pushVlan(Vlan.TPID_SERVICE));
                if (tags.size() < MAX_TAGS) {
                    tags.addFirst(Vlan.TPID_SERVICE << 16);
                }
            }
            case 1 -> {
                packet.popVlan();
                if (!tags.isEmpty()) {
                    tags.removeFirst();
                }
            }
            case 2 -> {
                packet.setVlanVid(number);
                set(tags, ~0xFFF, number);
            }
            default -> {
                packet.setVlanPcp(number & 7);
                set(tags, ~0xE000, (number & 7) << 13);
            }
        }
    }

    private static void set(List<Integer> tags, int keep, int bits) {
        int outermost = tags.isEmpty() ? Vlan.TPID_CUSTOMER << 16 : tags.removeFirst();
        tags.addFirst((outermost & keep) | bits);
    }

    private void check(List<Integer> tags, int port, String about) {
        assertTrue(packet.writeFrame(), about);
        assertArrayEquals(frame(tags, port), Buffers.bytes(packet.mbuf), about);
    }
}
