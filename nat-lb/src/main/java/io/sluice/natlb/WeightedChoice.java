package io.sluice.natlb;

/** Picks one of a few by weight and hash. Immutable. */
public final class WeightedChoice {
    /** Nobody has a weight above 0. */
    public static final int NOBODY = -1;

    // The sum of the weights up to and including this one.
    private final long[] sums;

    public WeightedChoice(int[] weights) {
        sums = new long[weights.length];
        long sum = 0;
        for (int i = 0; i < weights.length; i++) {
            if (weights[i] < 0) {
                throw new IllegalArgumentException("weight " + weights[i] + " is below 0");
            }
            sum += weights[i];
            sums[i] = sum;
        }
    }

    /** The place of the picked one, the same for the same hash; or {@link #NOBODY}. */
    public int pick(long hash) {
        if (sums.length == 0 || sums[sums.length - 1] == 0) {
            return NOBODY;
        }
        long point = Math.unsignedMultiplyHigh(hash, sums[sums.length - 1]);
        int low = 0;
        int high = sums.length - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sums[middle] > point) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
