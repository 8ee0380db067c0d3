package io.sluice.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;

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

    private static int crc(byte[] message) {
        CRC32C crc = new CRC32C();
        crc.update(message);
        return (int) crc.getValue();
    }
}
