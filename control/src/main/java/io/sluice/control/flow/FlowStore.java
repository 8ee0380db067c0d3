package io.sluice.control.flow;

import io.sluice.control.flow.Change.Placed;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Flow;
import io.sluice.fastpath.Group;
import io.sluice.fastpath.Meter;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The flows, groups and meters that are installed. Control thread only.
 *
 * <p>Every change builds new rules beside the installed ones; only when all of it can be done are
 * they swapped and published, once.
 */
public final class FlowStore {
    /** Told of all that is installed after each change. */
    @FunctionalInterface
    public interface Publisher {
        void publish(List<Flow> flows, List<Group> groups, List<Meter> meters);
    }

    private final Publisher publisher;
    private Rules rules = new Rules();

    public FlowStore(Publisher publisher) {
        this.publisher = publisher;
    }

    /**
     * Does all of it or nothing.
     *
     * @throws RulesException saying why it was nothing
     */
    public ChangeCount apply(List<Placed> changes) {
        Rules next = rules.copy();
        ChangeCount count = next.apply(changes);
        install(next);
        return count;
    }

    /**
     * Installs exactly these flows, groups and meters. Those that were there and are the same stay,
     * with their counters.
     *
     * @throws RulesException saying why nothing was changed
     */
    public ChangeCount replace(List<Placed> changes) {
        Rules next = new Rules();
        next.apply(changes);
        next.keepUnchanged(rules);
        ChangeCount count = next.differenceFrom(rules);
        install(next);
        return count;
    }

    /** Those that match, by table, then by falling priority, then in the order they came. */
    public List<Flow> flows(FlowFilter filter) {
        return rules.flows().stream()
                .filter(filter::matches)
                .sorted((a, b) ->
                        a.table() != b.table()
                                ? Integer.compare(a.table(), b.table())
                                : Integer.compare(b.priority(), a.priority()))
                .toList();
    }

    public int flowCount() {
        return rules.flows().size();
    }

    /** In the order they came. */
    public Collection<Group> groups() {
        return List.copyOf(rules.groups());
    }

    /** How many flows name a group, by its number; groups that none names are not there. */
    public Map<Integer, Long> flowsByGroup() {
        return rules.flows().stream()
                .flatMap(flow -> NamedGroups.of(flow.actions()).stream())
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    }

    /** In the order they came. */
    public Collection<Meter> meters() {
        return List.copyOf(rules.meters());
    }

    /** How many flows name each meter; those that none names are not there. */
    public Map<Integer, Long> flowsByMeter() {
        return rules.flows().stream()
                .flatMap(flow -> flow.actions().stream())
                .filter(action -> action instanceof Action.Meter)
                .collect(
                        Collectors.groupingBy(
                                action -> ((Action.Meter) action).id(), Collectors.counting()));
    }

    private void install(Rules next) {
        publisher.publish(
                List.copyOf(next.flows()), List.copyOf(next.groups()), List.copyOf(next.meters()));
        rules = next;
    }
}
