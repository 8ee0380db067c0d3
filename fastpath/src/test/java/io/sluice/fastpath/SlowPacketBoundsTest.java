package io.sluice.fastpath;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.dpdk.Mbuf;
import io.sluice.packet.FrameBuilder;
import io.sluice.packet.Ipv6;
import io.sluice.packet.Memory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Frames cut short at every byte. What lies behind the cut is there twice, once as it was and once
 * with all bits flipped: who looks at it sees a difference.
 */
class SlowPacketBoundsTest {
    private static final int ALL_BITS = 0xFF;

    private final SlowPacket packet = new SlowPacket();
    private final SlowPacket flipped = new SlowPacket();
    private final long seed = new Random().nextLong();

    private List<byte[]> frames() {
        Random random = new Random(seed);
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            frames.add(RandomFrames.frame(random, random));
        }
        return frames;
    }

    @Test
    void nothingBehindTheEndIsReadOrWritten() {
        try (Buffers buffers = new Buffers()) {
            for (byte[] frame : frames()) {
                for (int length = 0; length < frame.length; length++) {
                    long one = buffers.withTail(frame, length, 0);
                    long other = buffers.withTail(frame, length, ALL_BITS);
                    assertSameFields(one, other, length);
                    changeAndCompare(one, other, frame, length);
                    buffers.free();
                }
            }
        }
    }

    /** A copy's buffers are no larger than the packet's, and four tags may come before it. */
    @Test
    void headersEndWhereTheFirstBufferOfACopyMay() {
        try (Lab lab = new Lab(1, false, 16)) {
            long mbuf = Mbuf.alloc(lab.pool);
            int bufferBytes = Memory.getShort(mbuf + Mbuf.BUF_LEN);
            // Ethernet, IPv6, an extension header and UDP.
            byte[] fits = withExtension(48);
            byte[] tooLong = withExtension(56);
            long frame = Mbuf.append(mbuf, tooLong.length);
            Memory.putShort(mbuf + Mbuf.BUF_LEN, Mbuf.HEADROOM + fits.length + 16);
            Memory.copy(fits, frame);
            assertEquals(SlowPacket.NOT_MALFORMED, packet.parse(mbuf, 1));
            Memory.copy(tooLong, frame);
            assertEquals(DropReason.L4_MALFORMED.ordinal(), packet.parse(mbuf, 1));
            Memory.putShort(mbuf + Mbuf.BUF_LEN, bufferBytes);
            assertEquals(SlowPacket.NOT_MALFORMED, packet.parse(mbuf, 1));
            Mbuf.free(mbuf);
        }
    }

    private static byte[] withExtension(int bytes) {
        return new FrameBuilder()
                .ipv6(1, 2, 3, 4)
                .extension(Ipv6.NEXT_DESTINATION, new byte[bytes - 2])
                .udp();
    }

    @Test
    void nothingBehindTheFirstSegmentIsReadOrWritten() {
        try (Buffers buffers = new Buffers()) {
            for (byte[] frame : frames()) {
                for (int length = 1; length < frame.length; length++) {
                    long one = buffers.inTwo(frame, length, 0);
                    long other = buffers.inTwo(frame, length, ALL_BITS);
                    assertSameFields(one, other, length);
                    changeAndCompare(one, other, frame, length);
                    byte[] written = Buffers.bytes(one);
                    assertArrayEquals(
                            Arrays.copyOfRange(frame, length, frame.length),
                            Arrays.copyOfRange(written, length, written.length));
                    buffers.free();
                }
            }
        }
    }

    @Test
    void noiseIsParsedToo() {
        Random random = new Random(seed);
        try (Buffers buffers = new Buffers()) {
            for (int round = 0; round < 50_000; round++) {
                byte[] frame = RandomFrames.frame(random, random);
                for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                    frame[12 + random.nextInt(frame.length - 12)] = (byte) random.nextInt(256);
                }
                int length = frame.length - random.nextInt(3);
                long one = buffers.withTail(frame, length, 0);
                long other = buffers.withTail(frame, length, ALL_BITS);
                assertSameFields(one, other, length);
                changeAndCompare(one, other, frame, length);
                buffers.free();
            }
        }
    }

    private void assertSameFields(long one, long other, int length) {
        String about = "seed " + seed + ", cut to " + length;
        assertEquals(packet.parse(one, 1), flipped.parse(other, 1), about);
        assertArrayEquals(packet.key, flipped.key, about);
        for (Field field : Field.values()) {
            assertEquals(packet.has(field), flipped.has(field), about);
        }
    }

    /**
     * Changes whatever the packet has; it stays the same length, and the bytes behind it theirs.
     */
    private void changeAndCompare(long one, long other, byte[] frame, int length) {
        String about = "seed " + seed + ", cut to " + length;
        for (Field field : Field.values()) {
            boolean vlan = field.word() == Field.VLAN_TPID.word() || field == Field.VLAN_TCI;
            if (packet.has(field) && !vlan) {
                field.set(packet.key, ~field.getHigh(packet.key), ~field.get(packet.key));
                field.set(flipped.key, ~field.getHigh(flipped.key), ~field.get(flipped.key));
            }
        }
        if (length >= 14) {
            assertTrue(packet.writeFrame());
            assertTrue(flipped.writeFrame());
        }
        assertArrayEquals(Buffers.bytes(one), Buffers.bytes(other), about);
        byte[] tail = Arrays.copyOfRange(frame, length, frame.length);
        assertArrayEquals(tail, tail(one, tail.length), about);
        for (int i = 0; i < tail.length; i++) {
            tail[i] ^= (byte) ALL_BITS;
        }
        assertArrayEquals(tail, tail(other, tail.length), about);
    }

    private static byte[] tail(long mbuf, int length) {
        byte[] tail = new byte[length];
        long start = Memory.getLong(mbuf + Mbuf.BUF_ADDR) + Memory.getShort(mbuf + Mbuf.DATA_OFF);
        Memory.copy(start + Memory.getShort(mbuf + Mbuf.DATA_LEN), tail);
        return tail;
    }
}
