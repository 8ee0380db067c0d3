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

    /** Added to a word's number: a stage but the last ends with it. */
    private static final int STAGE_END = 64;

    private final Match pattern;
    // In the order of the stages, for each word its number in the key and its mask.
    private final long[] looks;
    // In the same order, their numbers within a match.
    private final int[] numbers;
    // How many words have been looked at after each stage but the last; no stage is empty.
    private final int[] stageEnds;

    /**
     * @param pattern of the rules' matches
     */
    KeyMask(Match pattern) {
        this.pattern = pattern;
        int count = pattern.wordCount();
        looks = new long[2 * count];
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
                    looks[2 * filled] = word;
                    looks[2 * filled + 1] = pattern.maskAt(number);
                    numbers[filled++] = number;
                }
                left &= left - 1;
            }
            if (filled > before && filled < count) {
                ends[ended++] = filled;
                looks[2 * filled - 2] += STAGE_END;
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
        return numbers.length;
    }

    int stageCount() {
        return stageEnds.length;
    }

    int stageEnd(int stage) {
        return stageEnds[stage];
    }

    /** For each word, as {@link #word} and {@link #endsStage} read it, and then its mask. */
    long[] looks() {
        return looks;
    }

    static int word(long look) {
        return (int) look & (STAGE_END - 1);
    }

    /** Whether a stage ends with the word, and not the last. */
    static boolean endsStage(long look) {
        return look >= STAGE_END;
    }

    /** The hash after the first words of a match. */
    long hash(Match match, int wordsUsed) {
        long hash = 0;
        for (int i = 0; i < wordsUsed; i++) {
            hash = mix(hash, match.valueAt(numbers[i]));
        }
        return hash;
    }

    static long mix(long hash, long word) {
        long mixed = (hash ^ word) * 0x9E3779B97F4A7C15L;
        return mixed ^ (mixed >>> 32);
    }

    /** Writes the match's values in this order. */
    void copyValues(Match match, long[] to, int at) {
        for (int i = 0; i < numbers.length; i++) {
            to[at + i] = match.valueAt(numbers[i]);
        }
    }

    /** Whether the key has these values where this mask looks. */
    boolean hasValues(long[] key, long[] values, int at) {
        for (int i = 0; i < looks.length; i += 2) {
            if ((key[word(looks[i])] & looks[i + 1]) != values[at + (i >> 1)]) {
                return false;
            }
        }
        return true;
    }
}
