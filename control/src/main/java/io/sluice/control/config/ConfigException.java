package io.sluice.control.config;

import java.util.List;

/** A config that cannot be used, with all that is wrong with it. */
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1L;

    /** One line each: {@code file:line: what was found, what was expected}. */
    private final transient List<String> mistakes;

    public ConfigException(List<String> mistakes) {
        super(String.join("\n", mistakes));
        this.mistakes = List.copyOf(mistakes);
    }

    public List<String> mistakes() {
        return mistakes;
    }
}
