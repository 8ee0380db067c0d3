package io.sluice.control.service;

import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Numbers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Words of a command: some by their place, and {@code key=value} ones behind them. */
final class Options {
    private final String usage;
    private final List<String> placed = new ArrayList<>();
    private final Map<String, String> values = new LinkedHashMap<>();

    /**
     * Sorts the words.
     *
     * @param placedCount how many words have a meaning by their place
     * @param known the keys that there are
     * @param usage what was expected, for errors
     * @throws IllegalArgumentException with a sentence about the first word that is wrong
     */
    Options(List<String> words, int placedCount, List<String> known, String usage) {
        this.usage = usage;
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals < 0) {
                placed.add(word);
                continue;
            }
            String key = word.substring(0, equals);
            if (!known.contains(key)) {
                throw new IllegalArgumentException(
                        "unknown word '%s', expected one of %s%s"
                                .formatted(
                                        key,
                                        String.join(" ", known),
                                        NearestWord.hint(key, known)));
            }
            if (values.put(key, word.substring(equals + 1)) != null) {
                throw new IllegalArgumentException("'" + key + "' is given twice");
            }
        }
        if (placed.size() < placedCount) {
            throw new IllegalArgumentException("expected " + usage);
        }
        if (placed.size() > placedCount) {
            throw new IllegalArgumentException(
                    "unexpected '%s', expected %s".formatted(placed.get(placedCount), usage));
        }
    }

    String placed(int index) {
        return placed.get(index);
    }

    Optional<String> text(String key) {
        return Optional.ofNullable(values.get(key));
    }

    String required(String key) {
        return text(key)
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "'%s' is missing, expected %s".formatted(key, usage)));
    }

    int number(String key, int min, int max, int absent) {
        return text(key).map(text -> number(key, text, min, max)).orElse(absent);
    }

    /** One of the words. */
    String choice(String key, List<String> choices, String absent) {
        String chosen = text(key).orElse(absent);
        if (!choices.contains(chosen)) {
            throw new IllegalArgumentException(
                    "%s is '%s', expected one of %s%s"
                            .formatted(
                                    key,
                                    chosen,
                                    String.join(" ", choices),
                                    NearestWord.hint(chosen, choices)));
        }
        return chosen;
    }

    static int number(String what, String text, int min, int max) {
        OptionalInt number = Numbers.find(text, min, max);
        return number.orElseThrow(() ->
                new IllegalArgumentException(
                        "%s is '%s', expected a number from %d to %d"
                                .formatted(what, text, min, max)));
    }
}
