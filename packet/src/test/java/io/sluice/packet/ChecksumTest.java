package io.sluice.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChecksumTest {
    @Test
    void theSumOfRfc1071sExample() {
        try (Arena arena = Arena.ofConfined()) {
            long address = arena.allocate(8).address();
            byte[] example = {
                0x00, 0x01, (byte) 0xf2, 0x03, (byte) 0xf4, (byte) 0xf5, (byte) 0xf6, (byte) 0xf7
            };
            Memory.copy(example, address);
            // ddf2 in network order.
            assertEquals(0xf2dd, Checksum.sum(address, 8));
        }
    }

    @Test
    void aDeltaGivesWhatRecomputingGives() {
        Random random = new Random(7);
        try (Arena arena = Arena.ofConfined()) {
            long address = arena.allocate(32).address();
            for (int round = 0; round < 200_000; round++) {
                for (int word = 0; word < 4; word++) {
                    Memory.putLong(address + 8L * word, interesting(random));
                }
                int checksum = ~Checksum.sum(address, 32) & 0xFFFF;
                long from = Memory.getLong(address);
                long to = interesting(random);
                Memory.putLong(address, to);
                int recomputed = ~Checksum.sum(address, 32) & 0xFFFF;
                int updated = Checksum.apply(checksum, Checksum.delta(from, to));
                // 0 and 0xFFFF are the same number in ones' complement.
                assertEquals(recomputed % 0xFFFF, updated % 0xFFFF, () -> from + " to " + to);
            }
        }
    }

    private static long interesting(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> -1;
            case 2 -> random.nextInt(4) * 0x0001000000000001L;
            default -> random.nextLong();
        };
    }

    @Test
    void deltasTogetherAreTheDeltaOfBoth() {
        Random random = new Random(8);
        for (int round = 0; round < 100_000; round++) {
            int checksum = random.nextInt(0xFFFF);
            int one = Checksum.delta(interesting(random), interesting(random));
            int other = Checksum.delta(interesting(random), interesting(random));
            int stepwise = Checksum.apply(Checksum.apply(checksum, one), other);
            int atOnce = Checksum.apply(checksum, Checksum.addDeltas(one, other));
            assertEquals(stepwise % 0xFFFF, atOnce % 0xFFFF);
        }
    }

    @Test
    void noChangeLeavesEveryChecksumAsItIs() {
        for (int checksum = 0; checksum <= 0xFFFF; checksum++) {
            assertEquals(checksum, Checksum.apply(checksum, 0));
            assertEquals(checksum, Checksum.applyUdp(checksum, 0));
        }
    }

    @Test
    void udpWithoutAChecksumStaysWithoutAndNoneBecomesZero() {
        Random random = new Random(9);
        for (int round = 0; round < 200_000; round++) {
            int delta = random.nextInt(0xFFFF);
            assertEquals(0, Checksum.applyUdp(0, delta));
            int checksum = 1 + random.nextInt(0xFFFF);
            int changed = Checksum.applyUdp(checksum, delta);
            assertEquals(Checksum.apply(checksum, delta) % 0xFFFF, changed % 0xFFFF);
            assertEquals(false, changed == 0);
        }
    }
}
