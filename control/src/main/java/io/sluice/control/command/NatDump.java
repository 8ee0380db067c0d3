package io.sluice.control.command;

import io.sluice.control.socket.Answer;
import io.sluice.control.text.TextBytes;
import java.util.function.IntSupplier;

/**
 * Writes what translations hold into one buffer, whose content goes out when it is full, while
 * workers go on: each row is shown as it was in one moment, all together are not one moment. Runs
 * on the client's thread, at its {@link WorkPace}; makes no garbage, however many rows there are.
 */
final class NatDump {
    private static final int PIECE_BYTES = 1 << 13;
    private static final int SLICE_ROWS = 512;

    private final NatRows rows;
    private final IntSupplier nowMs;
    private final TextBytes text = new TextBytes(2 * PIECE_BYTES);

    /**
     * @param nowMs the clock of connections
     */
    NatDump(NatRows rows, IntSupplier nowMs) {
        this.rows = rows;
        this.nowMs = nowMs;
    }

    /** A line each. */
    void text(Answer.Pieces out) {
        walk(out, false);
    }

    /** An array of objects. */
    void json(Answer.Pieces out) {
        text.put('[');
        walk(out, true);
        text.put(']');
        hand(out);
    }

    private void walk(Answer.Pieces out, boolean json) {
        WorkPace pace = new WorkPace();
        boolean begun = false;
        for (int number = 1; number <= rows.last(); number++) {
            if (rows.find(number, nowMs.getAsInt())) {
                if (json) {
                    text.put(begun ? "," : "");
                    rows.json(text);
                } else {
                    rows.line(text);
                    text.put('\n');
                }
                begun = true;
            }
            if (text.length() >= PIECE_BYTES) {
                hand(out);
            }
            if (number % SLICE_ROWS == 0) {
                pace.keep();
            }
        }
        hand(out);
    }

    private void hand(Answer.Pieces out) {
        out.take(text.bytes(), text.length());
        text.clear();
    }
}
