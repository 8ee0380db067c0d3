package io.sluice.fastpath;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.FrameBuilder;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Vlan;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SlowPacketWriteTest {
    private static final Set<Field> READ_ONLY =
            EnumSet.of(
                    Field.IN_PORT,
                    Field.ETH_TYPE,
                    Field.NW_FRAG,
                    Field.TCP_FLAGS,
                    Field.VLAN_TPID,
                    Field.INNER_VLAN_TPID);

    private static final Set<Field> BEYOND_REWRITE = EnumSet.of(Field.NW_PROTO, Field.VLAN_TCI);

    private final Random random = new Random();
    private final long seed = random.nextLong();

    private static String hex(byte[] frame) {
        return HexFormat.of().formatHex(frame);
    }

    private static void assertFrame(byte[] expected, long mbuf, String about) {
        byte[] actual = Buffers.bytes(mbuf);
        assertArrayEquals(
                expected,
                actual,
                () -> about + "\nexpected " + hex(expected) + "\nactual   " + hex(actual));
    }

    /** Sets the fields that the packet has to what another packet of its shape has in them. */
    private static void setFields(SlowPacket packet, SlowPacket other) {
        for (Field field : Field.values()) {
            if (packet.has(field) && !READ_ONLY.contains(field)) {
                field.set(packet.key, field.getHigh(other.key), field.get(other.key));
            }
        }
        if (packet.headers.transport == Ipv4.PROTO_ICMP) {
            packet.setPorts(other.ports());
        }
    }

    @Test
    void aFrameWithNewFieldsIsWhatItWouldBeIfItWereBuiltSo() {
        random.setSeed(seed);
        SlowPacket packet = new SlowPacket();
        SlowPacket other = new SlowPacket();
        try (Buffers buffers = new Buffers()) {
            for (int round = 0; round < 20_000; round++) {
                long shape = random.nextLong();
                byte[] from = RandomFrames.frame(new Random(shape), random);
                byte[] to = RandomFrames.frame(new Random(shape), random);
                long mbuf = buffers.of(from);
                assertEquals(SlowPacket.NOT_MALFORMED, packet.parse(mbuf, 1), hex(from));
                assertEquals(SlowPacket.NOT_MALFORMED, other.parse(buffers.of(to), 1), hex(to));
                setFields(packet, other);
                assertTrue(packet.writeFrame());
                assertFrame(to, mbuf, "seed " + seed + ", round " + round + ", from " + hex(from));
                buffers.free();
            }
        }
    }

    @Test
    void fieldsMayBeWrittenOneAfterTheOtherAndInACopy() {
        random.setSeed(seed);
        SlowPacket packet = new SlowPacket();
        SlowPacket branch = new SlowPacket();
        SlowPacket other = new SlowPacket();
        try (Buffers buffers = new Buffers()) {
            for (int round = 0; round < 10_000; round++) {
                String about = "seed " + seed + ", round " + round;
                long shape = random.nextLong();
                long mbuf = buffers.of(RandomFrames.frame(new Random(shape), random));
                byte[] to = RandomFrames.frame(new Random(shape), random);
                packet.parse(mbuf, 1);
                other.parse(buffers.of(to), 1);
                for (int sets = random.nextInt(8); sets > 0; sets--) {
                    Field field = Field.values()[random.nextInt(Field.values().length)];
                    if (packet.has(field) && !READ_ONLY.contains(field)) {
                        field.set(packet.key, field.getHigh(other.key), field.get(other.key));
                    }
                }
                assertTrue(packet.writeFrame());
                byte[] halfway = Buffers.bytes(mbuf);
                branch.parse(mbuf, 1);
                assertArrayEquals(packet.key, branch.key, about);
                branch.copyFrom(packet, buffers.copy(mbuf));
                setFields(branch, other);
                assertTrue(branch.writeFrame());
                assertFrame(to, branch.mbuf, about);
                assertFrame(halfway, mbuf, about);
                setFields(packet, other);
                assertTrue(packet.writeFrame());
                assertFrame(to, mbuf, about);
                buffers.free();
            }
        }
    }

    @Test
    void anUnchangedFrameKeepsItsChecksumsHoweverWrong() {
        random.setSeed(seed);
        SlowPacket packet = new SlowPacket();
        try (Buffers buffers = new Buffers()) {
            for (int round = 0; round < 5_000; round++) {
                byte[] frame = RandomFrames.frame(random, random);
                frame[frame.length - 1 - random.nextInt(frame.length - 14)] ^= 0x40;
                long mbuf = buffers.of(frame);
                if (packet.parse(mbuf, 1) == SlowPacket.NOT_MALFORMED) {
                    assertTrue(packet.writeFrame());
                    assertFrame(frame, mbuf, "seed " + seed);
                    // As far as the writer goes when something else has changed.
                    Field.ETH_SRC.set(packet.key, 0);
                    Arrays.fill(frame, 6, 12, (byte) 0);
                    assertTrue(packet.writeFrame());
                    assertFrame(frame, mbuf, "seed " + seed);
                }
                buffers.free();
            }
        }
    }

    private static FrameBuilder builder() {
        return new FrameBuilder().ip("10.1.2.3", "192.0.2.10").ports(4000, 80);
    }

    @Test
    void anArpOperationThatTheKeyCannotHoldStays() {
        try (Buffers buffers = new Buffers()) {
            SlowPacket packet = new SlowPacket();
            long mbuf = buffers.of(builder().arp(0x102));
            packet.parse(mbuf, 1);
            Field.NW_SRC.set(packet.key, 0x0A010204);
            assertTrue(packet.writeFrame());
            assertFrame(builder().ip("10.1.2.4", "192.0.2.10").arp(0x102), mbuf, "operation");
        }
    }

    @Test
    void theIdentifierOfAnEchoIsTranslated() {
        try (Buffers buffers = new Buffers()) {
            SlowPacket packet = new SlowPacket();
            long mbuf = buffers.of(builder().icmp());
            packet.parse(mbuf, 1);
            int ports = packet.ports();
            packet.setPorts((ports & ~0xFFFF) | Short.reverseBytes((short) 7));
            assertTrue(packet.writeFrame());
            assertFrame(builder().ports(7, 0).icmp(), mbuf, "identifier");
        }
    }

    @Test
    void whatACachedWayCannotDoIsTold() {
        try (Buffers buffers = new Buffers()) {
            SlowPacket packet = new SlowPacket();
            byte[] tcp = builder().tcp();
            for (Field field : Field.values()) {
                packet.parse(buffers.of(tcp), 1);
                if (!packet.has(field) || READ_ONLY.contains(field)) {
                    continue;
                }
                field.set(packet.key, 1, field.get(packet.key) ^ 0x1001);
                assertEquals(BEYOND_REWRITE.contains(field), isBeyondRewrite(packet), field.text());
            }
            packet.parse(buffers.of(builder().arp(1)), 1);
            assertFalse(isBeyondRewrite(packet));
            Field.NW_SRC.set(packet.key, 1);
            assertTrue(isBeyondRewrite(packet), "no ARP packet has a cached way");
            packet.parse(buffers.of(builder().vlan(Vlan.TPID_CUSTOMER, 1).udp()), 1);
            packet.popVlan();
            assertTrue(isBeyondRewrite(packet), "the tag was in the frame");
            packet.parse(buffers.of(tcp), 1);
            assertTrue(packet.pushVlan(Vlan.TPID_CUSTOMER));
            packet.popVlan();
            assertFalse(isBeyondRewrite(packet), "a tag came and went");
            assertTrue(packet.pushVlan(Vlan.TPID_CUSTOMER));
            assertTrue(isBeyondRewrite(packet), "a tag came");
            packet.popVlan();
            assertTrue(isBeyondRewrite(packet), "and went after it was written");
        }
    }

    private static boolean isBeyondRewrite(SlowPacket packet) {
        assertTrue(packet.writeFrame());
        return packet.isWrittenBeyondRewrite();
    }
}
