package io.sluice.natlb;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * One after the other, by weight and as evenly as {@link Turns} has them: their order for one round
 * is worked out once. Whoever picks keeps his own position. Immutable.
 */
public final class RoundRobin {
    /** Nobody has a weight above 0. */
    public static final int NOBODY = -1;

    /** Turns of a round at most: with more weight than that, shares are rounded to it. */
    static final int MAX_TURNS = 65_536;

    private final int[] round;

    /**
     * @param weights none below 0; 0 is never picked
     */
    public RoundRobin(int[] weights) {
        int[] places =
                IntStream.range(0, weights.length).filter(place -> weights[place] > 0).toArray();
        int[] positive = IntStream.of(places).map(place -> weights[place]).toArray();
        int divisor = Arrays.stream(positive).reduce(0, RoundRobin::greatestCommonDivisor);
        long sum = Arrays.stream(positive).asLongStream().sum();
        round = new int[(int) Math.min(MAX_TURNS, sum / Math.max(1, divisor))];
        if (round.length > 0) {
            Turns turns = new Turns(positive);
            Arrays.setAll(round, _ -> places[turns.next()]);
        }
    }

    private static int greatestCommonDivisor(int one, int other) {
        return other == 0 ? one : greatestCommonDivisor(other, one % other);
    }

    /**
     * The place of the one whose turn it is, or {@link #NOBODY}.
     *
     * @param position how many turns there were, from 0; may be above {@link #length}
     */
    public int pick(int position) {
        return round.length == 0 ? NOBODY : round[position % round.length];
    }

    /** Turns of a round: positions that are as many apart are the same. */
    public int length() {
        return round.length;
    }
}
