package io.sluice.control.differential;

import io.sluice.conntrack.Connection;
import io.sluice.control.connection.ConnectionText;
import io.sluice.control.differential.Answer.Tracked;
import io.sluice.fastpath.TrackingRouter;
import java.util.ArrayList;
import java.util.List;

/** The packet path of Sluice between DPDK ports, with or without the flow cache. */
final class SluiceTracking implements Tracking {
    // Eight times as many as are there together: then none loses its TCP note to another.
    private static final int MAX_CONNECTIONS = 1 << 13;

    private final TrackingRouter router;

    SluiceTracking(boolean flowCache, List<Integer> zones) {
        router = new TrackingRouter(flowCache, MAX_CONNECTIONS, zones);
    }

    @Override
    public List<Answer> send(List<Packet> packets) {
        List<Answer> said = new ArrayList<>();
        for (Packet packet : packets) {
            int state = router.ctState(packet.frame());
            said.add(new Answer(state, connectionOf(packet)));
        }
        return said;
    }

    private Tracked connectionOf(Packet packet) {
        if (packet.tuple().isEmpty()) {
            return Tracked.NONE;
        }
        String tuple = "=(" + packet.tuple() + ")";
        List<Tracked> found = new ArrayList<>();
        router.forEachConnection(connection -> {
            if (connection.zone() == packet.zone()) {
                Tracked one = tracked(connection);
                if (one.line().contains(tuple)) {
                    found.add(one);
                }
            }
        });
        if (found.size() > 1) {
            throw new AssertionError("two connections have " + packet.tuple() + ": " + found);
        }
        return found.isEmpty() ? Tracked.NONE : found.getFirst();
    }

    private static Tracked tracked(Connection connection) {
        return new Tracked(
                ConnectionText.line(connection), connection.state(), connection.timeoutSeconds());
    }

    @Override
    public List<Tracked> dump() {
        List<Tracked> all = new ArrayList<>();
        router.forEachConnection(connection -> all.add(tracked(connection)));
        return all;
    }

    @Override
    public void flush() {
        router.forgetAll();
    }

    @Override
    public void close() {
        router.close();
    }
}
