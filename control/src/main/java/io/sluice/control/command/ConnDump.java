package io.sluice.control.command;

import io.sluice.conntrack.ConnFilter;
import io.sluice.conntrack.ConnTable;
import io.sluice.conntrack.ConnView;
import io.sluice.conntrack.ConnWalk;
import io.sluice.control.connection.ConnectionJson;
import io.sluice.control.connection.ConnectionText;
import io.sluice.control.socket.Answer;
import io.sluice.control.text.TextBytes;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

/**
 * Writes connections into one buffer, whose content goes out when it is full. Runs on the client's
 * thread, at its {@link WorkPace}; makes no garbage, however many connections there are.
 */
final class ConnDump {
    private static final int PIECE_BYTES = 1 << 13;
    private static final int SLICE_RECORDS = 512;

    private final ConnTable table;
    private final IntSupplier nowMs;
    private final ConnFilter filter;
    private final boolean timeouts;
    private final TextBytes text = new TextBytes(2 * PIECE_BYTES);
    private boolean begun;

    /**
     * @param nowMs the table's clock
     * @param timeouts whether lines say after how many seconds of silence a connection expires
     */
    ConnDump(ConnTable table, IntSupplier nowMs, ConnFilter filter, boolean timeouts) {
        this.table = table;
        this.nowMs = nowMs;
        this.filter = filter;
        this.timeouts = timeouts;
    }

    /** A line each. */
    void text(Answer.Pieces out) {
        walk(out, this::addLine);
    }

    /** An array of objects. */
    void json(Answer.Pieces out) {
        text.put('[');
        walk(out, this::addObject);
        text.put(']');
        hand(out);
    }

    private void addLine(ConnView connection) {
        ConnectionText.writeLine(text, connection, timeouts);
        text.put('\n');
    }

    private void addObject(ConnView connection) {
        if (begun) {
            text.put(',');
        }
        begun = true;
        ConnectionJson.write(text, connection);
    }

    private void walk(Answer.Pieces out, Consumer<ConnView> add) {
        Consumer<ConnView> each =
                connection -> {
                    add.accept(connection);
                    if (text.length() >= PIECE_BYTES) {
                        hand(out);
                    }
                };
        ConnWalk walk = new ConnWalk(table, filter);
        WorkPace pace = new WorkPace();
        while (walk.next(SLICE_RECORDS, nowMs.getAsInt(), each)) {
            pace.keep();
        }
        hand(out);
    }

    private void hand(Answer.Pieces out) {
        out.take(text.bytes(), text.length());
        text.clear();
    }
}
