package io.sluice.control.flow;

import io.sluice.fastpath.Field;
import java.util.List;

/** A word of a match: either a shorthand for what kind of packet it is, or a field. */
sealed interface MatchWord {
    /**
     * What kind of packet it is.
     *
     * @param proto IP protocol number, or -1 where the Ethernet type says all
     */
    record Shorthand(String name, int ethType, int proto) implements MatchWord {}

    /**
     * A field and how its values are written.
     *
     * @param names the first one is for display
     * @param needs what the match must say about the packet for this word to have a meaning
     */
    record FieldWord(List<String> names, Field field, FieldSyntax syntax, Prerequisite needs)
            implements MatchWord {
        String name() {
            return names.getFirst();
        }
    }
}
