package io.sluice.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTextTest {
    private static final int ROUNDS = 20_000;

    @ParameterizedTest
    @CsvSource({
        "::,0,0,::",
        "::1,0,1,::1",
        "1::,0x0001000000000000,0,1::",
        "2001:db8::1,0x20010db800000000,1,2001:db8::1",
        "2001:0DB8:0:0:1:0:0:1,0x20010db800000000,0x0001000000000001,2001:db8::1:0:0:1",
        "2001:0:0:1::,0x2001000000000001,0,2001:0:0:1::",
        "1:0:1:1:1:1:1:1,0x0001000000010001,0x0001000100010001,1:0:1:1:1:1:1:1",
        "1:2:3:4:5:6:7::,0x0001000200030004,0x0005000600070000,1:2:3:4:5:6:7:0",
        "::2:3:4:5:6:7:8,0x0000000200030004,0x0005000600070008,0:2:3:4:5:6:7:8",
        "::ffff:1.2.3.4,0,0x0000ffff01020304,::ffff:1.2.3.4",
        "::1.2.3.4,0,0x01020304,::1.2.3.4",
        "1:2:3:4:5:6:1.2.3.4,0x0001000200030004,0x0005000601020304,1:2:3:4:5:6:102:304",
    })
    void readsAndWritesIpv6(String text, String high, String low, String written) {
        AddressText.Ipv6 address = AddressText.parseIpv6(text);
        assertEquals(new AddressText.Ipv6(Long.decode(high), Long.decode(low)), address);
        assertEquals(written, AddressText.formatIpv6(address.high(), address.low()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                ":::",
                "1",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1::2::3",
                "12345::",
                "::g",
                ":1::",
                "1:::2",
                "::1%eth0",
                "localhost",
                "1:2:3:4:5:6:7:8::",
                "::1.2.3",
                "1.2.3.4",
                "1.2.3.4::",
                "1.2.3.4::1.2.3.4",
                "::1.2.3.4:5",
                "1:2:3:4:5:6:7:1.2.3.4",
                "::1 ",
                "::256.1.1.1"
            })
    void refusesOtherTexts(String text) {
        assertThrows(IllegalArgumentException.class, () -> AddressText.parseIpv6(text));
    }

    @Test
    void agreesWithTheJdk() throws UnknownHostException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            // Groups are often 0, so that every kind of gap appears.
            ByteBuffer bytes = ByteBuffer.allocate(16);
            for (int i = 0; i < 8; i++) {
                bytes.putShort((short) (random.nextBoolean() ? 0 : random.nextInt(1 << 16)));
            }
            long high = bytes.getLong(0);
            long low = bytes.getLong(8);
            String text = AddressText.formatIpv6(high, low);
            String where = "seed " + seed + ": " + text;
            assertEquals(new AddressText.Ipv6(high, low), AddressText.parseIpv6(text), where);
            if (!text.contains(".")) {
                assertEquals(
                        InetAddress.getByAddress(bytes.array()),
                        InetAddress.getByName(text),
                        where);
            }
        }
    }
}
