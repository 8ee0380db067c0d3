package io.sluice.perf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.perf.UdpFrame.Endpoint;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class UdpFrameTest {
    private static final Endpoint FROM = new Endpoint(0x020000000001L, 0xc6120001, 4660);
    private static final Endpoint TO = new Endpoint(0x0200000000ffL, 0xc000020a, 80);

    @Test
    void theChecksumIsTheOneOfRfc1071() {
        byte[] bytes = HexFormat.of().parseHex("0001f203f4f5f6f7");
        assertEquals(0xddf2, InternetChecksum.sum(bytes, 0, bytes.length));
        assertEquals(0x0100, InternetChecksum.sum(new byte[] {1}, 0, 1));
    }

    @Test
    void aKnownHeaderHasItsKnownChecksum() {
        byte[] header = HexFormat.of().parseHex("45000073000040004011b861c0a80001c0a800c7");
        assertEquals(0, InternetChecksum.ipv4Header(header, 0, 20));
        header[10] = 0;
        header[11] = 0;
        assertEquals(0xb861, InternetChecksum.ipv4Header(header, 0, 20));
    }

    @Test
    void fieldsAreWhereTheyBelong() {
        byte[] payload = new byte[UdpFrame.PAYLOAD_BYTES];
        payload[17] = 0x5a;
        byte[] frame = UdpFrame.build(FROM, TO, payload);
        assertEquals(60, frame.length);
        assertEquals(0x0200000000ffL, UdpFrame.mac(frame, UdpFrame.MAC_DESTINATION));
        assertEquals(0x020000000001L, UdpFrame.mac(frame, UdpFrame.MAC_SOURCE));
        assertEquals(0xc6120001, UdpFrame.sourceAddress(frame));
        assertEquals(0xc000020a, UdpFrame.destinationAddress(frame));
        assertEquals(4660, UdpFrame.sourcePort(frame));
        assertEquals(80, UdpFrame.destinationPort(frame));
        assertEquals(0x5a, frame[59]);
        assertEquals(0, InternetChecksum.ipv4Header(frame, UdpFrame.IP, 20));
        assertEquals(0, InternetChecksum.udp(frame, UdpFrame.IP, UdpFrame.UDP_LENGTH));
    }

    @Test
    void everyFlippedBitUnderAChecksumIsSeen() {
        byte[] frame = UdpFrame.build(FROM, TO, new byte[UdpFrame.PAYLOAD_BYTES]);
        for (int bit = UdpFrame.IP * 8; bit < frame.length * 8; bit++) {
            byte[] changed = frame.clone();
            changed[bit / 8] ^= (byte) (1 << (bit % 8));
            int wrong =
                    InternetChecksum.ipv4Header(changed, UdpFrame.IP, 20)
                            | InternetChecksum.udp(changed, UdpFrame.IP, UdpFrame.UDP_LENGTH);
            assertNotEquals(0, wrong, "bit " + bit);
        }
    }

    @Test
    void aComputedUdpChecksumOfZeroIsSentAsAllOnes() {
        byte[] payload = new byte[UdpFrame.PAYLOAD_BYTES];
        int plain = checksumField(UdpFrame.build(FROM, TO, payload));
        // Adding the field's own value to the data makes the sum all ones, and the checksum 0.
        payload[0] = (byte) (plain >>> 8);
        payload[1] = (byte) plain;
        byte[] frame = UdpFrame.build(FROM, TO, payload);
        assertEquals(0xffff, checksumField(frame));
        assertEquals(0, InternetChecksum.udp(frame, UdpFrame.IP, UdpFrame.UDP_LENGTH));
    }

    @Test
    void aPayloadOfAnotherLengthIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> UdpFrame.build(FROM, TO, new byte[17]));
    }

    @Test
    void addressesReadAsPeopleWriteThem() {
        assertEquals("192.0.2.10", UdpFrame.dotted(0xc000020a));
        assertEquals("02:00:00:00:00:0a", UdpFrame.colons(0x02000000000aL));
    }

    private static int checksumField(byte[] frame) {
        int offset = UdpFrame.UDP + UdpFrame.UDP_CHECKSUM;
        return (frame[offset] & 0xff) << 8 | (frame[offset + 1] & 0xff);
    }
}
