package io.sluice.control.flow;

import io.sluice.control.flow.FlowTables.Place;
import io.sluice.fastpath.Flow;
import io.sluice.fastpath.Match;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which flows a dump, modification or deletion is about.
 *
 * @param table empty: all tables
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
    private static final Match ANY = Match.builder().build();

    public static final FlowFilter ALL = of(OptionalInt.empty(), 0, 0);

    public static FlowFilter ofTable(int table) {
        return of(OptionalInt.of(table), 0, 0);
    }

    static FlowFilter ofCookie(int table, long cookie) {
        return of(OptionalInt.of(table), cookie, -1);
    }

    /** Finds this flow and no other. */
    static FlowFilter only(Flow flow) {
        return new FlowFilter(
                OptionalInt.of(flow.table()),
                0,
                0,
                OptionalInt.empty(),
                OptionalInt.empty(),
                flow.match(),
                OptionalInt.of(flow.priority()));
    }

    private static FlowFilter of(OptionalInt table, long cookie, long cookieMask) {
        return new FlowFilter(
                table,
                cookie,
                cookieMask,
                OptionalInt.empty(),
                OptionalInt.empty(),
                ANY,
                OptionalInt.empty());
    }

    /** The one place that is searched, if only one is. */
    Optional<Place> place() {
        return table.isPresent() && strictPriority.isPresent()
                ? Optional.of(new Place(table.getAsInt(), strictPriority.getAsInt(), match))
                : Optional.empty();
    }

    public boolean matches(Flow flow) {
        return (table.isEmpty() || table.getAsInt() == flow.table())
                && (flow.cookie() & cookieMask) == (cookie & cookieMask)
                && matchesMatch(flow)
                && (outPort.isEmpty() || NestedActions.namePort(flow.actions(), outPort.getAsInt()))
                && (outGroup.isEmpty()
                        || NamedGroups.of(flow.actions()).contains(outGroup.getAsInt()));
    }

    private boolean matchesMatch(Flow flow) {
        return strictPriority.isPresent()
                ? flow.priority() == strictPriority.getAsInt() && flow.match().equals(match)
                : flow.match().isWithin(match);
    }
}
