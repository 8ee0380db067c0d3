package io.sluice.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OrdinaryIpv6Test {
    private static final int PAYLOAD_LENGTH = 18;
    private static final int UDP_LENGTH = 58;
    private static final int TCP_DATA_OFFSET = 66;

    private static FrameBuilder builder() {
        return new FrameBuilder().ipv6(0xFD00L << 48, 1, 0xFD00L << 48, 2).ports(1000, 2000);
    }

    private static int protocol(byte[] frame) {
        return protocol(frame, frame.length, frame.length);
    }

    private static int protocol(byte[] frame, int contiguous, int frameLength) {
        try (Arena arena = Arena.ofConfined()) {
            long address = arena.allocate(2048).address();
            Memory.copy(frame, address);
            return OrdinaryIpv6.protocol(address, contiguous, frameLength);
        }
    }

    private static byte[] with(byte[] frame, int at, int value) {
        ByteBuffer.wrap(frame).putShort(at, (short) value);
        return frame;
    }

    @Test
    void udpAndAcknowledgmentsAreOrdinary() {
        assertEquals(Ipv4.PROTO_UDP, protocol(builder().udp()));
        assertEquals(Ipv4.PROTO_UDP, protocol(builder().tos(0xB8).label(0xFFFFF).udp()));
        assertEquals(Ipv4.PROTO_TCP, protocol(builder().tcpFlags(Tcp.ACK).tcp()));
        assertEquals(Ipv4.PROTO_TCP, protocol(builder().tcpFlags(Tcp.ACK | Tcp.PSH).tcp()));
    }

    @ParameterizedTest
    @ValueSource(ints = {Tcp.SYN, Tcp.SYN | Tcp.ACK, Tcp.FIN | Tcp.ACK, Tcp.RST, 0, Tcp.PSH})
    void tcpThatMovesAConnectionIsNot(int flags) {
        assertEquals(0, protocol(builder().tcpFlags(flags).tcp()));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aHopLimitThatEndsHereIsNot(int hops) {
        assertEquals(0, protocol(builder().ttl(hops).udp()));
    }

    @Test
    void otherProtocolsTypesAndExtensionHeadersAreNot() {
        assertEquals(0, protocol(builder().icmpv6()));
        assertEquals(0, protocol(builder().sctp()));
        assertEquals(0, protocol(builder().fragmentHeader(0).udp()));
        assertEquals(0, protocol(builder().extension(Ipv6.NEXT_HOP_BY_HOP, new byte[6]).udp()));
        assertEquals(0, protocol(builder().vlan(Vlan.TPID_CUSTOMER, 5).udp()));
        assertEquals(0, protocol(new FrameBuilder().padTo(80).udp()), "IPv4");
        byte[] version4 = builder().udp();
        version4[14] = 0x40;
        assertEquals(0, protocol(version4));
    }

    @Test
    void lengthsMustFit() {
        byte[] udp = builder().payload(new byte[10]).udp();
        assertEquals(0, protocol(udp, 61, udp.length), "a UDP header in two pieces");
        assertEquals(0, protocol(udp, udp.length, udp.length - 1), "a frame cut short");
        assertEquals(0, protocol(with(builder().udp(), PAYLOAD_LENGTH, 9)));
        assertEquals(0, protocol(with(builder().udp(), PAYLOAD_LENGTH, 7)));
        assertEquals(0, protocol(with(builder().udp(), UDP_LENGTH, 7)));
        assertEquals(0, protocol(with(builder().udp(), UDP_LENGTH, 9)));
        byte[] tcp = builder().tcpFlags(Tcp.ACK).tcp();
        assertEquals(0, protocol(tcp, 73, tcp.length), "a TCP header in two pieces");
        assertEquals(0, protocol(with(tcp, TCP_DATA_OFFSET, 0x4000 | Tcp.ACK)));
        assertEquals(0, protocol(with(tcp, TCP_DATA_OFFSET, 0x6000 | Tcp.ACK)));
    }
}
