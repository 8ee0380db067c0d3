package io.sluice.control.flow;

import io.sluice.control.text.NearestWord;
import io.sluice.control.text.Numbers;
import io.sluice.control.text.Span;
import io.sluice.control.text.Word;
import io.sluice.control.text.Words;
import io.sluice.fastpath.Action;
import io.sluice.fastpath.Action.Bytes;
import io.sluice.fastpath.Action.HashFields;
import io.sluice.fastpath.Action.Multipath.Algorithm;
import io.sluice.fastpath.SubField;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Actions whose arguments are a few numbers. */
final class PositionalReaders {
    private static final int MAX_LINKS = 65536;
    private static final int MAX_DIMENSIONS = 64;

    private PositionalReaders() {}

    /** {@code conjunction(ID,K/N)}. */
    static Action conjunction(Word word) {
        List<Span> parts = parts(word, "conjunction(ID,K/N)", 2);
        int id = Numbers.parse32(parts.get(0), "a number");
        Span place = parts.get(1);
        int slash = place.indexOf("/");
        if (slash < 0) {
            throw place.expected("K/N, the dimension and how many there are");
        }
        int count =
                Numbers.parse(place.from(slash + 1), 2, MAX_DIMENSIONS, "a number of dimensions");
        int dimension = Numbers.parse(place.part(0, slash), 1, count, "a dimension");
        return new Action.Conjunction(id, dimension - 1, count);
    }

    /** {@code fin_timeout(idle_timeout=SECONDS,hard_timeout=SECONDS)}. */
    static Action finTimeout(Word word) {
        int idle = 0;
        int hard = 0;
        Words words = word.form() == Word.Form.BARE ? new Words(word.value()) : word.requireList();
        while (words.hasNext()) {
            Word argument = words.next();
            int seconds = Numbers.parse(argument.requireValue("SECONDS"), 0, 0xFFFF, "seconds");
            switch (argument.key()) {
                case "idle_timeout" -> idle = seconds;
                case "hard_timeout" -> hard = seconds;
                default -> throw unknown(argument);
            }
        }
        return new Action.FinTimeout(idle, hard);
    }

    private static RuntimeException unknown(Word argument) {
        List<String> known = List.of("idle_timeout", "hard_timeout");
        return argument.name()
                .error(
                        "unknown word %s in fin_timeout(...), expected idle_timeout or"
                                        .formatted(argument.name().quoted())
                                + " hard_timeout"
                                + NearestWord.hint(argument.key(), known));
    }

    static Action note(Word word) {
        return new Action.Note(
                switch (word.form()) {
                    case BARE -> Bytes.NONE;
                    case COLON, EQUALS -> HexText.read(word.value());
                    default -> throw word.name().error("'note' needs a value: note:HEX");
                });
    }

    /** {@code multipath(FIELDS,BASIS,ALGORITHM,LINKS,ARGUMENT,FIELD[..])}. */
    static Action multipath(Word word, ActionContext context) {
        List<Span> parts =
                parts(word, "multipath(FIELDS,BASIS,ALGORITHM,LINKS,ARGUMENT,FIELD[..])", 6);
        HashFields fields = hashFields(parts.get(0));
        int basis = Numbers.parse(parts.get(1), 0, 0xFFFF, "a basis");
        Algorithm algorithm =
                Algorithm.values()[index(parts.get(2), "algorithm", textOf(Algorithm.values()))];
        int links = Numbers.parse(parts.get(3), 1, MAX_LINKS, "a number of links");
        int argument = (int) Numbers.parse(parts.get(4), 0, 0xFFFFFFFFL, "an argument");
        SubField to = FieldUse.target(parts.get(5), context);
        if (to.bits() < 16 && links > 1 << to.bits()) {
            throw parts.get(5)
                    .error("%s is too small for %d links".formatted(parts.get(5).quoted(), links));
        }
        return new Action.Multipath(fields, basis, algorithm, links, argument, to);
    }

    /** {@code check_pkt_larger(BYTES)->FIELD[BIT]}. */
    static Action checkPktLarger(Word word, ActionContext context) {
        if (word.form() != Word.Form.TARGET) {
            throw word.name()
                    .error(
                            "'check_pkt_larger' needs a length and a bit:"
                                    + " check_pkt_larger(BYTES)->FIELD[BIT]");
        }
        int closing = word.value().indexOf(")->");
        int bytes = Numbers.parse(word.value().part(0, closing), 0, 0xFFFF, "a number of bytes");
        Span target = word.value().from(closing + ")->".length());
        SubField to = FieldUse.target(target, context);
        if (to.bits() != 1) {
            throw target.expected("one bit");
        }
        return new Action.CheckPktLarger(bytes, to);
    }

    static Action meter(Word word) {
        return new Action.Meter(
                (int) Numbers.parse(word.requireValue("ID"), 1, 0xFFFF0000L, "a meter number"));
    }

    static String text(HashFields fields) {
        return fields == HashFields.SYMMETRIC_L3L4_UDP ? "symmetric_l3l4+udp" : lower(fields);
    }

    static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static HashFields hashFields(Span text) {
        List<String> known =
                Arrays.stream(HashFields.values()).map(PositionalReaders::text).toList();
        return HashFields.values()[index(text, "fields", known)];
    }

    private static List<String> textOf(Enum<?>[] values) {
        return Arrays.stream(values).map(PositionalReaders::lower).toList();
    }

    private static int index(Span text, String what, List<String> known) {
        int index = known.indexOf(text.text());
        if (index < 0) {
            throw text.error(
                    "unknown %s %s, expected one of %s%s"
                            .formatted(
                                    what,
                                    text.quoted(),
                                    String.join(" ", known),
                                    NearestWord.hint(text.text(), known)));
        }
        return index;
    }

    /** The arguments, exactly as many as there must be. */
    private static List<Span> parts(Word word, String usage, int count) {
        Words words = word.requireList();
        List<Span> parts = new ArrayList<>();
        while (words.hasNext()) {
            Word part = words.next();
            part.requireBare();
            parts.add(part.name());
        }
        if (parts.size() != count) {
            throw word.name().error("expected " + usage);
        }
        return parts;
    }
}
