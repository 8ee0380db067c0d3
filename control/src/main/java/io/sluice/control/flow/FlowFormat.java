package io.sluice.control.flow;

import io.sluice.fastpath.Flow;
import io.sluice.fastpath.FlowClock;
import io.sluice.fastpath.FlowOptions;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Writes flows as {@code ovs-ofctl dump-flows} does; {@link FlowLine} reads that back. */
public final class FlowFormat {
    private FlowFormat() {}

    /**
     * The flow's line, without a line's end.
     *
     * @param nowNs {@code System.nanoTime()}
     */
    public static String show(Flow flow, long nowNs) {
        FlowClock clock = flow.clock();
        return String.format(
                Locale.ROOT,
                " cookie=0x%x, duration=%.3fs, table=%d, n_packets=%d, n_bytes=%d, %sidle_age=%d,"
                        + " %s%sactions=%s",
                flow.cookie(),
                (nowNs - clock.createdNs()) / 1e9,
                flow.table(),
                flow.counters().packets(),
                flow.counters().bytes(),
                options(flow),
                seconds(nowNs - clock.usedNs()),
                hardAge(clock, nowNs),
                priorityAndMatch(flow),
                ActionFormat.show(flow));
    }

    private static long seconds(long ns) {
        return TimeUnit.NANOSECONDS.toSeconds(Math.max(0, ns));
    }

    private static String options(Flow flow) {
        StringBuilder text = new StringBuilder();
        number(text, "idle_timeout", flow.idleTimeoutSeconds());
        number(text, "hard_timeout", flow.hardTimeoutSeconds());
        FlowOptions options = flow.options();
        options.flags().forEach(flag -> text.append(flag.text()).append(' '));
        number(text, "importance", options.importance());
        return text.toString();
    }

    private static void number(StringBuilder text, String name, int value) {
        if (value != 0) {
            text.append(name).append('=').append(value).append(", ");
        }
    }

    /** Since the last modification, if that is not since the beginning. */
    private static String hardAge(FlowClock clock, long nowNs) {
        long age = seconds(nowNs - clock.modifiedNs());
        return age == seconds(nowNs - clock.createdNs()) ? "" : "hard_age=" + age + ", ";
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
