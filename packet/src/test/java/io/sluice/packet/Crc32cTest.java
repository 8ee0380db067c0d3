package io.sluice.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class Crc32cTest {
    @Test
    void aDeltaGivesWhatRecomputingGives() {
        Random random = new Random(11);
        for (int round = 0; round < 20_000; round++) {
            byte[] message = new byte[4 + random.nextInt(1500)];
            random.nextBytes(message);
            int at = random.nextInt(message.length - 3);
            ByteBuffer words = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
            int before = crc(message);
            int from = words.getInt(at);
            int to = random.nextInt(10) == 0 ? from : random.nextInt();
            words.putInt(at, to);
            int delta = Crc32c.delta(from ^ to, message.length - at);
            assertEquals(crc(message), before ^ delta, message.length + " bytes, at " + at);
        }
    }

    @Test
    void piecesAddUpToTheWhole() {
        Random random = new Random(12);
        try (Arena arena = Arena.ofConfined()) {
            long memory = arena.allocate(2048).address();
            for (int round = 0; round < 20_000; round++) {
                byte[] message = new byte[random.nextInt(300)];
                random.nextBytes(message);
                long at = memory + random.nextInt(8);
                Memory.copy(message, at);
                int first = random.nextInt(message.length + 1);
                int remainder = Crc32c.add(-1, at, first);
                remainder = Crc32c.add(remainder, at + first, message.length - first);
                assertEquals(crc(message), ~remainder, message.length + " bytes, cut at " + first);
            }
        }
    }

    private static int crc(byte[] message) {
        CRC32C crc = new CRC32C();
        crc.update(message);
        return (int) crc.getValue();
    }
}
