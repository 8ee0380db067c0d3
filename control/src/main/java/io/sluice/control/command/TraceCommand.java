package io.sluice.control.command;

import io.sluice.control.flow.TraceLine;
import io.sluice.control.socket.Answer;
import io.sluice.control.text.Span;
import io.sluice.fastpath.PacketOut;
import io.sluice.fastpath.TraceResult;
import java.util.ArrayList;
import java.util.List;

/** {@code trace}. */
final class TraceCommand {
    private static final String STATE = "ct_state=";

    private TraceCommand() {}

    /** The first word is the packet, whatever it says; states that lookups are to find follow. */
    static Answer run(Running running, Parameters parameters) {
        List<String> words = new ArrayList<>(parameters.words());
        List<Integer> states = new ArrayList<>();
        while (words.size() > 1 && words.getLast().startsWith(STATE)) {
            Span word = Span.of(words.removeLast());
            states.addFirst(TraceLine.state(word.from(STATE.length())));
        }
        Span text = Span.of(String.join(" ", words));
        PacketOut packet = TraceLine.read(text, running.engine().portNames());
        TraceResult result = running.engine().datapath().trace(packet, states);
        return parameters.answer(() -> TraceText.show(result), () -> TraceJson.show(result));
    }
}
