package io.sluice.control.service;

import io.sluice.conntrack.ConnFilter;
import io.sluice.conntrack.ConnView;
import io.sluice.conntrack.ConnWalk;
import io.sluice.fastpath.Datapath;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** The connections of backends, which are found by zone and mark. */
public final class Connections {
    private static final int WHOLE_MARK = -1;
    private static final int SLICE_RECORDS = 1 << 14;

    /** What is left of connections of TCP and SCTP that are over. */
    private static final Set<String> CLOSED = Set.of("TIME_WAIT", "CLOSE", "CLOSED");

    private Connections() {}

    /**
     * How many connections with each mark the zone has that are not closed; marks without one are
     * not there. Walks through the table; any thread.
     */
    public static Map<Integer, Integer> openByMark(Datapath datapath, int zone) {
        Map<Integer, Integer> open = new HashMap<>();
        ConnWalk walk = new ConnWalk(datapath.connections(), ConnFilter.ofZone(zone));
        while (walk.next(SLICE_RECORDS, datapath.nowMs(), each -> count(each, open))) {
            // The threads of other clients wait for the same few of the system.
            LockSupport.parkNanos(1);
        }
        return open;
    }

    private static void count(ConnView connection, Map<Integer, Integer> open) {
        if (!CLOSED.contains(connection.state())) {
            open.merge(connection.mark(), 1, Integer::sum);
        }
    }

    private static ConnFilter of(int zone, Backend backend) {
        return new ConnFilter(
                OptionalInt.of(zone),
                OptionalInt.of(backend.number()),
                WHOLE_MARK,
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                ConnFilter.Direction.ANY,
                ConnFilter.Direction.ANY);
    }

    /** Ends them all; their next packets go to another backend. */
    static void end(Datapath datapath, Service service, Backend backend) {
        flush(datapath, of(service.spec().zone(), backend));
        if (service.spec().hidesClients()) {
            flush(datapath, of(ServiceSpec.SNAT_ZONE, backend));
        }
    }

    private static void flush(Datapath datapath, ConnFilter filter) {
        datapath.connections().flush(filter, datapath.nowMs());
    }
}
