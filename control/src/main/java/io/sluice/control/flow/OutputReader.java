package io.sluice.control.flow;

import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.fastpath.Action;
import java.util.Locale;

/** Reads {@code output:PORT} and {@code output:FIELD[..]}. */
final class OutputReader {
    private OutputReader() {}

    static Action read(Word word, ActionContext context) {
        if (word.form() == Word.Form.PARENTHESES) {
            throw word.name()
                    .error("output(port=,max_len=) is not supported: packets go out whole");
        }
        Span text = word.requireValue("PORT");
        return isPort(text, context) || !FieldUse.isField(text)
                ? port(text, context)
                : new Action.OutputField(FieldUse.source(text, context));
    }

    private static boolean isPort(Span text, ActionContext context) {
        return text.text().equalsIgnoreCase("in_port")
                || Numbers.isNumber(text.text())
                || context.ports().number(text.text()).isPresent();
    }

    /** A port, or one of the words that stand for one. */
    static Action port(Span text, ActionContext context) {
        return switch (text.text().toLowerCase(Locale.ROOT)) {
            case "in_port" -> new Action.OutputInPort();
            case "normal" -> new Action.Normal();
            case "flood" -> new Action.Flood();
            case "all" -> new Action.All();
            case "controller" -> ControllerReader.WHOLE;
            case "table" -> throughTables(text, context);
            default -> new Action.Output(PortText.read(text, context.ports()));
        };
    }

    /** A packet that comes from control begins where others do. */
    static Action throughTables(Span text, ActionContext context) {
        if (context.place() != ActionContext.Place.PACKET_OUT) {
            throw text.error(
                    "'table' has a meaning in a packet-out only; resubmit(,TABLE) goes on");
        }
        return Action.Resubmit.to(0);
    }
}
