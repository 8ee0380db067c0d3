package io.sluice.fastpath;

import io.sluice.conntrack.ConnFilter;
import io.sluice.conntrack.Connection;
import io.sluice.conntrack.FragmentSettings;
import io.sluice.conntrack.Timeouts;
import io.sluice.control.flow.ChangeReader;
import io.sluice.control.flow.FlowStore;
import io.sluice.control.flow.PortNames;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A {@link Lab} whose flows track every IP packet and write the ct_state that was found into its
 * DSCP. A packet's own DSCP chooses the zone and the mark of the connection that it begins; with
 * ECN 1 it sets that connection's mark. {@code kernel_conntrack.py} is the same made of Linux.
 */
public final class TrackingRouter implements AutoCloseable {
    private static final PortNames PORTS = PortNames.of(Map.of("in", 1, "out", 2));
    private static final int MARK_BY_ECN = 0xAA;
    private static final String ANSWER = "move:NXM_NX_CT_STATE[0..5]->NXM_OF_IP_TOS[2..7]";

    private final Lab lab;
    private final long startNs = System.nanoTime();
    private final int startMs;

    /**
     * @param zones by DSCP, from 0 on
     */
    public TrackingRouter(boolean flowCache, int maxConnections, List<Integer> zones) {
        lab = new Lab(2, flowCache, maxConnections);
        startMs = lab.nowMs;
        // Linux knows no least length.
        lab.table
                .fragments()
                .configure(FragmentSettings.DEFAULT.withMin(false, 0).withMin(true, 0));
        lab.table
                .zones()
                .setDefaultTimeouts(
                        new Timeouts(
                                Map.of(
                                        "sctp-cookie-wait", 60,
                                        "sctp-cookie-echoed", 60,
                                        "sctp-shutdown-sent", 60,
                                        "sctp-shutdown-recd", 60,
                                        "sctp-shutdown-ack-sent", 60)));
        FlowStore store = new FlowStore(lab::publish);
        String flows = String.join("\n", flows(zones));
        store.apply(new ChangeReader(PORTS, ChangeReader.Verb.ADD, Optional.empty()).read(flows));
    }

    private static List<String> flows(List<Integer> zones) {
        List<String> flows = new ArrayList<>();
        for (String ip : List.of("ip", "ipv6")) {
            for (int dscp = 0; dscp < zones.size(); dscp++) {
                int zone = zones.get(dscp);
                String here = "%s,nw_tos=%d".formatted(ip, dscp << 2);
                flows.add("table=0,%s,actions=ct(table=1,zone=%d)".formatted(here, zone));
                String marked = "table=1,priority=%d,%s,ct_state=+trk+%s,actions=%s,";
                marked += "ct(commit,zone=" + zone + ",exec(set_field:%d->ct_mark)),out";
                flows.add(marked.formatted(1, here, "new", ANSWER, 256 + dscp));
                String ecn = here + ",nw_ecn=1";
                flows.add(marked.formatted(2, ecn, "new", ANSWER, MARK_BY_ECN));
                flows.add(marked.formatted(2, ecn, "est", ANSWER, MARK_BY_ECN));
            }
            flows.add("table=1,priority=0,%s,actions=%s,out".formatted(ip, ANSWER));
        }
        return flows;
    }

    /**
     * The packet's ct_state, or -1 when it is dropped. It comes at the time that it is, but not in
     * the same millisecond as another.
     */
    public int ctState(byte[] frame) {
        int elapsedMs = (int) ((System.nanoTime() - startNs) / 1_000_000);
        lab.nowMs = Math.max(lab.nowMs + 1, startMs + elapsedMs);
        lab.receive(1, frame);
        List<byte[]> sent = lab.sent(2);
        return sent.isEmpty() ? -1 : trafficClass(sent.getFirst()) >>> 2;
    }

    private static int trafficClass(byte[] frame) {
        boolean ipv6 = (frame[14] >>> 4) == 6;
        return ipv6 ? ((frame[14] & 0xF) << 4) | ((frame[15] & 0xF0) >>> 4) : frame[15] & 0xFF;
    }

    public void forEachConnection(Consumer<Connection> consumer) {
        lab.table.forEach(ConnFilter.ALL, lab.nowMs, consumer);
    }

    public void forgetAll() {
        lab.pipeline.giveUpFragments();
        lab.forgetAll();
    }

    @Override
    public void close() {
        lab.close();
    }
}
