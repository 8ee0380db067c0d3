package io.sluice.fastpath;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sluice.dpdk.Mbuf;
import io.sluice.packet.Ethernet;
import io.sluice.packet.FrameBuilder;
import io.sluice.packet.Ipv4;
import io.sluice.packet.Memory;
import io.sluice.packet.Tcp;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class PacketComposerTest {
    private static final int PORT = 3;
    private static final Optional<byte[]> DEFAULT = Optional.empty();

    private final long[] key = new long[Field.WORDS];

    private PacketComposerTest set(Field field, long value) {
        field.set(key, value);
        return this;
    }

    private String hex() {
        return HexFormat.of().formatHex(PacketComposer.compose(key, DEFAULT));
    }

    private PacketComposerTest ipv4(int protocol) {
        set(Field.ETH_SRC, 0x020000000001L).set(Field.ETH_DST, 0x020000000002L);
        set(Field.ETH_TYPE, Ethernet.TYPE_IPV4).set(Field.NW_PROTO, protocol);
        set(Field.NW_SRC, 0x0A000001).set(Field.NW_DST, 0x0A000002);
        return set(Field.NW_TTL, 64).set(Field.TP_SRC, 4000).set(Field.TP_DST, 80);
    }

    @Test
    void makesTheFramesThatTheBuilderMakes() {
        byte[] payload = {1, 2, 3};
        FrameBuilder builder =
                new FrameBuilder().ip("10.0.0.1", "10.0.0.2").ports(4000, 80).payload(payload);
        ipv4(Ipv4.PROTO_UDP);
        assertArrayEquals(builder.udp(), PacketComposer.compose(key, Optional.of(payload)));
        ipv4(Ipv4.PROTO_ICMP).set(Field.TP_SRC, 8).set(Field.TP_DST, 0);
        assertArrayEquals(
                builder.ports(0, 0).icmp(), PacketComposer.compose(key, Optional.of(payload)));
    }

    @Test
    void makesTcpWithAndWithoutData() {
        ipv4(Ipv4.PROTO_TCP).set(Field.TCP_FLAGS, Tcp.SYN);
        assertEquals(54, PacketComposer.compose(key, DEFAULT).length);
        set(Field.TCP_FLAGS, Tcp.ACK);
        assertEquals(54 + 64, PacketComposer.compose(key, DEFAULT).length);
    }

    @Test
    void givesSctpItsCrcAndAChunkThatBeginsAnAssociation() {
        ipv4(Ipv4.PROTO_SCTP).set(Field.TP_SRC, 1).set(Field.TP_DST, 2);
        String init = "01000014" + "00000001" + "0".repeat(24);
        String whole = hex().substring(2 * 34);
        assertEquals("0001000200000000", whole.substring(0, 16));
        assertEquals(init, whole.substring(24));
        byte[] packet = HexFormat.of().parseHex("000100020000000000000000" + init);
        CRC32C crc = new CRC32C();
        crc.update(packet);
        assertEquals(
                "%08x".formatted(Integer.reverseBytes((int) crc.getValue())),
                whole.substring(16, 24));
    }

    @Test
    void tagsFrames() {
        set(Field.ETH_TYPE, 0x88B5).set(Field.VLAN_TCI, 0x1000 | 5 | 3 << 13);
        assertEquals("81006005" + "88b5", hex().substring(24));
        set(Field.VLAN_TPID, 0x88A8).set(Field.INNER_VLAN_TCI, 0x1007);
        set(Field.INNER_VLAN_TPID, 0x8100);
        assertEquals("88a86005" + "81000007" + "88b5", hex().substring(24));
    }

    @Test
    void writesALengthWhereThereIsNoType() {
        byte[] frame = PacketComposer.compose(key, Optional.of(new byte[] {9, 9, 9}));
        assertEquals("0003090909", HexFormat.of().formatHex(frame).substring(24));
    }

    /** What SlowPacket reads out of a composed frame is what it was composed from. */
    @Test
    void isTheReverseOfParsing() {
        Random random = new Random(7);
        try (Lab lab = new Lab(1, false, 64)) {
            for (int i = 0; i < 20_000; i++) {
                long[] wanted = RandomKeys.next(random, PORT);
                byte[] frame = PacketComposer.compose(wanted, DEFAULT);
                long mbuf = Mbuf.alloc(lab.pool);
                Memory.copy(frame, Mbuf.append(mbuf, frame.length));
                SlowPacket packet = new SlowPacket();
                int malformed = packet.parse(mbuf, PORT);
                Mbuf.free(mbuf);
                String what = "packet " + i + " " + HexFormat.of().formatHex(frame);
                assertEquals(SlowPacket.NOT_MALFORMED, malformed, what);
                for (Field field : Field.values()) {
                    assertEquals(
                            Long.toHexString(field.getHigh(wanted))
                                    + ":"
                                    + Long.toHexString(field.get(wanted)),
                            Long.toHexString(field.getHigh(packet.key))
                                    + ":"
                                    + Long.toHexString(field.get(packet.key)),
                            field + " of " + what);
                }
            }
        }
    }
}
