package io.sluice.control.command;

import io.sluice.conntrack.ConnFilter;
import io.sluice.control.socket.Answer;
import io.sluice.fastpath.Datapath;
import tools.jackson.core.JsonGenerator;

/** {@code ct/...}. Long walks through the table happen on the asking client's thread. */
final class ConnCommands {
    static final String FILTER =
            "[zone=N] [mark=V[/M]] [state=NAME] [proto=NAME] [src=A] [dst=A] [sport=N] [dport=N]"
                    + " [reply-src=A] [reply-dst=A] [reply-sport=N] [reply-dport=N]";

    private ConnCommands() {}

    static Answer dump(Running running, Parameters parameters) {
        ConnFilter filter = ConnFilterText.read(parameters.text());
        Datapath datapath = running.engine().datapath();
        return parameters.json()
                ? out -> dumpJson(datapath, filter, out)
                : Answer.lines(line ->
                        datapath.connections()
                                .forEach(
                                        filter,
                                        datapath.nowMs(),
                                        each -> line.accept(ConnectionText.line(each))));
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
        ConnFilter filter = ConnFilterText.read(parameters.text());
        Datapath datapath = running.engine().datapath();
        long flushed = datapath.connections().flush(filter, datapath.nowMs());
        return parameters.answer(
                () -> flushed + (flushed == 1 ? " connection" : " connections") + " flushed",
                () -> Json.object().put("connections", flushed));
    }

    private static void dumpJson(Datapath datapath, ConnFilter filter, JsonGenerator out) {
        out.writeStartArray();
        datapath.connections()
                .forEach(
                        filter, datapath.nowMs(), each -> out.writePOJO(ConnectionText.json(each)));
        out.writeEndArray();
    }
}
