package io.sluice.fastpath;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.Ipv4;
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
            packet.setTuple(packet.addresses(), other.ports());
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
}
