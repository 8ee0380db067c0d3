package io.sluice.control.flow;

import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.control.text.Word.Form;
import io.sluice.control.text.Words;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Action.Bytes;
import io.sluice.fastpath.Action.PacketInReason;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Reads {@code controller}, {@code controller:BYTES} and {@code controller(max_len=BYTES,...)}. */
final class ControllerReader {
    static final int ALL_BYTES = 65535;
    static final Action.Controller WHOLE =
            new Action.Controller(ALL_BYTES, PacketInReason.ACTION, 0, Bytes.NONE);

    private static final List<String> KNOWN = List.of("max_len", "reason", "id", "userdata");
    private static final List<String> REASONS =
            Arrays.stream(PacketInReason.values()).map(ControllerReader::text).toList();

    private ControllerReader() {}

    static Action read(Word word) {
        if (word.form() == Form.BARE) {
            return WHOLE;
        }
        if (word.form() != Form.PARENTHESES) {
            int bytes = maxBytes(word.requireValue("BYTES"));
            return new Action.Controller(bytes, PacketInReason.ACTION, 0, Bytes.NONE);
        }
        int maxBytes = ALL_BYTES;
        PacketInReason reason = PacketInReason.ACTION;
        int id = 0;
        Bytes userdata = Bytes.NONE;
        Words words = word.requireList();
        while (words.hasNext()) {
            Word argument = words.next();
            switch (argument.key()) {
                case "max_len" -> maxBytes = maxBytes(argument.requireValue("BYTES"));
                case "reason" -> reason = reason(argument.requireValue("REASON"));
                case "id" -> id = Numbers.parse(argument.requireValue("ID"), 0, 0xFFFF, "a number");
                case "userdata" -> userdata = HexText.read(argument.value());
                default -> throw unknown(argument);
            }
        }
        return new Action.Controller(maxBytes, reason, id, userdata);
    }

    /** Whether an output to a port can say it all; action sets have nothing more. */
    static boolean isOutput(Action.Controller controller) {
        return controller.reason() == PacketInReason.ACTION
                && controller.id() == 0
                && controller.userdata().hex().isEmpty();
    }

    static String text(PacketInReason reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }

    private static int maxBytes(Span text) {
        return Numbers.parse(text, 0, ALL_BYTES, "a number of bytes");
    }

    private static PacketInReason reason(Span text) {
        int index = REASONS.indexOf(text.text());
        if (index < 0) {
            throw text.error(
                    "unknown reason %s, expected one of %s%s"
                            .formatted(
                                    text.quoted(),
                                    String.join(" ", REASONS),
                                    NearestWord.hint(text.text(), REASONS)));
        }
        return PacketInReason.values()[index];
    }

    private static RuntimeException unknown(Word word) {
        return word.name()
                .error(
                        "unknown word %s in controller(...), expected one of %s%s"
                                .formatted(
                                        word.name().quoted(),
                                        String.join(" ", KNOWN),
                                        NearestWord.hint(word.key(), KNOWN)));
    }
}
