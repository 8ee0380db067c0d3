package io.sluice.conntrack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.Memory;
import io.sluice.packet.Tcp;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TcpSegmentTest {
    private static byte[] header(String options) {
        byte[] bytes = HexFormat.of().parseHex(options);
        int length = (bytes.length + 3) & ~3;
        ByteBuffer header = ByteBuffer.allocate(20 + length);
        header.putInt(4, 1000).putInt(8, 500).put(12, (byte) ((20 + length) << 2));
        header.put(13, (byte) Tcp.ACK).putShort(14, (short) 0xFFFE);
        return header.put(20, bytes).array();
    }

    private static TcpSegment read(byte[] tcp, int readable, int tcpBytes) {
        try (Arena arena = Arena.ofConfined()) {
            long address = arena.allocate(tcp.length).address();
            Memory.copy(tcp, address);
            TcpSegment segment = new TcpSegment();
            segment.read(address, readable, tcpBytes);
            return segment;
        }
    }

    @ParameterizedTest(name = "options {0}")
    @CsvSource({
        "'', -1, false, 500",
        "030307, 7, false, 500",
        "01030300, 0, false, 500",
        "03030F, 14, false, 500",
        "0303FF, 14, false, 500",
        "03040700, -1, false, 500",
        "030307030305, 5, false, 500",
        "0402, -1, true, 500",
        "04030004020000, -1, true, 500",
        "00030307, -1, false, 500",
        "020405B40402080A00000000000000000103 0307, 7, true, 500",
        "050A00000001000001F5, -1, false, 501",
        "050A00000001000001F3, -1, false, 500",
        "051200000001000001F50000000100000200, -1, false, 512",
        "051200000001000002000000000100000100, -1, false, 512",
        // Only the first well formed one counts.
        "050A00000001000001F5050A0000000100000300, -1, false, 501",
        "05090000000100000005 0A0000000100000300, -1, false, 768",
        "0502, -1, false, 500",
        // Impossible lengths end the list.
        "0500030307, -1, false, 500",
        "0501030307, -1, false, 500",
        "FF030003 0307, 7, false, 500",
        "FFFF030307, -1, false, 500",
        "01010103, -1, false, 500",
        "050A000000010000, -1, false, 500",
        "0101080A0000000100000002, -1, false, 500",
    })
    void options(String options, int scale, boolean sackPermitted, int sack) {
        byte[] header = header(options.replace(" ", ""));
        TcpSegment segment = read(header, header.length, header.length);
        assertEquals(scale, segment.scale);
        assertEquals(sackPermitted, segment.sackPermitted);
        assertEquals(sack, segment.sack);
        assertEquals(!options.isEmpty(), segment.hasOptions);
    }

    @Test
    void numbers() {
        byte[] header = header("");
        TcpSegment segment = read(header, 20, 120);
        assertEquals(1000, segment.sequence);
        assertEquals(500, segment.acknowledgment);
        assertEquals(0xFFFE, segment.window);
        assertEquals(1100, segment.end);
        header[13] = Tcp.SYN;
        assertEquals(1101, read(header, 20, 120).end);
        header[13] = Tcp.FIN | Tcp.ACK;
        assertEquals(1001, read(header, 20, 20).end);
    }

    @Test
    void optionsThatCannotBeReadAreNone() {
        byte[] header = header("030307");
        assertFalse(read(header, header.length - 1, 100).hasOptions);
        assertTrue(read(header, header.length, 100).hasOptions);
    }

    /** Nothing beyond the header is read: what lies there changes nothing. */
    @Test
    void whatFollowsTheHeaderDoesNotMatter() {
        Random random = new Random(7);
        for (int i = 0; i < 200_000; i++) {
            byte[] options = new byte[4 * random.nextInt(11)];
            for (int b = 0; b < options.length; b++) {
                options[b] =
                        (byte) (random.nextInt(3) == 0 ? random.nextInt(256) : random.nextInt(12));
            }
            byte[] header = header(HexFormat.of().formatHex(options));
            byte[] longer = java.util.Arrays.copyOf(header, header.length + 300);
            for (int b = header.length; b < longer.length; b++) {
                longer[b] = (byte) random.nextInt(12);
            }
            TcpSegment one = read(header, header.length, header.length);
            TcpSegment other = read(longer, longer.length, header.length);
            assertEquals(one.scale, other.scale);
            assertEquals(one.sack, other.sack);
            assertEquals(one.sackPermitted, other.sackPermitted);
            assertTrue(one.scale >= -1 && one.scale <= 14);
        }
    }
}
