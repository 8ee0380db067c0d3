package io.sluice.natlb;

/**
 * Picks one of a few by weight and hash, as weighted rendezvous hashing does: every candidate draws
 * a lot from the hash and its own identity, and the best lot wins. So candidates that come, go or
 * change their weight move only those hashes that they win or lose, and shares follow the weights.
 * Immutable.
 */
public final class WeightedChoice {
    /** Nobody has a weight above 0. */
    public static final int NOBODY = -1;

    private static final double UNIT = 0x1p-53;

    // Of those with a weight: the place, what sets its lots apart, and 1 by the weight.
    private final int[] places;
    private final long[] seeds;
    private final double[] inverseWeights;

    /**
     * @param identities what the lots depend on, different for each
     * @param weights none below 0; 0 is never picked
     */
    public WeightedChoice(int[] identities, int[] weights) {
        int count = 0;
        for (int weight : weights) {
            if (weight < 0) {
                throw new IllegalArgumentException("weight " + weight + " is below 0");
            }
            count += weight > 0 ? 1 : 0;
        }
        places = new int[count];
        seeds = new long[count];
        inverseWeights = new double[count];
        int next = 0;
        for (int place = 0; place < weights.length; place++) {
            if (weights[place] > 0) {
                places[next] = place;
                seeds[next] = mix(identities[place] * 0x9E3779B97F4A7C15L + 1);
                inverseWeights[next++] = 1.0 / weights[place];
            }
        }
    }

    /** The place of the picked one, the same for the same hash; or {@link #NOBODY}. */
    public int pick(long hash) {
        if (places.length == 1) {
            return places[0];
        }
        int best = NOBODY;
        double shortest = Double.POSITIVE_INFINITY;
        for (int i = 0; i < places.length; i++) {
            // Exponentially distributed: the shortest is i's as often as its weight says.
            double between0And1 = ((mix(hash ^ seeds[i]) >>> 11) + 0.5) * UNIT;
            double lot = -Math.log(between0And1) * inverseWeights[i];
            if (lot < shortest) {
                shortest = lot;
                best = places[i];
            }
        }
        return best;
    }

    /** The last step of the generator SplitMix64. */
    private static long mix(long bits) {
        long mixed = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
