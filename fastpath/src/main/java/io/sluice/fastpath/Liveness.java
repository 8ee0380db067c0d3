package io.sluice.fastpath;

import io.sluice.fastpath.Group.Bucket;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which buckets are live, given which ports are. Control thread. */
final class Liveness {
    private final Set<Integer> portsUp = new HashSet<>();
    private final Map<Integer, Group> groups = new HashMap<>();
    private final Map<Integer, Boolean> known = new HashMap<>();

    Liveness(List<DatapathPort> ports, Collection<Group> groups) {
        for (DatapathPort port : ports) {
            if (port.linkUp()) {
                portsUp.add(port.number());
            }
        }
        groups.forEach(group -> this.groups.put(group.id(), group));
    }

    /** A bucket that watches nothing is live. */
    boolean isLive(Bucket bucket) {
        return !bucket.watches()
                || (bucket.watchPort().isPresent()
                        && portsUp.contains(bucket.watchPort().getAsInt()))
                || (bucket.watchGroup().isPresent() && isLiveGroup(bucket.watchGroup().getAsInt()));
    }

    /** A group is live while one of its buckets is. */
    private boolean isLiveGroup(int id) {
        Boolean before = known.get(id);
        if (before != null) {
            return before;
        }
        // Should groups watch each other in a circle, the circle keeps none of them alive.
        known.put(id, false);
        Group group = groups.get(id);
        boolean live = group != null && group.buckets().stream().anyMatch(this::isLive);
        known.put(id, live);
        return live;
    }
}
