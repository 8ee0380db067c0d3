package io.sluice.control.flow;

import io.sluice.fastpath.Flow;
import java.util.Locale;

/** Writes flows as {@code ovs-ofctl dump-flows} does; {@link FlowLine} reads that back. */
public final class FlowFormat {
    private FlowFormat() {}

    /**
     * The flow's line, without a line's end.
     *
     * @param nowNs {@code System.nanoTime()}
     */
    public static String show(Flow flow, long nowNs) {
        return String.format(
                Locale.ROOT,
                " cookie=0x%x, duration=%.3fs, table=%d, n_packets=%d, n_bytes=%d, %sactions=%s",
                flow.cookie(),
                (nowNs - flow.createdNs()) / 1e9,
                flow.table(),
                flow.counters().packets(),
                flow.counters().bytes(),
                priorityAndMatch(flow),
                ActionFormat.show(flow));
    }

    /** Priority, unless it is the default, and match, with a blank behind if there is either. */
    private static String priorityAndMatch(Flow flow) {
        String match = MatchFormat.show(flow.match());
        if (flow.priority() == FlowLine.DEFAULT_PRIORITY) {
            return match.isEmpty() ? "" : match + " ";
        }
        return "priority=" + flow.priority() + (match.isEmpty() ? " " : "," + match + " ");
    }
}
