package io.sluice.control.flow;

import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.control.text.Words;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Action.OutputTruncated;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * Reads {@code output:PORT}, {@code output:FIELD[..]} and {@code output(port=PORT,max_len=BYTES)}.
 */
final class OutputReader {
    private static final List<String> KNOWN = List.of("port", "max_len");
    private static final String USAGE = "output(port=PORT,max_len=BYTES)";

    private OutputReader() {}

    static Action read(Word word, ActionContext context) {
        if (word.form() == Word.Form.PARENTHESES) {
            return truncated(word, context);
        }
        Span text = word.requireValue("PORT");
        return isPort(text, context) || !FieldUse.isField(text)
                ? port(text, context)
                : new Action.OutputField(FieldUse.source(text, context));
    }

    private static Action truncated(Word word, ActionContext context) {
        OptionalInt port = OptionalInt.empty();
        int maxBytes = 0;
        Words words = word.requireList();
        while (words.hasNext()) {
            Word argument = words.next();
            switch (argument.key()) {
                case "port" -> port = OptionalInt.of(onePort(argument, context));
                case "max_len" ->
                        maxBytes =
                                Numbers.parse(
                                        argument.requireValue("BYTES"),
                                        OutputTruncated.MIN_BYTES,
                                        Integer.MAX_VALUE,
                                        "a number of bytes");
                default ->
                        throw argument.name()
                                .error(
                                        "unknown word %s in output(...), expected port or max_len%s"
                                                .formatted(
                                                        argument.name().quoted(),
                                                        NearestWord.hint(argument.key(), KNOWN)));
            }
        }
        if (port.isEmpty() || maxBytes == 0) {
            throw word.name().error("'output' needs a port and a length: " + USAGE);
        }
        return new OutputTruncated(port.getAsInt(), maxBytes);
    }

    private static int onePort(Word argument, ActionContext context) {
        Span text = argument.requireValue("PORT");
        return switch (port(text, context)) {
            case Action.Output output -> output.port();
            case Action.OutputInPort _ -> OutputTruncated.IN_PORT;
            default -> throw text.expected("one port: what goes to others is not cut");
        };
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
