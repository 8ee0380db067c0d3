package io.sluice.fastpath;

import io.sluice.packet.FrameBuilder;
import io.sluice.packet.Tcp;
import java.util.Random;

/**
 * Sequence numbers, windows and options for random TCP packets: most lie in a window of 64 kB that
 * slides, some are repeated, old, or far outside.
 */
final class RandomTcp {
    private static final int SPREAD = 3000;

    private RandomTcp() {}

    /**
     * @param base where the numbers are about
     */
    static FrameBuilder numbers(FrameBuilder builder, Random random, int base) {
        int sequence = base + random.nextInt(SPREAD);
        int ack = base + random.nextInt(SPREAD);
        switch (random.nextInt(40)) {
            case 0 -> sequence += 200_000;
            case 1 -> sequence -= 100_000;
            case 2 -> ack += 50_000;
            case 3 -> ack -= 150_000;
            case 4 -> sequence = random.nextInt();
            case 5 -> sequence = base + 66_000;
            default -> {}
        }
        int window = random.nextInt(3) == 0 ? 20_000 + random.nextInt(40_000) : 0xFFFF;
        if (random.nextInt(60) == 0) {
            window = random.nextInt(2) * 100;
        }
        return builder.sequence(sequence, ack)
                .window(window)
                .tcpOptions(options(random, ack + random.nextInt(SPREAD)));
    }

    private static byte[] options(Random random, int edge) {
        return switch (random.nextInt(8)) {
            case 0, 1 -> new byte[] {1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8};
            case 2 -> sack(edge);
            case 3 -> new byte[] {Tcp.OPTION_WINDOW_SCALE, 3, (byte) random.nextInt(4), 4, 2};
            case 4 -> new byte[] {8, 40, 1, 1};
            default -> new byte[0];
        };
    }

    private static byte[] sack(int edge) {
        byte[] block = {1, 1, Tcp.OPTION_SACK, 10, 0, 0, 0, 0, 0, 0, 0, 0};
        for (int i = 0; i < 4; i++) {
            block[8 + i] = (byte) (edge >>> (24 - 8 * i));
        }
        return block;
    }
}
