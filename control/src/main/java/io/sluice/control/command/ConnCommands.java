package io.sluice.control.command;

import io.sluice.conntrack.ConnFilter;
import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.ConnView;
import io.sluice.conntrack.ConnWalk;
import io.sluice.control.connection.ConnFilterText;
import io.sluice.control.socket.Answer;
import io.sluice.fastpath.Datapath;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/** {@code ct/...}. Long walks through the table happen on the asking client's thread. */
final class ConnCommands {
    static final String FILTER =
            "[zone=N] [zone-orig=N] [zone-reply=N] [mark=V[/M]] [labels=V[/M]] [state=NAME]"
                    + " [proto=NAME] [src=A] [dst=A] [sport=N] [dport=N]"
                    + " [reply-src=A] [reply-dst=A] [reply-sport=N] [reply-dport=N]";

    private static final int SLICE_RECORDS = 1 << 14;

    private ConnCommands() {}

    static Answer dump(Running running, Parameters parameters) {
        return show(running, ConnFilterText.read(parameters.text()), parameters);
    }

    static Answer show(Running running, ConnFilter filter, Parameters parameters) {
        Datapath datapath = running.engine().datapath();
        ConnTable table = datapath.connections();
        boolean timeouts = parameters.statistics();
        return parameters.json()
                ? Answer.jsonOf(new ConnDump(table, datapath::nowMs, filter, timeouts)::json)
                : Answer.textOf(new ConnDump(table, datapath::nowMs, filter, timeouts)::text);
    }

    static Answer count(Running running, Parameters parameters) {
        ConnFilter filter = ConnFilterText.read(parameters.text());
        Datapath datapath = running.engine().datapath();
        boolean json = parameters.json();
        return out -> {
            long[] count = {0};
            walk(datapath, filter, _ -> count[0]++);
            if (json) {
                out.writePOJO(Json.object().put("connections", count[0]));
            } else {
                out.writeString(count[0] + "\n");
            }
        };
    }

    static Answer flush(Running running, Parameters parameters) {
        return flush(
                running,
                ConnFilterText.read(parameters.text()),
                flushed -> flushed + (flushed == 1 ? " connection" : " connections") + " flushed\n",
                parameters);
    }

    /** A zone's flush is done at once; the walk for others on the client's thread. */
    static Answer flush(
            Running running,
            ConnFilter filter,
            LongFunction<String> sentence,
            Parameters parameters) {
        Datapath datapath = running.engine().datapath();
        boolean json = parameters.json();
        return out -> {
            long flushed = datapath.connections().flush(filter, datapath.nowMs());
            if (json) {
                out.writePOJO(Json.object().put("connections", flushed));
            } else {
                out.writeString(sentence.apply(flushed));
            }
        };
    }

    /** Shows all connections that the filter takes, in an object that is filled anew for each. */
    static void walk(Datapath datapath, ConnFilter filter, Consumer<ConnView> consumer) {
        ConnWalk walk = new ConnWalk(datapath.connections(), filter);
        while (walk.next(SLICE_RECORDS, datapath.nowMs(), consumer)) {
            // The threads of other clients wait for the same few of the system.
            LockSupport.parkNanos(1);
        }
    }
}
