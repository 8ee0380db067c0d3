package io.sluice.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FtpTest {
    private static final String[] KINDS = {"", "PORT", "EPRT", "227", "229"};

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String end(int kind, String text) {
        Ftp.End end = new Ftp.End();
        byte[] argument = bytes(text);
        if (!Ftp.read(kind, argument, argument.length, end)) {
            return "malformed";
        }
        String address =
                end.ipv6
                        ? AddressText.formatIpv6(end.high, end.low)
                        : AddressText.formatIpv4((int) end.low);
        return (end.hasAddress ? address : "") + " " + end.port;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "1; 192,0,2,1,4,210; 192.0.2.1 1234",
                "1; 255,255,255,255,255,255; 255.255.255.255 65535",
                "1; 010,000,000,001,000,021; 10.0.0.1 21",
                "3; 10,0,0,1,78,52; 10.0.0.1 20020",
                "2; |1|132.235.1.2|6275|; 132.235.1.2 6275",
                "2; !1!132.235.1.2!6275!; 132.235.1.2 6275",
                "2; |2|1080::8:800:200C:417A|5282|; 1080::8:800:200c:417a 5282",
                "2; |2|::1|1|; ::1 1",
                "2; |2|fe80::|9|; fe80:: 9",
                "2; |2|1:2:3:4:5:6:7:8|9|; 1:2:3:4:5:6:7:8 9",
                "2; |2|::ffff:192.0.2.1|9|; ::ffff:192.0.2.1 9",
                "2; |2|64:ff9b::192.0.2.1|9|; 64:ff9b::c000:201 9",
                "2; |2|1:2:3:4:5:6:192.0.2.1|9|; 1:2:3:4:5:6:c000:201 9",
                "4; |||6446|; ' 6446'",
                "4; %%%65535%; ' 65535'",
            })
    void argumentsAreRead(int kind, String text, String expected) {
        assertEquals(expected, end(kind, text));
        if (kind == Ftp.PORT) {
            assertEquals(expected, end(kind, text + "  "));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1 ",
                "1 192,0,2,1,4",
                "1 192,0,2,1,4,",
                "1 192,0,2,1,4,210,1",
                "1 192,0,2,256,4,210",
                "1 192,0,2,1,256,0",
                "1 192,0,2,1,0,0",
                "1 192,0,2,1,0001,1",
                "1 192.0.2.1.4.210",
                "1 192,0,2,-1,4,210",
                "1 192, 0,2,1,4,210",
                "1 ,192,0,2,1,4,210",
                "2 |1|192.0.2.1|65536|",
                "2 |1|192.0.2.1|123456|",
                "2 |1|192.0.2.1|0|",
                "2 |1|192.0.2.1|1",
                "2 |1|192.0.2|1|",
                "2 |1|192.0.2.1.5|1|",
                "2 |1|::1|1|",
                "2 |2|192.0.2.1|1|",
                "2 |3|192.0.2.1|1|",
                "2 |1!192.0.2.1|1|",
                "2 111192.0.2.1111",
                "2 |2||1|",
                "2 |2|:1|1|",
                "2 |2|:|1|",
                "2 |2|1:|1|",
                "2 |2|:::|1|",
                "2 |2|1::2::3|1|",
                "2 |2|1:2:3:4:5:6:7|1|",
                "2 |2|1:2:3:4:5:6:7:8:9|1|",
                "2 |2|1:2:3:4:5:6:7::8|1|",
                "2 |2|12345::|1|",
                "2 |2|::g|1|",
                "2 |2|1:2:3:4:5:6:7:192.0.2.1|1|",
                "2 |2|::192.0.2.1:1|1|",
                "2 |2|fe80::1%eth0|1|",
                "2 |2",
                "4 ||||",
                "4 |||0|",
                "4 ||1|6446|",
                "4 |||6446",
                "4 |||6446|1",
                "4 || |6446|",
            })
    void malformedArgumentsAreNone(String kindAndText) {
        assertEquals("malformed", end(kindAndText.charAt(0) - '0', kindAndText.substring(2)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "1; 192,168,100,200,0,21; 192,168,100,200,0,21",
                "3; 1,2,3,4,5,6; 1,2,3,4,5,6",
                "2; !1!132.235.1.2!65535!; |1|132.235.1.2|65535|",
                "2; |2|2001:DB8:0:0:0:0:0:1|21|; |2|2001:db8::1|21|",
                "4; !!!100!; |||100|",
            })
    void argumentsAreWritten(int kind, String text, String expected) {
        Ftp.End end = new Ftp.End();
        byte[] read = bytes(text);
        assertTrue(Ftp.read(kind, read, read.length, end));
        byte[] written = new byte[Ftp.MAX_ARGUMENT_BYTES];
        int length = Ftp.write(kind, end, written);
        assertEquals(expected, new String(written, 0, length, StandardCharsets.ISO_8859_1));
        Ftp.End again = new Ftp.End();
        assertTrue(Ftp.read(kind, written, length, again));
        assertTrue(again.isOf(end.ipv6, end.high, end.low));
        assertEquals(end.port, again.port);
    }

    @Test
    void anEndIsOfTheAddressItNamesOrOfAny() {
        Ftp.End end = new Ftp.End();
        byte[] text = bytes("|1|10.0.0.1|5|");
        assertTrue(Ftp.read(Ftp.EPRT, text, text.length, end));
        assertTrue(end.isOf(false, 0, 0x0A000001));
        assertFalse(end.isOf(false, 0, 0x0A000002));
        assertFalse(end.isOf(true, 0, 0x0A000001));
        byte[] portOnly = bytes("|||5|");
        assertTrue(Ftp.read(Ftp.EXTENDED_PASSIVE, portOnly, portOnly.length, end));
        assertTrue(end.isOf(true, 1, 2));
    }

    /** What is found in the text, cut into pieces of so many bytes. */
    private static List<String> found(String text, boolean answers, int pieceBytes) {
        List<String> found = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            long state = arena.allocate(FtpLines.BYTES, 8).address();
            byte[] all = bytes(text);
            long at = arena.allocate(all.length).address();
            Memory.copy(all, at);
            FtpLines lines = new FtpLines();
            for (int piece = 0; piece < all.length; piece += pieceBytes) {
                int bytes = Math.min(pieceBytes, all.length - piece);
                int done = 0;
                while (done < bytes) {
                    done += lines.read(state, answers, at + piece + done, bytes - done);
                    if (lines.isComplete()) {
                        String argument =
                                new String(
                                        lines.argument(),
                                        0,
                                        lines.argumentBytes(),
                                        StandardCharsets.ISO_8859_1);
                        found.add(KINDS[lines.kind()] + " " + argument);
                    }
                }
                assertEquals(bytes, done);
            }
        }
        return found;
    }

    private static void assertFound(List<String> expected, String text, boolean answers) {
        for (int pieceBytes = 1; pieceBytes <= text.length(); pieceBytes++) {
            assertEquals(expected, found(text, answers, pieceBytes), pieceBytes + " bytes each");
        }
    }

    private static String lines(String... lines) {
        return String.join("\r\n", lines) + "\r\n";
    }

    @Test
    void commandsAreFoundHoweverTheyAreCut() {
        assertFound(
                List.of("PORT 10,0,0,1,4,5", "EPRT |1|10.0.0.1|1029|", "PORT 10,0,0,1,4,6"),
                lines(
                        "USER alice",
                        "PORT 10,0,0,1,4,5",
                        "LIST",
                        "eprt |1|10.0.0.1|1029|",
                        "NLST",
                        "Port   10,0,0,1,4,6\nQUIT"),
                false);
    }

    @Test
    void answersAreFoundHoweverTheyAreCut() {
        assertFound(
                List.of("227 10,0,0,1,4,5", "229 |||1029|", "227 10,0,0,1,4,6", "227 10,0,0,1,4,7"),
                lines(
                        "220-Welcome to 227 servers",
                        "220 (vsFTPd 3.0.3)",
                        "227 Entering Passive Mode (10,0,0,1,4,5).",
                        "229 Entering Extended Passive Mode (|||1029|)",
                        "227 =10,0,0,1,4,6",
                        "227 10,0,0,1,4,7",
                        "226 Done"),
                true);
    }

    @Test
    void whatIsNoCommandAtTheBeginningOfALineIsNone() {
        assertFound(List.of(), "XPORT 1,2,3,4,5,6\r\n PORT 1,2,3,4,5,6\r\n", false);
        assertFound(List.of(), "PORTS 1,2,3,4,5,6\r\nPORT\r\nPOR\nT 1,2,3,4,5,6\r\n", false);
        assertFound(List.of(), "227 Entering Passive Mode (1,2,3,4,5,6).\r\n", false);
        assertFound(List.of(), "PORT 1,2,3,4,5,6\r\nEPRT |1|1.2.3.4|5|\r\n", true);
        assertFound(List.of(), "227-1,2,3,4,5,6\r\n 227 1,2,3,4,5,6\r\n227\r\n", true);
        assertFound(List.of(), "229 Entering Extended Passive Mode |||1029|\r\n", true);
        // Not ended yet.
        assertFound(List.of(), "PORT 1,2,3,4,5,6", false);
    }

    @Test
    void anArgumentThatIsTooLongEndsWhereNoMoreIsKept() {
        String digits = "1".repeat(Ftp.MAX_ARGUMENT_BYTES);
        assertFound(List.of("PORT " + digits), "PORT " + digits + "23\r\nPORT 1", false);
        String next = "PORT " + digits + "23\r\nPORT 1,2,3,4,5,6\r\n";
        assertFound(List.of("PORT " + digits, "PORT 1,2,3,4,5,6"), next, false);
    }

    @Test
    void aLineThatIsNotKnownIsPassedOver() {
        try (Arena arena = Arena.ofConfined()) {
            long state = arena.allocate(FtpLines.BYTES, 8).address();
            byte[] text = bytes("PORT 1,2,3,4,5,6\r\nPORT 1,2,3,4,5,7\r\nPORT 1,2");
            long at = arena.allocate(text.length).address();
            Memory.copy(text, at);
            FtpLines lines = new FtpLines();
            FtpLines.skipLine(state);
            int read = lines.read(state, false, at, text.length);
            assertTrue(lines.isComplete());
            assertEquals(35, read);
            assertEquals('7', lines.argument()[10]);
            assertEquals(0, FtpLines.pending(state));
            assertEquals(9, lines.read(state, false, at + read, text.length - read));
            assertEquals(3, FtpLines.pending(state));
        }
    }
}
