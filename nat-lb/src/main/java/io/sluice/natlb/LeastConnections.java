package io.sluice.natlb;

/**
 * The one with the fewest connections by weight: which would have the fewest for each unit of its
 * weight if it had one more. Looks at all of them. Immutable, but for the counts.
 */
public final class LeastConnections {
    /** Nobody has a weight above 0. */
    public static final int NOBODY = -1;

    private final int[] numbers;
    private final int[] weights;
    private final BucketCounts counts;

    /**
     * @param numbers of each in {@code counts}
     * @param weights none below 0; 0 is never picked
     */
    public LeastConnections(int[] numbers, int[] weights, BucketCounts counts) {
        this.numbers = numbers.clone();
        this.weights = weights.clone();
        this.counts = counts;
    }

    /**
     * The place of the picked one, or {@link #NOBODY}. Any thread.
     *
     * @param first where to begin to look, from 0: of several that have equally few, the first is
     *     picked
     */
    public int pick(int first) {
        int best = NOBODY;
        long bestConnections = 0;
        int place = first < weights.length ? first : 0;
        for (int i = 0; i < weights.length; i++) {
            int weight = weights[place];
            if (weight > 0) {
                long connections = counts.live(numbers[place]) + 1;
                if (best == NOBODY || connections * weights[best] < bestConnections * weight) {
                    best = place;
                    bestConnections = connections;
                }
            }
            place = place + 1 < weights.length ? place + 1 : 0;
        }
        return best;
    }
}
