package io.sluice.control.flow;

import io.sluice.fastpath.Match;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What an action must know of the text around it.
 *
 * @param match of the flow; a group's bucket has none
 * @param table of the flow; a group's bucket has none
 */
record ActionContext(PortNames ports, Optional<Match> match, OptionalInt table) {
    static ActionContext ofFlow(PortNames ports, Match match, int table) {
        return new ActionContext(ports, Optional.of(match), OptionalInt.of(table));
    }

    static ActionContext ofBucket(PortNames ports) {
        return new ActionContext(ports, Optional.empty(), OptionalInt.empty());
    }

    boolean isBucket() {
        return match.isEmpty();
    }
}
