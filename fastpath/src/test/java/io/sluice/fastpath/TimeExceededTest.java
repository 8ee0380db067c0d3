package io.sluice.fastpath;

import static io.sluice.fastpath.Flows.any;
import static io.sluice.fastpath.Flows.flow;
import static io.sluice.fastpath.Flows.output;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sluice.packet.AddressText;
import io.sluice.packet.FrameBuilder;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimeExceededTest {
    private static final TimeExceededSource ROUTER =
            new TimeExceededSource(AddressText.parseIpv4("192.0.2.1"), 0x20010DB800000000L, 0x1L);
    private static final int IP = 14;

    private static Lab router(TimeExceededSource source) {
        Lab lab = new Lab(2, true, 64, source);
        lab.publish(List.of(flow(0, 1, any(), new Action.DecTtl(), output(2))), List.of());
        return lab;
    }

    private static byte[] only(List<byte[]> frames) {
        assertEquals(1, frames.size());
        return frames.getFirst();
    }

    @Test
    void ipv4IsAnsweredWithItsOwnBeginning() {
        try (Lab lab = router(ROUTER)) {
            byte[] expired =
                    new FrameBuilder().ip("10.1.1.1", "10.2.2.2").ports(4000, 33434).ttl(1).udp();
            lab.receive(1, expired);
            byte[] answer = only(lab.sent(1));
            assertEquals("192.0.2.1", Frames.src(answer));
            assertEquals("10.1.1.1", Frames.dst(answer));
            assertEquals(11, answer[34]);
            assertEquals(0, answer[35]);
            assertEquals(true, Frames.hasRightChecksums(answer));
            assertArrayEquals(
                    Arrays.copyOfRange(expired, IP, expired.length),
                    Arrays.copyOfRange(answer, IP + 28, IP + 28 + expired.length - IP));
            assertArrayEquals(Arrays.copyOfRange(expired, 0, 6), Arrays.copyOfRange(answer, 6, 12));
            assertArrayEquals(Arrays.copyOfRange(expired, 6, 12), Arrays.copyOfRange(answer, 0, 6));
            assertEquals(List.of(), lab.sent(2));
            assertEquals(1, lab.dropped(DropReason.TTL_EXPIRED));
        }
    }

    @Test
    void aLongPacketIsQuotedUpTo576Bytes() {
        try (Lab lab = router(ROUTER)) {
            lab.receive(
                    1,
                    new FrameBuilder()
                            .ip("10.1.1.1", "10.2.2.2")
                            .ports(4000, 33434)
                            .ttl(1)
                            .payload(new byte[1300])
                            .udp());
            byte[] answer = only(lab.sent(1));
            assertEquals(IP + 576, answer.length);
            assertEquals(576, ByteBuffer.wrap(answer).getShort(IP + 2));
            assertEquals(true, Frames.hasRightChecksums(answer));
        }
    }

    @Test
    void ipv6IsAnsweredToo() {
        try (Lab lab = router(ROUTER)) {
            byte[] expired =
                    new FrameBuilder()
                            .ipv6(0x20010DB800000001L, 0x11, 0x20010DB800000002L, 0x22)
                            .ports(4000, 33434)
                            .ttl(1)
                            .udp();
            lab.receive(1, expired);
            byte[] answer = only(lab.sent(1));
            ByteBuffer read = ByteBuffer.wrap(answer);
            assertEquals(0x20010DB800000000L, read.getLong(IP + 8));
            assertEquals(1, read.getLong(IP + 16));
            assertEquals(0x20010DB800000001L, read.getLong(IP + 24));
            assertEquals(0x11, read.getLong(IP + 32));
            assertEquals(58, answer[IP + 6]);
            assertEquals(3, answer[IP + 40]);
            int icmpBytes = answer.length - IP - 40;
            assertEquals(icmpBytes, read.getShort(IP + 4));
            // Over the pseudo header and the message the sum is all ones.
            int sum = icmpBytes + 58;
            for (int at = IP + 8; at < answer.length; at += 2) {
                int high = (answer[at] & 0xFF) << 8;
                sum += high | (at + 1 < answer.length ? answer[at + 1] & 0xFF : 0);
            }
            assertEquals(0xFFFF, (sum & 0xFFFF) + (sum >>> 16));
            assertArrayEquals(
                    Arrays.copyOfRange(expired, IP, expired.length),
                    Arrays.copyOfRange(answer, IP + 48, answer.length));
        }
    }

    @Test
    void paddingOfTheFrameIsNotQuoted() {
        try (Lab lab = router(ROUTER)) {
            byte[] short28 =
                    new FrameBuilder().ip("10.1.1.1", "10.2.2.2").ports(4000, 80).ttl(1).udp();
            byte[] padded = Arrays.copyOf(short28, 60);
            int ipBytes = ByteBuffer.wrap(padded).getShort(IP + 2);
            lab.receive(1, padded);
            byte[] answer = only(lab.sent(1));
            assertEquals(IP + 28 + ipBytes, answer.length);
            assertEquals(true, Frames.hasRightChecksums(answer));
        }
    }

    @Test
    void aFrameThatFlowsHaveChangedIsNotAnswered() {
        try (Lab lab = new Lab(2, true, 64, ROUTER)) {
            Action change = Action.Set.whole(Field.NW_SRC, AddressText.parseIpv4("10.9.9.9"));
            lab.publish(
                    List.of(flow(0, 1, any(), change, output(2), new Action.DecTtl(), output(1))),
                    List.of());
            lab.receive(
                    1, new FrameBuilder().ip("10.1.1.1", "10.2.2.2").ports(4000, 80).ttl(1).udp());
            assertEquals(1, lab.sent(2).size());
            assertEquals(List.of(), lab.sent(1));
        }
    }

    @Test
    void noAnswerWithoutAnAddressAndTheOthersPass() {
        try (Lab lab = router(TimeExceededSource.NONE)) {
            FrameBuilder packet = new FrameBuilder().ip("10.1.1.1", "10.2.2.2").ports(4000, 80);
            lab.receive(1, packet.ttl(1).udp());
            assertEquals(List.of(), lab.sent(1));
            lab.receive(1, packet.ttl(2).udp());
            assertEquals(1, only(lab.sent(2))[22]);
        }
    }

    @Test
    void whatMustNotBeAnsweredIsNot() {
        try (Lab lab = router(ROUTER)) {
            FrameBuilder packet = new FrameBuilder().ports(4000, 80).ttl(1);
            lab.receive(1, packet.ip("0.0.0.0", "10.2.2.2").udp());
            lab.receive(1, packet.ip("224.0.0.1", "10.2.2.2").udp());
            lab.receive(1, packet.ip("10.1.1.1", "239.1.1.1").udp());
            lab.receive(1, packet.ip("10.1.1.1", "255.255.255.255").udp());
            assertEquals(List.of(), lab.sent(1));
            assertEquals(4, lab.dropped(DropReason.TTL_EXPIRED));
        }
    }

    @Test
    void aFloodIsAnsweredAThousandTimesASecond() {
        try (Lab lab = router(ROUTER)) {
            byte[] expired =
                    new FrameBuilder().ip("10.1.1.1", "10.2.2.2").ports(4000, 80).ttl(1).udp();
            int answers = 0;
            for (int i = 0; i < TimeExceeded.PER_SECOND + 200; i++) {
                lab.receive(1, expired);
                answers += lab.sent(1).size();
            }
            assertEquals(TimeExceeded.PER_SECOND, answers);
            lab.nowMs += 1000;
            lab.receive(1, expired);
            assertEquals(1, lab.sent(1).size());
        }
    }
}
