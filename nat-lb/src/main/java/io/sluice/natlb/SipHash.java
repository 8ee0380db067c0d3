package io.sluice.natlb;

/**
 * SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012) with a key that the
 * caller fixes: the same number for the same bytes in every process and on every machine.
 */
final class SipHash {
    private static final int BLOCK_ROUNDS = 2;
    private static final int FINAL_ROUNDS = 4;

    private long v0;
    private long v1;
    private long v2;
    private long v3;

    private SipHash(long key0, long key1) {
        v0 = key0 ^ 0x736F6D6570736575L;
        v1 = key1 ^ 0x646F72616E646F6DL;
        v2 = key0 ^ 0x6C7967656E657261L;
        v3 = key1 ^ 0x7465646279746573L;
    }

    /**
     * The hash of the bytes.
     *
     * @param key0 the first eight bytes of the key, little-endian; {@code key1} the others
     */
    static long of(byte[] bytes, long key0, long key1) {
        SipHash hash = new SipHash(key0, key1);
        int whole = bytes.length & ~7;
        for (int at = 0; at < whole; at += 8) {
            hash.block(littleEndian(bytes, at, 8));
        }
        long last = littleEndian(bytes, whole, bytes.length - whole);
        hash.block(last | (long) bytes.length << 56);
        hash.v2 ^= 0xFF;
        hash.rounds(FINAL_ROUNDS);
        return hash.v0 ^ hash.v1 ^ hash.v2 ^ hash.v3;
    }

    private static long littleEndian(byte[] bytes, int at, int count) {
        long word = 0;
        for (int i = 0; i < count; i++) {
            word |= (bytes[at + i] & 0xFFL) << (8 * i);
        }
        return word;
    }

    private void block(long word) {
        v3 ^= word;
        rounds(BLOCK_ROUNDS);
        v0 ^= word;
    }

    private void rounds(int count) {
        for (int i = 0; i < count; i++) {
            v0 += v1;
            v2 += v3;
            v1 = Long.rotateLeft(v1, 13) ^ v0;
            v3 = Long.rotateLeft(v3, 16) ^ v2;
            v0 = Long.rotateLeft(v0, 32);
            v2 += v1;
            v0 += v3;
            v1 = Long.rotateLeft(v1, 17) ^ v2;
            v3 = Long.rotateLeft(v3, 21) ^ v0;
            v2 = Long.rotateLeft(v2, 32);
        }
    }
}
