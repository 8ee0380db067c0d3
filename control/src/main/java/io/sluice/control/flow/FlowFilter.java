package io.sluice.control.flow;

import io.sluice.fastpath.Action;
import io.sluice.fastpath.Flow;
import io.sluice.fastpath.Match;
import java.util.List;
import java.util.OptionalInt;

/**
 * Which flows a dump, modification or deletion is about.
 *
 * @param cookieMask bits of the cookie that must equal {@code cookie}
 * @param outPort a port that the flow's actions must name
 * @param outGroup a group that the flow's actions must name
 * @param match every packet of the flow must be in it, unless a priority is given: then the flow's
 *     match must be this one
 * @param strictPriority the flow's priority, for strict comparison
 */
public record FlowFilter(
        OptionalInt table,
        long cookie,
        long cookieMask,
        OptionalInt outPort,
        OptionalInt outGroup,
        Match match,
        OptionalInt strictPriority) {
    public static final FlowFilter ALL =
            new FlowFilter(
                    OptionalInt.empty(),
                    0,
                    0,
                    OptionalInt.empty(),
                    OptionalInt.empty(),
                    Match.builder().build(),
                    OptionalInt.empty());

    public boolean matches(Flow flow) {
        return (table.isEmpty() || table.getAsInt() == flow.table())
                && (flow.cookie() & cookieMask) == (cookie & cookieMask)
                && matchesMatch(flow)
                && (outPort.isEmpty()
                        || flow.actions().contains(new Action.Output(outPort.getAsInt())))
                && (outGroup.isEmpty() || namesGroup(flow.actions(), outGroup.getAsInt()));
    }

    static boolean namesGroup(List<Action> actions, int group) {
        return NamedGroups.of(actions).contains(group);
    }

    private boolean matchesMatch(Flow flow) {
        return strictPriority.isPresent()
                ? flow.priority() == strictPriority.getAsInt() && flow.match().equals(match)
                : flow.match().isWithin(match);
    }
}
