package io.sluice.conntrack;

import io.sluice.packet.Memory;

/**
 * What a line of {@link ConnLayout} has counted, and the time when the connection was made: 40 bits
 * of milliseconds, 34 years, in high bits that counters never reach. 2^48 packets are a month of
 * 100 Gbit/s in smallest frames, 2^60 bytes are three years of it. Counting up leaves them alone.
 */
final class LineCounters {
    private static final int PACKETS_BITS = 48;
    private static final int BYTES_BITS = 60;
    private static final long PACKETS_MASK = (1L << PACKETS_BITS) - 1;
    private static final long BYTES_MASK = (1L << BYTES_BITS) - 1;
    // Of the time, in each line.
    private static final int LOW_BITS = Long.SIZE - PACKETS_BITS;
    private static final int LINE_BITS = LOW_BITS + Long.SIZE - BYTES_BITS;
    private static final long MADE_MASK = (1L << (2 * LINE_BITS)) - 1;

    private LineCounters() {}

    /** Before the connection can be found. */
    static void begin(long original, long reply, long madeMs, int lengthBytes) {
        write(original, madeMs, 1, lengthBytes);
        write(reply, madeMs >>> LINE_BITS, 0, 0);
    }

    private static void write(long line, long time, long packets, long bytes) {
        Memory.putLong(line + ConnLayout.PACKETS, (time << PACKETS_BITS) | packets);
        Memory.putLong(line + ConnLayout.BYTES, ((time >>> LOW_BITS) << BYTES_BITS) | bytes);
    }

    static long packets(long line) {
        return Memory.getLong(line + ConnLayout.PACKETS) & PACKETS_MASK;
    }

    static long bytes(long line) {
        return Memory.getLong(line + ConnLayout.BYTES) & BYTES_MASK;
    }

    /**
     * When the connection was made, on the clock that says now.
     *
     * @param clockMs see {@link ConnOwner#clockMs}
     */
    static long madeMs(long original, long reply, long clockMs) {
        return clockMs - ((clockMs - made(original, reply)) & MADE_MASK);
    }

    /** The low bits of that, as {@link ConnLayout#LAST_SEEN_MS} has them. */
    static int madeMs(long original, long reply) {
        return (int) made(original, reply);
    }

    private static long made(long original, long reply) {
        return part(original) | (part(reply) << LINE_BITS);
    }

    private static long part(long line) {
        return (Memory.getLong(line + ConnLayout.PACKETS) >>> PACKETS_BITS)
                | ((Memory.getLong(line + ConnLayout.BYTES) >>> BYTES_BITS) << LOW_BITS);
    }
}
