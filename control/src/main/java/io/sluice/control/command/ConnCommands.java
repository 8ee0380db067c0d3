package io.sluice.control.command;

import io.sluice.conntrack.ConnFilter;
import io.sluice.control.connection.ConnFilterText;
import io.sluice.control.connection.ConnectionText;
import io.sluice.control.socket.Answer;
import io.sluice.fastpath.Datapath;
import java.util.function.LongFunction;
import tools.jackson.core.JsonGenerator;

/** {@code ct/...}. Long walks through the table happen on the asking client's thread. */
final class ConnCommands {
    static final String FILTER =
            "[zone=N] [zone-orig=N] [zone-reply=N] [mark=V[/M]] [labels=V[/M]] [state=NAME]"
                    + " [proto=NAME] [src=A] [dst=A] [sport=N] [dport=N]"
                    + " [reply-src=A] [reply-dst=A] [reply-sport=N] [reply-dport=N]";

    private ConnCommands() {}

    static Answer dump(Running running, Parameters parameters) {
        return show(running, ConnFilterText.read(parameters.text()), parameters);
    }

    static Answer show(Running running, ConnFilter filter, Parameters parameters) {
        Datapath datapath = running.engine().datapath();
        boolean statistics = parameters.statistics();
        return parameters.json()
                ? out -> dumpJson(datapath, filter, out)
                : Answer.lines(line ->
                        datapath.connections()
                                .forEach(
                                        filter,
                                        datapath.nowMs(),
                                        each ->
                                                line.accept(
                                                        ConnectionText.line(each, statistics))));
    }

    static Answer count(Running running, Parameters parameters) {
        ConnFilter filter = ConnFilterText.read(parameters.text());
        Datapath datapath = running.engine().datapath();
        boolean json = parameters.json();
        return out -> {
            long[] count = {0};
            datapath.connections().forEach(filter, datapath.nowMs(), each -> count[0]++);
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

    private static void dumpJson(Datapath datapath, ConnFilter filter, JsonGenerator out) {
        out.writeStartArray();
        datapath.connections()
                .forEach(
                        filter, datapath.nowMs(), each -> out.writePOJO(ConnectionText.json(each)));
        out.writeEndArray();
    }
}
