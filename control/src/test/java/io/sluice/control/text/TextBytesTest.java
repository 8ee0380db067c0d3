package io.sluice.control.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TextBytesTest {
    private static final int ROUNDS = 20_000;

    private static String decimal(long high, long low) {
        return new TextBytes(0).put(high, low).toString();
    }

    private static BigInteger number(long high, long low) {
        return new BigInteger(Long.toUnsignedString(high))
                .shiftLeft(Long.SIZE)
                .or(new BigInteger(Long.toUnsignedString(low)));
    }

    @Test
    void numbersOf128BitsAreThoseOfTheJdk() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            long high = random.nextLong() >>> random.nextInt(64);
            long low = random.nextLong() >>> random.nextInt(64);
            high = random.nextInt(4) == 0 ? 0 : high;
            low = random.nextInt(4) == 0 ? 0 : low;
            String where = "seed " + seed + ": " + high + " " + low;
            assertEquals(number(high, low).toString(), decimal(high, low), where);
            assertEquals(
                    number(high, low).toString(16),
                    new TextBytes(0).putHex(high, low).toString(),
                    where);
            assertEquals(Long.toString(low), new TextBytes(0).put(low).toString(), where);
        }
        assertEquals("340282366920938463463374607431768211455", decimal(-1, -1));
        assertEquals("18446744073709551616", decimal(1, 0));
        assertEquals("0", decimal(0, 0));
        assertEquals("-9223372036854775808", new TextBytes(0).put(Long.MIN_VALUE).toString());
    }

    @Test
    void growsAndIsUsedAgain() {
        TextBytes text = new TextBytes(1);
        for (int i = 0; i < 100; i++) {
            text.put("twenty characters...").put('\n');
        }
        assertEquals("twenty characters...\n".repeat(100), text.toString());
        text.clear();
        text.putAddress(true, 0x20010db800000000L, 1).put(' ').putAddress(false, 0, 0xC0000201L);
        assertEquals("2001:db8::1 192.0.2.1", text.toString());
        assertEquals(text.toString().length(), text.length());
    }
}
