package io.sluice.control.flow;

import java.util.List;

/** Flows or groups that cannot be applied; nothing was changed. */
public final class RulesException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** One sentence for each mistake, with its place. */
    private final transient List<String> mistakes;

    public RulesException(List<String> mistakes) {
        super(String.join("\n", mistakes));
        this.mistakes = List.copyOf(mistakes);
    }

    public List<String> mistakes() {
        return mistakes;
    }
}
