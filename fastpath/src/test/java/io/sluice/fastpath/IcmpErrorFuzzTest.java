package io.sluice.fastpath;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.sluice.dpdk.Mbuf;
import io.sluice.packet.FrameBuilder;
import io.sluice.packet.Icmp;
import io.sluice.packet.Icmpv6;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Memory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * Any bytes as the packet that an ICMP error (first byte even) or ICMPv6 error (odd) quotes. The
 * second byte says how many of the frame's last bytes are in another buffer.
 */
class IcmpErrorFuzzTest {
    private static final int PORT = 1;
    private static final int ALL_BITS = 0xFFFF;

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

    @FuzzTest
    void quotedPacketsAreReadAndTranslatedWithinTheirBounds(byte[] input) {
        if (input.length < 2 || input.length > GuardedMemory.BYTES / 2) {
            return;
        }
        boolean ipv6 = (input[0] & 1) != 0;
        byte[] sent = error(ipv6, Arrays.copyOfRange(input, 2, input.length));
        int first = ipv6 ? 14 + 40 + Icmpv6.ERROR_LENGTH : 14 + 20 + Icmp.HEADER_LENGTH;
        byte[] frame = sent.clone();
        int contiguous = Math.max(first, frame.length - (input[1] & 0xFF));
        parse(frame, contiguous);
        QuotedPacket quoted = PACKET.quoted;
        if (!quoted.isThere()) {
            return;
        }
        long[] tuple = tuple(quoted);
        flip(quoted);
        long[] other = tuple(quoted);
        write(frame, contiguous);
        assertEquals(ALL_BITS, sum(frame, ipv6), "the error's checksum is wrong");
        parse(frame, contiguous);
        assertTrue(quoted.isThere());
        assertArrayEquals(other, tuple(quoted));
        flip(quoted);
        assertArrayEquals(tuple, tuple(quoted));
        write(frame, contiguous);
        assertSameButForZeros(sent, frame);
    }

    private static byte[] error(boolean ipv6, byte[] quoted) {
        FrameBuilder builder = new FrameBuilder().payload(quoted);
        return ipv6
                ? builder.ipv6(1, 2, 3, 4).icmpType(Icmpv6.PACKET_TOO_BIG).icmpv6()
                : builder.ip("192.0.2.1", "192.0.2.2").icmpType(Icmp.TIME_EXCEEDED).icmp();
    }

    private static void parse(byte[] frame, int contiguous) {
        Memory.putLong(mbuf + Mbuf.BUF_ADDR, MEMORY.place(Arrays.copyOf(frame, contiguous)));
        Memory.putShort(mbuf + Mbuf.DATA_OFF, 0);
        Memory.putShort(mbuf + Mbuf.DATA_LEN, contiguous);
        Memory.putInt(mbuf + Mbuf.PKT_LEN, frame.length);
        assertEquals(SlowPacket.NOT_MALFORMED, PACKET.parse(mbuf, PORT));
    }

    private static void write(byte[] frame, int contiguous) {
        assertTrue(PACKET.writeFrame());
        Memory.copy(PACKET.frame, frame, 0, contiguous);
    }

    private static long[] tuple(QuotedPacket quoted) {
        long[] wide = quoted.wide;
        return quoted.ipv6
                ? new long[] {wide[0], wide[1], wide[2], wide[3], quoted.ports}
                : new long[] {quoted.addresses, quoted.ports};
    }

    /** Gives it another tuple of its kind; twice, and it is as before. */
    private static void flip(QuotedPacket quoted) {
        quoted.addresses = ~quoted.addresses;
        for (int i = 0; i < quoted.wide.length; i++) {
            quoted.wide[i] = ~quoted.wide[i];
        }
        quoted.ports ^=
                switch (quoted.protocol) {
                    case Ipv4.PROTO_TCP, Ipv4.PROTO_UDP, Ipv4.PROTO_SCTP -> 0x1357_9BDF;
                    case Ipv4.PROTO_ICMP -> quoted.ipv6 ? 0 : 0x9BDF;
                    case Ipv4.PROTO_ICMPV6 -> quoted.ipv6 ? 0x9BDF : 0;
                    default -> 0;
                };
    }

    private static int sum(byte[] frame, boolean ipv6) {
        int start = ipv6 ? 14 + 40 : 14 + 20;
        int sum = ipv6 ? sum(frame.length - start + Ipv4.PROTO_ICMPV6, frame, 22, start) : 0;
        return sum(sum, frame, start, frame.length);
    }

    private static int sum(int start, byte[] bytes, int from, int to) {
        int sum = start;
        for (int i = from; i < to; i++) {
            sum += (bytes[i] & 0xFF) << (((i - from) & 1) == 0 ? 8 : 0);
            sum = (sum & ALL_BITS) + (sum >>> 16);
        }
        return sum;
    }

    /** A checksum may have become the other of its two zeros. */
    private static void assertSameButForZeros(byte[] expected, byte[] actual) {
        byte[] compared = actual.clone();
        for (int at = 0; at + 2 <= compared.length; at += 2) {
            int was = ByteBuffer.wrap(expected).getShort(at) & ALL_BITS;
            int is = ByteBuffer.wrap(actual).getShort(at) & ALL_BITS;
            if ((was ^ is) == ALL_BITS && (was == 0 || is == 0)) {
                ByteBuffer.wrap(compared).putShort(at, (short) was);
            }
        }
        assertArrayEquals(expected, compared);
    }
}
