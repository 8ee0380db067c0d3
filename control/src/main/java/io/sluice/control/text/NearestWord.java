package io.sluice.control.text;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds what somebody may have meant who mistyped a word. */
public final class NearestWord {
    private NearestWord() {}

    /** "; did you mean 'WORD'?", or nothing when no known word is near. */
    public static String hint(String typed, Collection<String> known) {
        return find(typed, known).map(word -> "; did you mean '" + word + "'?").orElse("");
    }

    /** The known word with the fewest changes, if they are fewer than half the word. */
    public static Optional<String> find(String typed, Collection<String> known) {
        String wanted = typed.toLowerCase(Locale.ROOT);
        int near = Math.max(1, (typed.length() + 1) / 3);
        return known.stream()
                .filter(word -> Math.abs(word.length() - typed.length()) <= near)
                .filter(word -> distance(wanted, word) <= near)
                .min(
                        Comparator.<String>comparingInt(word -> distance(wanted, word))
                                .thenComparing(Comparator.naturalOrder()));
    }

    /** Characters to insert, remove, replace or swap with a neighbour; case does not count. */
    private static int distance(String from, String known) {
        String to = known.toLowerCase(Locale.ROOT);
        int[][] cost = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                cost[i][j] = i == 0 || j == 0 ? i + j : step(cost, from, to, i, j);
            }
        }
        return cost[from.length()][to.length()];
    }

    private static int step(int[][] cost, String from, String to, int i, int j) {
        boolean same = from.charAt(i - 1) == to.charAt(j - 1);
        int best = Math.min(cost[i - 1][j], cost[i][j - 1]) + 1;
        best = Math.min(best, cost[i - 1][j - 1] + (same ? 0 : 1));
        boolean swapped =
                i > 1
                        && j > 1
                        && from.charAt(i - 1) == to.charAt(j - 2)
                        && from.charAt(i - 2) == to.charAt(j - 1);
        return swapped ? Math.min(best, cost[i - 2][j - 2] + 1) : best;
    }
}
