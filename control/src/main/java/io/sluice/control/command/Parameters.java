package io.sluice.control.command;

import io.sluice.control.socket.Answer;
import io.sluice.control.socket.CommandException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/** The parameters of a call: words, and options that begin with two dashes. */
public final class Parameters {
    private static final String JSON = "--format=json";
    private static final String TEXT = "--format=text";
    private static final String STRICT = "--strict";
    private static final String MORE = "--more";
    private static final String STATISTICS = "--statistics";

    private final List<String> words = new ArrayList<>();
    private boolean json;
    private boolean strict;
    private boolean more;
    private boolean statistics;

    /**
     * Sorts words from options.
     *
     * @throws CommandException when there is an option that nobody knows
     */
    public Parameters(List<String> given) {
        for (String each : given) {
            switch (each) {
                case JSON -> json = true;
                case TEXT -> json = false;
                case STRICT -> strict = true;
                case MORE, "-m" -> more = true;
                case STATISTICS, "-s" -> statistics = true;
                default -> {
                    if (each.startsWith("--")) {
                        throw new CommandException(
                                "unknown option '%s', expected %s or %s"
                                        .formatted(each, JSON, STRICT));
                    }
                    words.add(each);
                }
            }
        }
    }

    boolean json() {
        return json;
    }

    /** Consumes {@code --strict}: whether flows are compared as they are. */
    boolean strict() {
        return strict;
    }

    /** As {@code ovs-appctl} has it for {@code dpctl/}: more of what can be shown. */
    boolean more() {
        return more;
    }

    /** As {@code ovs-appctl} has it for {@code dpctl/}: with counters and timeouts. */
    boolean statistics() {
        return statistics;
    }

    /** The same options with other words. */
    Parameters withWords(List<String> others) {
        Parameters changed = new Parameters(others);
        changed.json = json;
        return changed;
    }

    List<String> words() {
        return words;
    }

    /** All words as one text. */
    String text() {
        return String.join(" ", words);
    }

    /**
     * For commands with a fixed number of words.
     *
     * @param usage what is expected, for the error
     */
    void requireCount(int min, int max, String usage) {
        if (words.size() < min || words.size() > max) {
            throw new CommandException(
                    "%d parameters, expected %s"
                            .formatted(words.size(), usage.isEmpty() ? "none" : usage));
        }
    }

    /** The answer in the form that the caller wants. */
    Answer answer(Supplier<String> text, Supplier<JsonNode> value) {
        return json ? Answer.json(value.get()) : Answer.text(withLineEnd(text.get()));
    }

    /** As {@code ovs-appctl} expects texts. */
    private static String withLineEnd(String text) {
        return text.isEmpty() || text.endsWith("\n") ? text : text + "\n";
    }
}
