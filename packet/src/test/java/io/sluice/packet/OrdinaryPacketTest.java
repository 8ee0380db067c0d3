package io.sluice.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OrdinaryPacketTest {
    private static FrameBuilder builder() {
        return new FrameBuilder().ip("10.0.0.1", "10.0.0.2").ports(1000, 2000);
    }

    private static int protocol(byte[] frame) {
        return protocol(frame, frame.length);
    }

    private static int protocol(byte[] frame, int frameLength) {
        try (Arena arena = Arena.ofConfined()) {
            long address = arena.allocate(2048).address();
            Memory.copy(frame, address);
            return OrdinaryPacket.protocol(address, frame.length, frameLength);
        }
    }

    @Test
    void udpAndAcknowledgmentsAreOrdinary() {
        assertEquals(Ipv4.PROTO_UDP, protocol(builder().udp()));
        assertEquals(Ipv4.PROTO_UDP, protocol(builder().padTo(60).udp()));
        assertEquals(Ipv4.PROTO_TCP, protocol(builder().tcpFlags(Tcp.ACK).tcp()));
        assertEquals(Ipv4.PROTO_TCP, protocol(builder().tcpFlags(Tcp.ACK | Tcp.PSH).tcp()));
        assertEquals(Ipv4.PROTO_UDP, protocol(builder().fragment(0x4000).udp()), "don't fragment");
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                Tcp.SYN,
                Tcp.SYN | Tcp.ACK,
                Tcp.FIN | Tcp.ACK,
                Tcp.RST,
                Tcp.RST | Tcp.ACK,
                0,
                Tcp.PSH
            })
    void tcpThatMovesAConnectionIsNot(int flags) {
        assertEquals(0, protocol(builder().tcpFlags(flags).tcp()));
    }

    @ParameterizedTest
    @ValueSource(ints = {0x2000, 0x2001, 0x0001, 0x1FFF, 0x8000, 0x6000})
    void fragmentsAreNot(int flagsAndOffset) {
        assertEquals(0, protocol(builder().fragment(flagsAndOffset).udp()));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aTtlThatEndsHereIsNot(int ttl) {
        assertEquals(0, protocol(builder().ttl(ttl).udp()));
    }

    @Test
    void otherProtocolsAndTypesAreNot() {
        assertEquals(0, protocol(builder().icmp()));
        assertEquals(0, protocol(builder().arp(1)));
        assertEquals(0, protocol(builder().ipv4(47, new byte[40])));
        assertEquals(0, protocol(builder().ethernet(Vlan.TPID_CUSTOMER, new byte[60])));
    }

    @Test
    void headersWithOptionsAreNot() {
        byte[] frame = builder().padTo(80).udp();
        frame[14] = 0x46;
        assertEquals(0, protocol(frame));
    }

    @Test
    void everyShorterFrameIsRefused() {
        byte[] udp = builder().payload(new byte[10]).udp();
        byte[] tcp = builder().payload(new byte[10]).tcp();
        for (int length = 0; length < udp.length; length++) {
            assertEquals(0, protocol(Arrays.copyOf(udp, length)), "UDP of " + length);
        }
        for (int length = 0; length < tcp.length; length++) {
            assertEquals(0, protocol(Arrays.copyOf(tcp, length)), "TCP of " + length);
        }
    }

    @Test
    void aFrameInSegmentsNeedsItsHeadersInTheFirst() {
        byte[] whole = builder().payload(new byte[100]).tcp();
        byte[] first = Arrays.copyOf(whole, 54);
        assertEquals(Ipv4.PROTO_TCP, protocol(first, whole.length));
        assertEquals(0, protocol(Arrays.copyOf(whole, 53), whole.length));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 19, 27, 40, 0xFFFF})
    void impossibleLengthsAreRefused(int totalLength) {
        byte[] frame = builder().udp();
        ByteBuffer.wrap(frame).putShort(16, (short) totalLength);
        assertEquals(0, protocol(frame));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 7, 9, 0xFFFF})
    void impossibleUdpLengthsAreRefused(int udpLength) {
        byte[] frame = builder().udp();
        ByteBuffer.wrap(frame).putShort(38, (short) udpLength);
        assertEquals(0, protocol(frame));
    }

    @ParameterizedTest
    @ValueSource(ints = {0x00, 0x40, 0x60, 0xF0})
    void impossibleTcpHeadersAreRefused(int dataOffset) {
        byte[] frame = builder().tcp();
        frame[46] = (byte) dataOffset;
        assertEquals(0, protocol(frame));
    }
}
