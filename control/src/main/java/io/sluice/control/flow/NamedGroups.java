package io.sluice.control.flow;

import io.sluice.fastpath.Action;
import io.sluice.fastpath.Group;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The groups that actions and other groups name. */
final class NamedGroups {
    private NamedGroups() {}

    /** Those that packets may go to by these actions. */
    static Set<Integer> of(List<Action> actions) {
        Set<Integer> ids = new LinkedHashSet<>();
        collect(actions, ids);
        return ids;
    }

    /** Those that packets may go to by this group, and those that its buckets watch. */
    static Set<Integer> of(Group group) {
        Set<Integer> ids = new LinkedHashSet<>();
        for (Group.Bucket bucket : group.buckets()) {
            collect(bucket.actions(), ids);
            bucket.watchGroup().ifPresent(ids::add);
        }
        return ids;
    }

    private static void collect(List<Action> actions, Set<Integer> ids) {
        for (Action action : actions) {
            switch (action) {
                case Action.Group named -> ids.add(named.id());
                case Action.Clone clone -> collect(clone.actions(), ids);
                case Action.WriteActions write -> collect(write.actions(), ids);
                default -> {}
            }
        }
    }

    /**
     * The shortest way from a group back to itself, its number first and last; empty if there is
     * none.
     */
    static List<Integer> loop(int start, Map<Integer, Group> groups) {
        Map<Integer, Integer> comesFrom = new HashMap<>();
        Deque<Integer> reached = new ArrayDeque<>(List.of(start));
        while (!reached.isEmpty()) {
            int id = reached.remove();
            Group group = groups.get(id);
            for (int next : group == null ? Set.<Integer>of() : of(group)) {
                if (next == start) {
                    return way(id, start, comesFrom);
                }
                if (comesFrom.putIfAbsent(next, id) == null) {
                    reached.add(next);
                }
            }
        }
        return List.of();
    }

    private static List<Integer> way(int last, int start, Map<Integer, Integer> comesFrom) {
        List<Integer> way = new ArrayList<>(List.of(start));
        for (int id = last; id != start; id = comesFrom.get(id)) {
            way.add(id);
        }
        way.add(start);
        return way.reversed();
    }
}
