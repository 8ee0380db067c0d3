package io.sluice.perf;

import java.util.Arrays;
import java.util.List;

/** The middle and the ends of a few readings. */
record Statistics(double median, double min, double max, int count) {

    /**
     * @throws IllegalArgumentException if there are no values
     */
    static Statistics of(List<Double> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("no values");
        }
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        int half = sorted.length / 2;
        double median =
                sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
        return new Statistics(median, sorted[0], sorted[sorted.length - 1], sorted.length);
    }
}
