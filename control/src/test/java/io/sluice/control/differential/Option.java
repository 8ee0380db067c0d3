package io.sluice.control.differential;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Traffic and comparisons that are off unless asked for ({@code --with}). */
enum Option {
    /** How long connections of TCP and GRE have until they expire is compared too. */
    TIMEOUTS;

    String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** From names with commas between; may be empty. */
    static Set<Option> read(String names) {
        Set<Option> options = EnumSet.noneOf(Option.class);
        for (String name : names.isEmpty() ? List.<String>of() : List.of(names.split(",", -1))) {
            options.add(one(name));
        }
        return options;
    }

    private static Option one(String name) {
        for (Option option : values()) {
            if (option.text().equals(name)) {
                return option;
            }
        }
        throw new IllegalArgumentException("no option is called " + name);
    }
}
