package io.sluice.control.flow;

import io.sluice.control.flow.FlowTables.Place;
import io.sluice.fastpath.Flow;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** All flows, groups and meters of an owner in place of others, as the difference between them. */
final class Replacement {
    private final Map<Place, Flow> changed = new LinkedHashMap<>();
    private final NamedRules named;
    private final ChangeCount count;

    Replacement(
            FlowTables oldFlows,
            NamedRules oldNamed,
            Collection<Flow> newFlows,
            NamedRules newNamed,
            Owner owner) {
        oldFlows.forEach(
                OptionalInt.empty(),
                flow -> {
                    if (Owner.of(flow) == owner) {
                        changed.put(Place.of(flow), null);
                    }
                });
        int deleted = changed.size();
        int added = 0;
        int modified = 0;
        for (Flow flow : newFlows) {
            if (flow == null) {
                continue;
            }
            Flow before = oldFlows.get(Place.of(flow));
            if (before != null && Owner.of(before) != owner) {
                throw new RulesException(List.of(clash(before)));
            }
            boolean same = before != null && sayTheSame(before, flow);
            changed.put(Place.of(flow), same ? before : inPlaceOf(before, flow, owner));
            added += before == null ? 1 : 0;
            modified += before != null && !same ? 1 : 0;
            deleted -= before == null ? 0 : 1;
        }
        newNamed.keepUnchanged(oldNamed);
        ChangeCount namedCount = newNamed.differenceFrom(oldNamed);
        named = namedCount.equals(ChangeCount.NONE) ? oldNamed : newNamed;
        count = namedCount.plus(new ChangeCount(added, modified, deleted, 0, 0, 0));
    }

    /** What a service's flow has counted is the service's, whatever the flow does from now on. */
    private static Flow inPlaceOf(Flow before, Flow flow, Owner owner) {
        return owner == Owner.SERVICES && before != null && before.cookie() == flow.cookie()
                ? before.withActions(flow.actions())
                : flow;
    }

    private static String clash(Flow before) {
        return "a flow of %s is in the same place: table=%d,priority=%d,%s"
                .formatted(
                        Owner.of(before) == Owner.SERVICES ? "services" : "the operator",
                        before.table(),
                        before.priority(),
                        MatchFormat.show(before.match()));
    }

    /** What will be in the places; null: nothing. */
    Map<Place, Flow> changed() {
        return changed;
    }

    /** Groups and meters after the change; the old object when none has changed. */
    NamedRules named() {
        return named;
    }

    ChangeCount count() {
        return count;
    }

    static boolean sayTheSame(Flow a, Flow b) {
        return a.cookie() == b.cookie()
                && a.actions().equals(b.actions())
                && a.options().equals(b.options());
    }
}
