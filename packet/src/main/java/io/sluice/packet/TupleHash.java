package io.sluice.packet;

import java.security.SecureRandom;

/**
 * Hashes of a {@link TupleKey}: 128-bit products folded to 64 bits, as wyhash does it.
 *
 * <p>{@link #secret} is keyed anew in every process, so that nobody outside can choose packets that
 * share a bucket. {@link #stable} is the same in every process and on every machine: it chooses
 * buckets and translations, which must not change with a restart.
 */
public final class TupleHash {
    private static final long SECRET_A = odd(new SecureRandom().nextLong());
    private static final long SECRET_B = odd(new SecureRandom().nextLong());
    private static final long HIDDEN_A = odd(new SecureRandom().nextLong());
    private static final long HIDDEN_B = odd(new SecureRandom().nextLong());
    private static final long HIDDEN_C = odd(new SecureRandom().nextLong());
    private static final long HIDDEN_D = odd(new SecureRandom().nextLong());
    private static final long STABLE_A = 0x9E3779B97F4A7C15L;
    private static final long STABLE_B = 0xC2B2AE3D27D4EB4FL;
    private static final long FINISH = 0xD6E8FEB86659FD93L;

    private TupleHash() {}

    private static long odd(long value) {
        return value | 1;
    }

    public static long secret(long addresses, long portsAndScope) {
        return mix(addresses ^ SECRET_A, portsAndScope ^ SECRET_B);
    }

    /**
     * Keyed anew in every process, too, but with other keys than {@link #secret}: packets show what
     * comes of it, and must not show which of them share a bucket.
     */
    public static long hidden(long addresses, long portsAndScope) {
        return mix(mix(addresses ^ HIDDEN_A, portsAndScope ^ HIDDEN_B) ^ HIDDEN_C, HIDDEN_D);
    }

    /**
     * What stands for the addresses of an IPv6 packet in a {@link TupleKey}: source and
     * destination, two longs each, keyed as {@link #secret}. Another number for the other
     * direction.
     */
    public static long wide(long[] words, int at) {
        return wide(words[at], words[at + 1], words[at + 2], words[at + 3]);
    }

    /** The same of the upper and lower words, network-order values. */
    public static long wide(long srcHigh, long srcLow, long dstHigh, long dstLow) {
        return secret(secret(srcHigh, srcLow), secret(dstHigh, dstLow));
    }

    public static long stable(long addresses, long portsAndScope) {
        return mix(addresses ^ STABLE_A, portsAndScope ^ STABLE_B);
    }

    /** The same for {@link #stable}: of the addresses of an IPv6 packet, as {@link #wide}. */
    public static long stableWide(long[] words, int at) {
        return stable(stable(words[at], words[at + 1]), stable(words[at + 2], words[at + 3]));
    }

    private static long mix(long a, long b) {
        long folded = Math.unsignedMultiplyHigh(a, b) ^ (a * b);
        return (folded ^ (folded >>> 32)) * FINISH;
    }
}
