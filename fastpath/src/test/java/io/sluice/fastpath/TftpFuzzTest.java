package io.sluice.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.sluice.packet.Tftp;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Any bytes as a datagram of TFTP, in memory that ends where they do. */
class TftpFuzzTest {
    private static final GuardedMemory MEMORY = new GuardedMemory();

    // RFC 1350, section 5: code, name, 0, mode, 0; options may follow.
    private static final Pattern REQUEST =
            Pattern.compile("\0[\1\2][^\0]+\0[^\0]+\0.*", Pattern.DOTALL);

    @FuzzTest
    void aRequestIsWhatTheGrammarSays(byte[] datagram) {
        boolean request =
                REQUEST.matcher(new String(datagram, StandardCharsets.ISO_8859_1)).matches();
        assertEquals(request, Tftp.isRequest(MEMORY.place(datagram), datagram.length));
    }

    @Test
    void requestsOfRealClients() {
        for (String request :
                List.of(
                        "\0\1pxelinux.0\0octet\0",
                        "\0\2up.bin\0netascii\0tsize\0" + "3000000\0blksize\0" + "1428\0",
                        "\0\1a\0b\0")) {
            aRequestIsWhatTheGrammarSays(request.getBytes(StandardCharsets.ISO_8859_1));
            assertEquals(
                    true,
                    Tftp.isRequest(
                            MEMORY.place(request.getBytes(StandardCharsets.ISO_8859_1)),
                            request.length()));
        }
        for (String other :
                List.of("", "\0", "\0\3\0\1data", "\0\1\0octet\0", "\0\1a\0\0", "\0\1ab\0octet")) {
            aRequestIsWhatTheGrammarSays(other.getBytes(StandardCharsets.ISO_8859_1));
        }
    }
}
