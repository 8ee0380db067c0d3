package io.sluice.fastpath;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the matching rule of highest priority in one table: tuple space search (Srinivasan, Suri
 * and Varghese, SIGCOMM 1999) over subtables sorted by their highest priority, so that the search
 * ends as soon as no later subtable can do better. Immutable.
 */
final class Classifier {
    private final Subtable[] subtables;

    Classifier(List<Rule> rules) {
        Map<List<Long>, List<Rule>> byMask = new LinkedHashMap<>();
        for (Rule rule : rules) {
            List<Long> mask = new ArrayList<>(Field.WORDS);
            for (int word = 0; word < Field.WORDS; word++) {
                mask.add(rule.flow().match().mask(word));
            }
            byMask.computeIfAbsent(mask, _ -> new ArrayList<>()).add(rule);
        }
        subtables =
                byMask.values().stream()
                        .map(Subtable::new)
                        .sorted(Comparator.comparingInt(Subtable::highestPriority).reversed())
                        .toArray(Subtable[]::new);
    }

    /** The best rule for the key, or null. Any thread. */
    Rule find(long[] key) {
        Rule best = null;
        for (Subtable subtable : subtables) {
            if (best != null && best.priority() >= subtable.highestPriority()) {
                return best;
            }
            Rule found = subtable.find(key);
            if (found != null && (best == null || found.priority() > best.priority())) {
                best = found;
            }
        }
        return best;
    }
}
