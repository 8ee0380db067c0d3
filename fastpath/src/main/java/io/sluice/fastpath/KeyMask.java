package io.sluice.fastpath;

import java.util.Arrays;

/**
 * The bits of a flow key that the rules of a {@link Subtable} look at, by word and in stages:
 * metadata and registers, the Ethernet header, addresses, ports and the rest. A search asks after
 * each stage whether any rule begins like that, so that it seldom looks at everything in vain.
 * Immutable.
 */
final class KeyMask {
    private static final int STAGES = 4;

    private final Match pattern;
    // In the order of the stages: the words, their masks, and their numbers within a match.
    private final int[] words;
    private final long[] masks;
    private final int[] numbers;
    // How many words have been looked at after each stage but the last; no stage is empty.
    private final int[] stageEnds;

    /**
     * @param pattern of the rules' matches
     */
    KeyMask(Match pattern) {
        this.pattern = pattern;
        int count = pattern.wordCount();
        words = new int[count];
        masks = new long[count];
        numbers = new int[count];
        int[] ends = new int[STAGES];
        int ended = 0;
        int filled = 0;
        for (int stage = 0; stage < STAGES; stage++) {
            int before = filled;
            long left = pattern.words();
            for (int number = 0; number < count; number++) {
                int word = Long.numberOfTrailingZeros(left);
                if (stage(word) == stage) {
                    words[filled] = word;
                    masks[filled] = pattern.maskAt(number);
                    numbers[filled++] = number;
                }
                left &= left - 1;
            }
            if (filled > before && filled < count) {
                ends[ended++] = filled;
            }
        }
        stageEnds = Arrays.copyOf(ends, ended);
    }

    private static int stage(int word) {
        if (word < Field.ETH_TYPE.word()) {
            return 0;
        }
        if (word < Field.NW_SRC.word()) {
            return 1;
        }
        boolean addresses =
                word == Field.NW_SRC.word()
                        || (word >= Field.IPV6_SRC.word() && word < Field.CONJ_ID.word());
        return addresses ? 2 : 3;
    }

    Match pattern() {
        return pattern;
    }

    int wordCount() {
        return words.length;
    }

    int stageCount() {
        return stageEnds.length;
    }

    int stageEnd(int stage) {
        return stageEnds[stage];
    }

    /** The hash after one more word of a key. */
    long hash(long before, long[] key, int index) {
        return mix(before, key[words[index]] & masks[index]);
    }

    /** The hash after the first words of a match. */
    long hash(Match match, int wordsUsed) {
        long hash = 0;
        for (int i = 0; i < wordsUsed; i++) {
            hash = mix(hash, match.valueAt(numbers[i]));
        }
        return hash;
    }

    private static long mix(long hash, long word) {
        long mixed = (hash ^ word) * 0x9E3779B97F4A7C15L;
        return mixed ^ (mixed >>> 32);
    }

    /** Writes the match's values in this order. */
    void copyValues(Match match, long[] to, int at) {
        for (int i = 0; i < words.length; i++) {
            to[at + i] = match.valueAt(numbers[i]);
        }
    }

    /** Whether the key has these values where this mask looks. */
    boolean hasValues(long[] key, long[] values, int at) {
        for (int i = 0; i < words.length; i++) {
            if ((key[words[i]] & masks[i]) != values[at + i]) {
                return false;
            }
        }
        return true;
    }
}
